using System.Globalization;
using System.Text;
using System.Text.Json;
using PendoSync.Sources;
using PendoSync.Warehouses.JsonPages;

namespace PendoSync.Warehouses.BigQuery;

/// <summary>
/// BigQuery's types and how jobs.query writes them: every scalar is text, an array is a list of <c>{"v":…}</c>, a struct <c>{"f":[…]}</c>.
/// https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#TableFieldSchema and
/// https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types
/// </summary>
internal static class BigQueryColumns
{
    /// <summary>A column as described by a member of <c>schema.fields</c>.</summary>
    public static JsonColumn Of(JsonElement field)
    {
        var type = Name(field);
        var repeated = IsRepeated(field);
        return new JsonColumn(field.GetProperty("name").GetString()!, repeated ? $"ARRAY<{type}>" : type, (repeated, type) switch
        {
            (_, "STRUCT") => new BigQueryNested(field),
            (true, _) => ArrayOf(field, type),
            _ => ScalarOf(field, type),
        });
    }

    /// <summary>True for an array.</summary>
    public static bool IsRepeated(JsonElement field) => field.TryGetProperty("mode", out var mode) && mode.ValueEquals("REPEATED");

    /// <summary>The type's name in SQL; schemas use the older names too.</summary>
    public static string Name(JsonElement field) => field.GetProperty("type").GetString()!.ToUpperInvariant() switch
    {
        "INTEGER" => "INT64",
        "FLOAT" => "FLOAT64",
        "BOOLEAN" => "BOOL",
        "RECORD" => "STRUCT",
        var name => name,
    };

    private static JsonType ArrayOf(JsonElement field, string type) =>
        ScalarOf(field, type) is { Kind: not (ColumnKind.Unsupported or ColumnKind.Bytes or ColumnKind.Json) } element
            ? new BigQueryArray(element)
            : new BigQueryNested(field);

    private static JsonType ScalarOf(JsonElement field, string type) => type switch
    {
        "INT64" => new IntegerType(),
        "FLOAT64" => new DoubleType(),
        // Without a parameter: 38 digits, and 76 for BIGNUMERIC.
        "NUMERIC" or "BIGNUMERIC" => new DecimalType(field.TryGetProperty("precision", out var precision) ? Digits(precision) : null),
        "BOOL" => new BooleanType(),
        "STRING" => new TextType(ColumnKind.Text),
        "BYTES" => new BytesType(hex: false),
        "DATE" => new IsoDateType(),
        "DATETIME" => new IsoTimestampType(instant: false),
        "TIME" => new TextType(ColumnKind.Text),
        "TIMESTAMP" => new BigQueryTimestamp(),
        "JSON" => new TextType(ColumnKind.Json),
        // GEOGRAPHY (WKT), INTERVAL, RANGE ("[start, end)") and what comes later.
        _ => new TextType(ColumnKind.Unsupported),
    };

    // 64-bit numbers of the REST API are text.
    private static int Digits(JsonElement precision) =>
        precision.ValueKind == JsonValueKind.Number ? precision.GetInt32()
            : int.Parse(precision.GetString()!, CultureInfo.InvariantCulture);
}

/// <summary>Microseconds since 1970-01-01 (useInt64Timestamp), which FLOAT64 seconds could not hold.</summary>
internal sealed class BigQueryTimestamp : JsonType
{
    public override ColumnKind Kind => ColumnKind.Instant;

    public override Type FieldType => typeof(DateTime);

    public override DateTime GetDateTime(JsonValue value) =>
        DateTime.UnixEpoch.AddTicks(
            checked(long.Parse(value.Bytes, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) * TimeSpan.TicksPerMicrosecond));

    public override object GetValue(JsonValue value) => GetDateTime(value);
}

/// <summary>An array of scalars: <c>[{"v":"1"},…]</c>; BigQuery's arrays hold no nulls.</summary>
internal sealed class BigQueryArray(JsonType element) : JsonType
{
    public override ColumnKind Kind => ColumnKind.Array;

    public override Type FieldType => element.FieldType.MakeArrayType();

    public override object GetValue(JsonValue value)
    {
        var cells = new List<JsonCell>();
        var reader = new Utf8JsonReader(value.Bytes);
        for (reader.Read(); reader.Read() && reader.TokenType != JsonTokenType.EndArray;)
            cells.Add(BigQueryRow.Value(ref reader, 0));
        var items = Array.CreateInstance(element.FieldType, cells.Count);
        for (var i = 0; i < cells.Count; i++)
            items.SetValue(element.GetValue(element.Given(value.Part(cells[i]))), i);
        return items;
    }
}

/// <summary>A struct, or an array of what is no plain scalar, as the JSON that to_json_string would give.</summary>
/// <param name="field">Its schema.</param>
internal sealed class BigQueryNested(JsonElement field) : JsonType
{
    private readonly JsonElement _field = field.Clone();

    public override ColumnKind Kind => ColumnKind.Json;

    public override Type FieldType => typeof(string);

    public override string GetString(JsonValue value)
    {
        var json = new StringBuilder();
        Write(json, _field, JsonElement.Parse(value.Bytes), BigQueryColumns.IsRepeated(_field));
        return json.ToString();
    }

    public override object GetValue(JsonValue value) => GetString(value);

    private static void Write(StringBuilder json, JsonElement field, JsonElement value, bool repeated)
    {
        if (value.ValueKind == JsonValueKind.Null)
        {
            json.Append("null");
        }
        else if (repeated)
        {
            json.Append('[');
            foreach (var item in value.EnumerateArray())
            {
                Separate(json, '[');
                Write(json, field, item.GetProperty("v"), repeated: false);
            }

            json.Append(']');
        }
        else if (BigQueryColumns.Name(field) == "STRUCT")
        {
            json.Append('{');
            foreach (var (part, cell) in field.GetProperty("fields").EnumerateArray().Zip(value.GetProperty("f").EnumerateArray()))
            {
                Separate(json, '{');
                json.Append(part.GetProperty("name").GetRawText()).Append(':');
                Write(json, part, cell.GetProperty("v"), BigQueryColumns.IsRepeated(part));
            }

            json.Append('}');
        }
        else
        {
            json.Append(Scalar(BigQueryColumns.Name(field), value));
        }
    }

    // Raw texts are copied with their escapes, so nothing in them can be lost.
    private static string Scalar(string type, JsonElement value) => type switch
    {
        "INT64" or "BOOL" => value.GetString()!,
        "FLOAT64" when double.TryParse(value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number) => value.GetString()!,
        "JSON" => JsonText.Unescape(Encoding.UTF8.GetBytes(value.GetRawText()).AsSpan()[1..^1]),
        "TIMESTAMP" =>
            DateTime.UnixEpoch.AddTicks(
            checked(long.Parse(value.GetString()!, CultureInfo.InvariantCulture) * TimeSpan.TicksPerMicrosecond))
            .ToString("'\"'yyyy-MM-ddTHH:mm:ss.FFFFFFZ'\"'", CultureInfo.InvariantCulture),
        _ => value.GetRawText(),
    };

    private static void Separate(StringBuilder json, char open)
    {
        if (json[^1] != open)
            json.Append(',');
    }
}
