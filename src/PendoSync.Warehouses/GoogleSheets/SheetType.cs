using System.Globalization;
using System.Text.Json;
using PendoSync.Sources;
using PendoSync.Values;
using PendoSync.Warehouses.JsonPages;

namespace PendoSync.Warehouses.GoogleSheets;

/// <summary>
/// Cells of one column: text, true or false, or a number, cell by cell; an empty text is an empty cell. Where the column is formatted as a
/// date or time its numbers count days since 1899-12-30 in the spreadsheet's zone; as a time of day or a duration they are text, as
/// 12:30:00 or 30:00:00. An error (#N/A and its kin) is no value: whoever asks for it is refused.
/// https://developers.google.com/workspace/sheets/api/reference/rest/v4/DateTimeRenderOption
/// </summary>
/// <param name="format">DATE, DATE_TIME, or any other number format of the column.</param>
/// <param name="zone">The spreadsheet's zone.</param>
internal sealed class SheetType(string? format, TimeZoneInfo zone) : JsonType
{
    // https://support.google.com/docs/answer/3238305; a cell that is still computed says Loading...
    private static readonly HashSet<string> Errors = new(StringComparer.Ordinal)
        { "#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#ERROR!", "Loading..." };

    private static readonly DateTime Epoch = new(1899, 12, 30, 0, 0, 0, DateTimeKind.Unspecified);

    public override ColumnKind Kind => ColumnKind.PerCell;

    public override ColumnKind Declared => format switch
    {
        "DATE" => ColumnKind.Date,
        "DATE_TIME" => ColumnKind.Instant,
        "NUMBER" or "CURRENCY" or "PERCENT" or "SCIENTIFIC" => ColumnKind.Double,
        "TEXT" or "TIME" => ColumnKind.Text,
        _ => ColumnKind.PerCell,
    };

    public override Type FieldType => typeof(object);

    public override Type FieldTypeOf(JsonValue value) => value.Type switch
    {
        JsonTokenType.True or JsonTokenType.False => typeof(bool),
        JsonTokenType.Number when format == "DATE" => typeof(DateOnly),
        JsonTokenType.Number when format == "DATE_TIME" => typeof(DateTimeOffset),
        JsonTokenType.Number when format == "TIME" => typeof(string),
        JsonTokenType.Number => IsWhole(value) ? typeof(long) : typeof(double),
        _ => typeof(string),
    };

    public override bool IsNull(JsonValue value) => value is { Type: JsonTokenType.String, Bytes.IsEmpty: true };

    public override bool GetBoolean(JsonValue value) => value.Type switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => throw new FormatException("not true or false"),
    };

    public override long GetInt64(JsonValue value) => long.Parse(value.Bytes, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    public override double GetDouble(JsonValue value) => value.Type == JsonTokenType.Number
        ? double.Parse(value.Bytes, NumberStyles.Float, CultureInfo.InvariantCulture)
        : throw new FormatException("not a number");

    public override decimal GetDecimal(JsonValue value) => ExactDecimal.Parse(value.Bytes);

    public override string GetString(JsonValue value)
    {
        if (value.Type == JsonTokenType.Number && format == "TIME")
            return Clock(GetDouble(value));
        var text = value.Text();
        return value.Type == JsonTokenType.String && Errors.Contains(text) ? throw new FormatException("an error in place of a value")
            : text;
    }

    /// <summary>The date, or the instant in UTC.</summary>
    public override DateTime GetDateTime(JsonValue value)
    {
        var days = GetDouble(value);
        if (days is < -600_000 or >= 2_958_466)
            throw new OverflowException("not a date of the years 1 to 9999");
        // A day as a double is good to a microsecond; a sheet shows milliseconds.
        var wall = Epoch.AddMilliseconds(Math.Round(days * 86_400_000));
        if (format != "DATE_TIME")
            return wall.Date;
        if (zone.IsInvalidTime(wall))
            throw new FormatException("a time that daylight saving skips");
        return WallTime.TryToUtc(wall, zone, out var utc) ? utc : throw new OverflowException("not an instant of the years 1 to 9999");
    }

    public override object GetValue(JsonValue value)
    {
        var type = FieldTypeOf(value);
        return Type.GetTypeCode(type) switch
        {
            TypeCode.Boolean => GetBoolean(value),
            TypeCode.Int64 => GetInt64(value),
            TypeCode.Double => GetDouble(value),
            TypeCode.String => GetString(value),
            _ when type == typeof(DateOnly) => DateOnly.FromDateTime(GetDateTime(value)),
            _ => new DateTimeOffset(GetDateTime(value), TimeSpan.Zero),
        };
    }

    // A day as a double is good to a microsecond; a sheet shows milliseconds.
    private static string Clock(double days)
    {
        var milliseconds = checked((long)Math.Round(days * 86_400_000));
        var (seconds, rest) = Math.DivRem(Math.Abs(milliseconds), 1000);
        var fraction = rest == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $".{rest:000}").TrimEnd('0');
        return string.Create(CultureInfo.InvariantCulture,
            $"{(milliseconds < 0 ? "-" : "")}{seconds / 3600}:{seconds / 60 % 60:00}:{seconds % 60:00}{fraction}");
    }

    private static bool IsWhole(JsonValue value) => value.Bytes.IndexOfAny(".eE"u8) < 0 && value.Bytes.Length < 19;
}
