using System.Globalization;
using System.Text;
using System.Text.Json;

namespace PendoSync.Records;

/// <summary>Writes one typed value as the JSON a target wants. Every method returns null, or the rule the value breaks; a value is never altered to fit.</summary>
public static class ScalarWriter
{
    /// <summary>A boolean.</summary>
    public static string? Write(Utf8JsonWriter json, bool value, FieldTarget target)
    {
        switch (target)
        {
            case FieldTarget.Any or FieldTarget.Boolean or FieldTarget.Scalar:
                json.WriteBooleanValue(value);
                return null;
            case FieldTarget.String:
                json.WriteStringValue(value ? "true" : "false");
                return null;
            default:
                return Mismatch(target);
        }
    }

    /// <summary>An integer.</summary>
    public static string? Write(Utf8JsonWriter json, long value, FieldTarget target)
    {
        switch (target)
        {
            case FieldTarget.Any or FieldTarget.Number or FieldTarget.Integer or FieldTarget.Scalar:
                json.WriteNumberValue(value);
                return null;
            case FieldTarget.String:
                json.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
                return null;
            case FieldTarget.Boolean when value is 0 or 1:
                json.WriteBooleanValue(value == 1);
                return null;
            default:
                return Mismatch(target);
        }
    }

    /// <summary>An exact decimal; its scale is kept.</summary>
    public static string? Write(Utf8JsonWriter json, decimal value, FieldTarget target)
    {
        switch (target)
        {
            case FieldTarget.Any or FieldTarget.Number or FieldTarget.Scalar:
                json.WriteNumberValue(value);
                return null;
            case FieldTarget.Integer when decimal.IsInteger(value):
                json.WriteNumberValue(decimal.Truncate(value));
                return null;
            case FieldTarget.String:
                json.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
                return null;
            case FieldTarget.Boolean when value is 0 or 1:
                json.WriteBooleanValue(value == 1);
                return null;
            default:
                return Mismatch(target);
        }
    }

    /// <summary>A double, in its shortest form that reads back equal.</summary>
    public static string? Write(Utf8JsonWriter json, double value, FieldTarget target)
    {
        if (!double.IsFinite(value))
            return Rules.NotFinite;
        switch (target)
        {
            case FieldTarget.Any or FieldTarget.Number or FieldTarget.Scalar:
                json.WriteNumberValue(value);
                return null;
            case FieldTarget.Integer when Math.Abs(value) < 9e15 && value == Math.Floor(value):
                json.WriteNumberValue((long)value);
                return null;
            case FieldTarget.String:
                json.WriteStringValue(value.ToString("R", CultureInfo.InvariantCulture));
                return null;
            default:
                return Mismatch(target);
        }
    }

    /// <summary>A float: as double it would grow digits that nobody wrote.</summary>
    public static string? Write(Utf8JsonWriter json, float value, FieldTarget target)
    {
        if (!float.IsFinite(value))
            return Rules.NotFinite;
        if (target is not (FieldTarget.Any or FieldTarget.Number or FieldTarget.Scalar))
            return Write(json, double.Parse(value.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture), target);
        json.WriteNumberValue(value);
        return null;
    }

    /// <summary>A number wider than .NET's decimal, as text.</summary>
    public static string? WriteNumberText(Utf8JsonWriter json, string value, FieldTarget target)
    {
        if (!IsJsonNumber(value))
            return value is "NaN" or "Infinity" or "-Infinity" ? Rules.NotFinite : Rules.NotNumber;
        switch (target)
        {
            case FieldTarget.Any or FieldTarget.Number or FieldTarget.Scalar:
            case FieldTarget.Integer when value.AsSpan().IndexOfAny('.', 'e', 'E') < 0:
                json.WriteRawValue(value, skipInputValidation: true);
                return null;
            case FieldTarget.Integer when decimal.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var exact):
                return Write(json, exact, target);
            case FieldTarget.String:
                json.WriteStringValue(value);
                return null;
            default:
                return Mismatch(target);
        }
    }

    /// <summary>Text.</summary>
    public static string? Write(Utf8JsonWriter json, string value, FieldTarget target, TimeZoneInfo zone)
    {
        switch (target)
        {
            case FieldTarget.Any or FieldTarget.String or FieldTarget.Scalar:
                if (!IsUnicode(value))
                    return Rules.NotUnicode;
                json.WriteStringValue(value);
                return null;
            case FieldTarget.Number or FieldTarget.Integer:
                return WriteNumberText(json, value.Trim(), target);
            case FieldTarget.Boolean when bool.TryParse(value, out var flag):
                json.WriteBooleanValue(flag);
                return null;
            case FieldTarget.Time:
                return TimeText.TryParse(value, zone, out var instant, out var rule) ? Write(json, instant, target) : rule;
            case FieldTarget.List:
                return JsonValueWriter.WriteList(json, value);
            default:
                return Mismatch(target);
        }
    }

    /// <summary>An instant in UTC.</summary>
    public static string? Write(Utf8JsonWriter json, DateTime utc, FieldTarget target)
    {
        if (target is not (FieldTarget.Any or FieldTarget.Time or FieldTarget.String or FieldTarget.Scalar))
            return Mismatch(target);
        json.WriteStringValue(DateTime.SpecifyKind(utc, DateTimeKind.Utc));
        return null;
    }

    /// <summary>A calendar date: its text, or midnight UTC for a time field.</summary>
    public static string? Write(Utf8JsonWriter json, DateOnly date, FieldTarget target)
    {
        if (target is FieldTarget.Time)
            return Write(json, date.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc), target);
        if (target is not (FieldTarget.Any or FieldTarget.String or FieldTarget.Scalar))
            return Mismatch(target);
        json.WriteStringValue(date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        return null;
    }

    /// <summary>False when the text holds half a surrogate pair, which a JSON writer would silently replace.</summary>
    public static bool IsUnicode(string text)
    {
        var at = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF');
        if (at < 0)
            return true;
        for (var i = at; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1]))
                return false;
            i++;
        }

        return true;
    }

    /// <summary>The rule a value of another type breaks.</summary>
    public static string Mismatch(FieldTarget target) => target switch
    {
        FieldTarget.Number => Rules.NotNumber,
        FieldTarget.Integer => Rules.NotInteger,
        FieldTarget.Boolean => Rules.NotBoolean,
        FieldTarget.Time => Rules.NotTime,
        FieldTarget.List => Rules.NotList,
        FieldTarget.Scalar => Rules.NestedValue,
        _ => Rules.NotScalar,
    };

    private static bool IsJsonNumber(string text)
    {
        if (text.Length is 0 or > 1000 || !(char.IsAsciiDigit(text[0]) || text[0] == '-'))
            return false;
        Span<byte> utf8 = stackalloc byte[1000];
        if (!Encoding.UTF8.TryGetBytes(text, utf8, out var length))
            return false;
        var reader = new Utf8JsonReader(utf8[..length]);
        try
        {
            return reader.Read() && reader.TokenType == JsonTokenType.Number && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
