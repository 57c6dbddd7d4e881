using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace PendoSimulator.Records;

/// <summary>
/// The one spelling of a JSON value that the simulator stores and adds up; described in the README for clients that compute the same.
/// </summary>
internal static class CanonicalJson
{
    /// <summary>A number whose plain form would be longer keeps the text it came with.</summary>
    private const int LongestPlainNumber = 400;

    /// <summary>Appends a JSON string token, only quote, backslash and control characters escaped.</summary>
    public static void AppendString(ref Utf8JsonReader reader, ByteBuffer to)
    {
        var raw = reader.ValueSpan;
        if (!reader.ValueIsEscaped)
        {
            if (!Utf8.IsValid(raw))
                throw new JsonException("A text is not valid UTF-8.");
            to.Append((byte)'"');
            to.Append(raw);
            to.Append((byte)'"');
            return;
        }
        var text = new byte[raw.Length];
        AppendText(text.AsSpan(0, reader.CopyString(text)), to);
    }

    public static void AppendText(string text, ByteBuffer to) => AppendText(Encoding.UTF8.GetBytes(text), to);

    public static string Quote(string text)
    {
        var buffer = new ByteBuffer(text.Length + 16);
        AppendText(text, buffer);
        return Encoding.UTF8.GetString(buffer.Written);
    }

    public static void AppendText(ReadOnlySpan<byte> utf8, ByteBuffer to)
    {
        to.Append((byte)'"');
        foreach (var b in utf8)
        {
            if (b >= 0x20 && b is not ((byte)'"' or (byte)'\\'))
                to.Append(b);
            else
                AppendEscape(b, to);
        }
        to.Append((byte)'"');
    }

    private static void AppendEscape(byte b, ByteBuffer to)
    {
        to.Append((byte)'\\');
        switch (b)
        {
            case (byte)'"' or (byte)'\\': to.Append(b); break;
            case (byte)'\b': to.Append((byte)'b'); break;
            case (byte)'\t': to.Append((byte)'t'); break;
            case (byte)'\n': to.Append((byte)'n'); break;
            case (byte)'\f': to.Append((byte)'f'); break;
            case (byte)'\r': to.Append((byte)'r'); break;
            default:
                to.Append("u00"u8);
                to.Append("0123456789abcdef"u8.Slice(b >> 4, 1));
                to.Append("0123456789abcdef"u8.Slice(b & 15, 1));
                break;
        }
    }

    /// <summary>Appends a JSON number in plain decimal form: no exponent, no trailing zeros after the point, no minus zero.</summary>
    public static void AppendNumber(ReadOnlySpan<byte> raw, ByteBuffer to)
    {
        if (raw.IndexOfAny(".eE"u8) < 0)
        {
            to.Append(raw.SequenceEqual("-0"u8) ? "0"u8 : raw);
            return;
        }
        var negative = raw[0] == (byte)'-';
        var unsigned = negative ? raw[1..] : raw;
        var e = unsigned.IndexOfAny("eE"u8);
        var mantissa = e < 0 ? unsigned : unsigned[..e];
        var exponent = 0;
        if (e >= 0 && !int.TryParse(unsigned[(e + 1)..], out exponent))
            exponent = int.MaxValue / 2;
        var point = mantissa.IndexOf((byte)'.');
        var digits = new byte[mantissa.Length - (point < 0 ? 0 : 1)];
        mantissa[..(point < 0 ? mantissa.Length : point)].CopyTo(digits);
        if (point >= 0)
            mantissa[(point + 1)..].CopyTo(digits.AsSpan(point));
        AppendPlain(raw, negative, digits, (long)(point < 0 ? mantissa.Length : point) + exponent, to);
    }

    /// <summary>Appends digits whose decimal point stands after <paramref name="whole"/> of them.</summary>
    private static void AppendPlain(ReadOnlySpan<byte> raw, bool negative, ReadOnlySpan<byte> digits, long whole, ByteBuffer to)
    {
        var zeros = digits.IndexOfAnyExcept((byte)'0');
        if (zeros < 0)
        {
            to.Append((byte)'0');
            return;
        }
        digits = digits[zeros..].TrimEnd((byte)'0');
        whole -= zeros;
        if (Math.Max(whole, digits.Length) - Math.Min(whole, 0) > LongestPlainNumber)
        {
            to.Append(raw);
            return;
        }
        if (negative)
            to.Append((byte)'-');
        if (whole <= 0)
            to.Append((byte)'0');
        else
            to.Append(digits[..(int)Math.Min(whole, digits.Length)]);
        AppendZeros((int)(whole - digits.Length), to);
        if (whole >= digits.Length)
            return;
        to.Append((byte)'.');
        AppendZeros((int)-whole, to);
        to.Append(digits[(int)Math.Max(whole, 0)..]);
    }

    private static void AppendZeros(int count, ByteBuffer to)
    {
        for (var i = 0; i < count; i++)
            to.Append((byte)'0');
    }
}
