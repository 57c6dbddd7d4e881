using System.Globalization;
using System.Text.Json;
using PendoSync.Sources;
using PendoSync.Warehouses.JsonPages;

namespace PendoSync.Warehouses.Databricks;

/// <summary>
/// Databricks' types and how JSON_ARRAY writes them: every value is text, nested values as JSON in text.
/// https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-datatypes and
/// https://docs.databricks.com/api/workspace/statementexecution/executestatement
/// </summary>
internal static class DatabricksColumns
{
    /// <summary>A column as described by a member of <c>manifest.schema.columns</c>.</summary>
    public static JsonColumn Of(JsonElement column)
    {
        // type_name has no word for the newer types; type_text is what SQL says.
        var text = (Text(column, "type_text") ?? Text(column, "type_name") ?? "").ToUpperInvariant();
        return new JsonColumn(Text(column, "name")!, text, TypeOf(text));
    }

    private static JsonType TypeOf(string text)
    {
        var end = text.IndexOfAny(['(', '<', ' ']);
        return (end < 0 ? text : text[..end]) switch
        {
            "TINYINT" or "BYTE" or "SMALLINT" or "SHORT" or "INT" or "INTEGER" or "BIGINT" or "LONG" => new IntegerType(),
            "DECIMAL" or "DEC" or "NUMERIC" => new DecimalType(Precision(text)),
            "FLOAT" or "REAL" or "DOUBLE" => new DoubleType(),
            "STRING" or "VARCHAR" => new TextType(ColumnKind.Text),
            "CHAR" => new PaddedTextType(),
            "BOOLEAN" => new BooleanType(),
            "DATE" => new IsoDateType(),
            "TIMESTAMP" => new IsoTimestampType(instant: true),
            "TIMESTAMP_NTZ" => new IsoTimestampType(instant: false),
            "BINARY" => new BytesType(hex: false),
            "ARRAY" => ArrayOf(text),
            "STRUCT" or "MAP" or "VARIANT" => new TextType(ColumnKind.Json),
            // A column of nulls only.
            "VOID" or "NULL" => new TextType(ColumnKind.Text),
            // INTERVAL …, GEOGRAPHY, GEOMETRY, OBJECT, USER_DEFINED_TYPE and what comes later.
            _ => new TextType(ColumnKind.Unsupported),
        };
    }

    private static JsonType ArrayOf(string text)
    {
        if (!text.StartsWith("ARRAY<", StringComparison.Ordinal) || !text.EndsWith('>'))
            return new TextType(ColumnKind.Json);
        var element = TypeOf(text["ARRAY<".Length..^1]);
        return element.Kind is ColumnKind.Json or ColumnKind.Array or ColumnKind.Bytes or ColumnKind.Unsupported
            ? new TextType(ColumnKind.Json)
            : new ArrayType(element);
    }

    // DECIMAL alone is DECIMAL(10,0).
    private static int Precision(string text)
    {
        var open = text.IndexOf('(', StringComparison.Ordinal);
        var end = open < 0 ? -1 : text.AsSpan(open).IndexOfAny(',', ')') + open;
        return open < 0 || end <= open
            ? 10 : int.Parse(text.AsSpan((open + 1)..end), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
            CultureInfo.InvariantCulture);
    }

    private static string? Text(JsonElement column, string name) =>
        column.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
