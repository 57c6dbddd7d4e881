using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace PendoSync.Values;

/// <summary>
/// Writes one typed value as the JSON a target wants. Every method returns null, or the rule the value breaks; a value is never altered to
/// fit.
/// </summary>
internal static class ScalarWriter
{
    /// <summary>A boolean.</summary>
    public static string? Write(JsonBuffer json, bool value, FieldTarget target)
    {
        switch (target)
        {
            case FieldTarget.Any or FieldTarget.Boolean or FieldTarget.Scalar:
                json.Boolean(value);
                return null;
            case FieldTarget.String:
                json.String(value ? "true" : "false");
                return null;
            default:
                return Mismatch(target);
        }
    }

    /// <summary>An integer.</summary>
    public static string? Write(JsonBuffer json, long value, FieldTarget target)
    {
        switch (target)
        {
            case FieldTarget.Any or FieldTarget.Number or FieldTarget.Integer or FieldTarget.Scalar:
                json.Number(value);
                return null;
            case FieldTarget.String:
                json.String(value.ToString(CultureInfo.InvariantCulture));
                return null;
            case FieldTarget.Boolean when value is 0 or 1:
                json.Boolean(value == 1);
                return null;
            default:
                return Mismatch(target);
        }
    }

    /// <summary>An exact decimal; its scale is kept.</summary>
    public static string? Write(JsonBuffer json, decimal value, FieldTarget target)
    {
        switch (target)
        {
            case FieldTarget.Any or FieldTarget.Number or FieldTarget.Scalar:
                json.Number(value);
                return null;
            case FieldTarget.Integer when decimal.IsInteger(value):
                json.Number(decimal.Truncate(value));
                return null;
            case FieldTarget.String:
                json.String(value.ToString(CultureInfo.InvariantCulture));
                return null;
            case FieldTarget.Boolean when value is 0 or 1:
                json.Boolean(value == 1);
                return null;
            default:
                return Mismatch(target);
        }
    }

    /// <summary>A double, in its shortest form that reads back equal.</summary>
    public static string? Write(JsonBuffer json, double value, FieldTarget target)
    {
        if (!double.IsFinite(value))
            return Rules.NotFinite;
        switch (target)
        {
            case FieldTarget.Any or FieldTarget.Number or FieldTarget.Scalar:
                json.Number(value);
                return null;
            case FieldTarget.Integer when Math.Abs(value) < 9e15 && value == Math.Floor(value):
                json.Number((long)value);
                return null;
            case FieldTarget.String:
                json.String(value.ToString("R", CultureInfo.InvariantCulture));
                return null;
            default:
                return Mismatch(target);
        }
    }

    /// <summary>A float: as double it would grow digits that nobody wrote.</summary>
    public static string? Write(JsonBuffer json, float value, FieldTarget target)
    {
        if (!float.IsFinite(value))
            return Rules.NotFinite;
        if (target is not (FieldTarget.Any or FieldTarget.Number or FieldTarget.Scalar))
            return Write(json, double.Parse(value.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture), target);
        json.Number(value);
        return null;
    }

    /// <summary>A number wider than .NET's decimal, as text.</summary>
    public static string? WriteNumberText(JsonBuffer json, string value, FieldTarget target)
    {
        Span<byte> utf8 = value.Length <= 256 ? stackalloc byte[value.Length] : new byte[value.Length];
        return Ascii.FromUtf16(value, utf8, out _) == OperationStatus.Done ? WriteNumberText(json, utf8, target) : Rules.NotNumber;
    }

    /// <summary>A number wider than .NET's decimal, as text.</summary>
    public static string? WriteNumberText(JsonBuffer json, ReadOnlySpan<byte> value, FieldTarget target)
    {
        if (!IsJsonNumber(value))
            return value.SequenceEqual("NaN"u8) || value.SequenceEqual("Infinity"u8) || value.SequenceEqual("-Infinity"u8)
                ? Rules.NotFinite : Rules.NotNumber;
        switch (target)
        {
            case FieldTarget.Any or FieldTarget.Number or FieldTarget.Scalar:
            case FieldTarget.Integer when value.IndexOfAny((byte)'.', (byte)'e', (byte)'E') < 0:
                json.Raw(value);
                return null;
            case FieldTarget.Integer when WholeNumber.TryRead(Encoding.ASCII.GetString(value), out var whole):
                json.Ascii(whole);
                return null;
            case FieldTarget.Boolean when value is [(byte)'0' or (byte)'1']:
                json.Boolean(value[0] == '1');
                return null;
            case FieldTarget.String:
                json.String(value);
                return null;
            default:
                return Mismatch(target);
        }
    }

    /// <summary>Text that came as UTF-8; it may not be valid.</summary>
    public static string? Write(JsonBuffer json, ReadOnlySpan<byte> utf8, FieldTarget target, TimeZoneInfo zone)
    {
        if (target is FieldTarget.Any or FieldTarget.String or FieldTarget.Scalar)
            return json.String(utf8) ? null : Rules.NotUnicode;
        return Utf8.IsValid(utf8) ? Write(json, Encoding.UTF8.GetString(utf8), target, zone) : Rules.NotUnicode;
    }

    /// <summary>Text.</summary>
    public static string? Write(JsonBuffer json, string value, FieldTarget target, TimeZoneInfo zone)
    {
        switch (target)
        {
            case FieldTarget.Any or FieldTarget.String or FieldTarget.Scalar:
                return json.String(value) ? null : Rules.NotUnicode;
            case FieldTarget.Number or FieldTarget.Integer:
                return WriteNumberText(json, value.Trim(), target);
            case FieldTarget.Boolean when bool.TryParse(value, out var flag):
                json.Boolean(flag);
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
    public static string? Write(JsonBuffer json, DateTime utc, FieldTarget target)
    {
        if (target is not (FieldTarget.Any or FieldTarget.Time or FieldTarget.String or FieldTarget.Scalar))
            return Mismatch(target);
        json.Time(utc);
        return null;
    }

    /// <summary>A calendar date: its text, or midnight UTC for a time field.</summary>
    public static string? Write(JsonBuffer json, DateOnly date, FieldTarget target)
    {
        if (target is FieldTarget.Time)
            return Write(json, date.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc), target);
        if (target is not (FieldTarget.Any or FieldTarget.String or FieldTarget.Scalar))
            return Mismatch(target);
        json.String(date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
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

    // RFC 8259, section 6.
    private static bool IsJsonNumber(ReadOnlySpan<byte> text)
    {
        if (text is [(byte)'-', ..])
            text = text[1..];
        var whole = Digits(text);
        if (whole == 0 || (whole > 1 && text[0] == '0'))
            return false;
        text = text[whole..];
        if (text is [(byte)'.', ..])
        {
            var fraction = Digits(text[1..]);
            if (fraction == 0)
                return false;
            text = text[(fraction + 1)..];
        }

        if (text is not [(byte)'e' or (byte)'E', ..])
            return text.IsEmpty;
        text = text[1..];
        if (text is [(byte)'+' or (byte)'-', ..])
            text = text[1..];
        return !text.IsEmpty && Digits(text) == text.Length;
    }

    private static int Digits(ReadOnlySpan<byte> text) =>
        text.IndexOfAnyExceptInRange((byte)'0', (byte)'9') is var end and >= 0 ? end : text.Length;
}
