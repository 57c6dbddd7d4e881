using System.Text.Json;
using PendoSync.Sources;
using PendoSync.Values;
using PendoSync.Warehouses.JsonPages;

namespace PendoSync.Warehouses.Elasticsearch;

/// <summary>
/// Types of fields (https://www.elastic.co/docs/reference/elasticsearch/mapping-reference/field-data-types) and of SQL columns
/// (https://www.elastic.co/docs/reference/query-languages/sql/sql-data-types).
/// </summary>
internal static class ElasticTypes
{
    /// <summary>A field of a document; any of them may hold one value or an array of values.</summary>
    public static JsonColumn OfField(string name, string type) => new(name, type, Scalar(type) is { } scalar
        ? new OneOrMany(scalar)
        : new TextType(type is "nested" or "object" or "flattened" ? ColumnKind.Json : ColumnKind.Unsupported));

    /// <summary>A column of a SQL result.</summary>
    public static JsonColumn OfSql(string name, string type) => new(name, type, type switch
    {
        "datetime" => new IsoTimestampType(instant: true),
        "date" => new IsoSqlDate(),
        "object" or "nested" => new TextType(ColumnKind.Json),
        "time" or "null" => new TextType(ColumnKind.Text),
        _ => Scalar(type) ?? new TextType(ColumnKind.Unsupported),
    });

    private static JsonType? Scalar(string type) => type switch
    {
        "boolean" => new BooleanType(),
        "long" or "integer" or "short" or "byte" => new IntegerType(),
        "unsigned_long" => new WideIntegerType(),
        "double" or "float" or "half_float" => new DoubleType(),
        // Its text in the document is what was given, and it is meant as a decimal.
        "scaled_float" => new DecimalType(ExactDecimal.SafeDigits),
        "keyword" or "constant_keyword" or "wildcard" or "text" or "match_only_text" or "ip" or "version" or "counted_keyword" =>
            new TextType(ColumnKind.Text),
        "date" or "date_nanos" => new IsoTimestampType(instant: true),
        "binary" => new BytesType(hex: false),
        _ => null,
    };

    /// <summary>One value or an array: known only cell by cell.</summary>
    private sealed class OneOrMany(JsonType one) : JsonType
    {
        private readonly ArrayType _many = new(one);

        public override ColumnKind Kind => ColumnKind.PerCell;

        public override ColumnKind Declared => one.Kind;

        public override Type FieldType => typeof(object);

        // A DateTime alone would not say that it is an instant.
        public override Type FieldTypeOf(JsonValue value) => Of(value) is { Kind: ColumnKind.Instant } ? typeof(DateTimeOffset)
            : Of(value).FieldType;

        public override object GetValue(JsonValue value) => Of(value) is { Kind: ColumnKind.Instant } instant
            ? new DateTimeOffset(instant.GetDateTime(value), TimeSpan.Zero)
            : Of(value).GetValue(value);

        public override bool GetBoolean(JsonValue value) => Of(value).GetBoolean(value);

        public override long GetInt64(JsonValue value) => Of(value).GetInt64(value);

        public override decimal GetDecimal(JsonValue value) => Of(value).GetDecimal(value);

        public override double GetDouble(JsonValue value) => Of(value).GetDouble(value);

        public override string GetString(JsonValue value) => Of(value).GetString(value);

        public override DateTime GetDateTime(JsonValue value) => Of(value).GetDateTime(value);

        private JsonType Of(JsonValue value) => value.Type == JsonTokenType.StartArray ? _many : one;
    }

    /// <summary>A date, which the SQL API writes as the midnight it starts at.</summary>
    private sealed class IsoSqlDate : JsonType
    {
        public override ColumnKind Kind => ColumnKind.Date;

        public override Type FieldType => typeof(DateOnly);

        public override DateTime GetDateTime(JsonValue value) => IsoTime.Read(value.Bytes).Wall.Date;

        public override object GetValue(JsonValue value) => DateOnly.FromDateTime(GetDateTime(value));
    }
}
