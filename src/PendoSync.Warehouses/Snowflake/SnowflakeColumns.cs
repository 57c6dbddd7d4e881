using System.Globalization;
using System.Text.Json;
using PendoSync.Sources;
using PendoSync.Values;
using PendoSync.Warehouses.JsonPages;

namespace PendoSync.Warehouses.Snowflake;

/// <summary>
/// Snowflake's types and how the SQL API writes them: every value is text.
/// https://docs.snowflake.com/en/developer-guide/sql-api/handling-responses#getting-the-data-from-the-results
/// </summary>
internal static class SnowflakeColumns
{
    /// <summary>A column as described by a member of <c>rowType</c>.</summary>
    public static JsonColumn Of(JsonElement row)
    {
        var type = row.GetProperty("type").GetString()!.ToUpperInvariant();
        var (precision, scale) = (Number(row, "precision"), Number(row, "scale") ?? 0);
        return new JsonColumn(row.GetProperty("name").GetString()!, type == "FIXED" ? $"NUMBER({precision ?? 38},{scale})" : type,
            TypeOf(type, precision, scale));
    }

    private static JsonType TypeOf(string type, int? precision, int scale) => type switch
    {
        "FIXED" or "NUMBER" => scale == 0 ? (precision is null or > 18 ? new WideIntegerType() : new IntegerType())
            : new DecimalType(precision),
        "REAL" or "FLOAT" => new DoubleType(),
        // Up to 38 digits and an exponent: read as text, exactly as it stands.
        "DECFLOAT" => new DecimalType(null),
        "TEXT" or "VARCHAR" => new TextType(ColumnKind.Text),
        "UUID" => new TextType(ColumnKind.Uuid),
        "BOOLEAN" => new BooleanType(),
        "DATE" => new SnowflakeDate(),
        "TIME" => new SnowflakeTime(),
        "TIMESTAMP_NTZ" => new SnowflakeTimestamp(instant: false),
        "TIMESTAMP_LTZ" or "TIMESTAMP_TZ" => new SnowflakeTimestamp(instant: true),
        "VARIANT" or "OBJECT" or "ARRAY" or "MAP" or "VECTOR" => new TextType(ColumnKind.Json),
        "BINARY" => new BytesType(hex: true),
        // GEOGRAPHY, GEOMETRY, FILE, INTERVAL_… and what comes later.
        _ => new TextType(ColumnKind.Unsupported),
    };

    private static int? Number(JsonElement row, string name) =>
        row.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt32() : null;
}

/// <summary>Days since 1970-01-01.</summary>
internal sealed class SnowflakeDate : JsonType
{
    private static readonly int Epoch = new DateOnly(1970, 1, 1).DayNumber;

    public override ColumnKind Kind => ColumnKind.Date;

    public override Type FieldType => typeof(DateOnly);

    public override DateTime GetDateTime(JsonValue value) => Date(value).ToDateTime(TimeOnly.MinValue);

    public override object GetValue(JsonValue value) => Date(value);

    private static DateOnly Date(JsonValue value)
    {
        var days = int.Parse(value.Bytes, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) + (long)Epoch;
        return days >= 0 && days <= DateOnly.MaxValue.DayNumber ? DateOnly.FromDayNumber((int)days)
            : throw new OverflowException("the year is not between 1 and 9999");
    }
}

/// <summary>Seconds since midnight with nine decimals; given as text, 23:59:59.123.</summary>
internal sealed class SnowflakeTime : JsonType
{
    public override ColumnKind Kind => ColumnKind.Text;

    public override Type FieldType => typeof(string);

    public override string GetString(JsonValue value) =>
        new TimeOnly(SnowflakeTimestamp.Ticks(value.Bytes)).ToString("HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture);

    public override object GetValue(JsonValue value) => GetString(value);
}

/// <summary>
/// Seconds since 1970-01-01 with nine decimals; TIMESTAMP_TZ adds a space and its offset, which does not change the instant.
/// Digits past 100 ns are cut off downwards, so a cursor never moves past a row.
/// </summary>
/// <param name="instant">False for TIMESTAMP_NTZ.</param>
internal sealed class SnowflakeTimestamp(bool instant) : JsonType
{
    public override ColumnKind Kind => instant ? ColumnKind.Instant : ColumnKind.Timestamp;

    public override Type FieldType => typeof(DateTime);

    public override DateTime GetDateTime(JsonValue value)
    {
        var space = value.Bytes.IndexOf((byte)' ');
        var ticks = Ticks(space < 0 ? value.Bytes : value.Bytes[..space]) + DateTime.UnixEpoch.Ticks;
        return ticks >= 0 && ticks <= DateTime.MaxValue.Ticks
            ? new DateTime(ticks, instant ? DateTimeKind.Utc : DateTimeKind.Unspecified)
            : throw new OverflowException("the year is not between 1 and 9999");
    }

    public override object GetValue(JsonValue value) => GetDateTime(value);

    /// <summary>Decimal seconds in ticks, rounded down.</summary>
    public static long Ticks(ReadOnlySpan<byte> seconds)
    {
        var point = seconds.IndexOf((byte)'.');
        var whole = long.Parse(point < 0 ? seconds : seconds[..point], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var digits = point < 0 ? [] : seconds[(point + 1)..];
        var fraction = IsoTime.Fraction(digits);
        if (seconds[0] != '-')
            return checked((whole * TimeSpan.TicksPerSecond) + fraction);
        var cut = digits.Length > 7 && digits[7..].IndexOfAnyExcept((byte)'0') >= 0 ? 1 : 0;
        return checked((whole * TimeSpan.TicksPerSecond) - fraction - cut);
    }
}
