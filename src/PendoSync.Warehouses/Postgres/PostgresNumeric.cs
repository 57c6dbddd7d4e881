using System.Buffers.Binary;
using System.Buffers.Text;

namespace PendoSync.Warehouses.Postgres;

/// <summary>
/// Writes a numeric of PostgreSQL's binary format as the text the server itself would give, all digits of its scale included. The format is
/// the one of numeric_send: count of base-10000 digits, weight of the first, sign, scale, digits, 16 bits each
/// (https://www.postgresql.org/docs/current/protocol-overview.html#PROTOCOL-FORMAT-CODES leaves it to the type's own functions).
/// </summary>
internal static class PostgresNumeric
{
    private const int Negative = 0x4000;
    private const int NotANumber = 0xC000;
    private const int PositiveInfinity = 0xD000;
    private const int NegativeInfinity = 0xF000;
    private const int Head = 8;
    private const int GroupDigits = 4;

    /// <summary>Bytes that the text of a binary value needs at most.</summary>
    public static int MaxLength(ReadOnlySpan<byte> binary) =>
        16 + (4 * (Math.Max(0, (int)BinaryPrimitives.ReadInt16BigEndian(binary[2..])) + 1))
            + BinaryPrimitives.ReadUInt16BigEndian(binary[6..]);

    /// <summary>Writes the text; returns its length.</summary>
    public static int Write(ReadOnlySpan<byte> binary, Span<byte> text)
    {
        int count = BinaryPrimitives.ReadInt16BigEndian(binary);
        int weight = BinaryPrimitives.ReadInt16BigEndian(binary[2..]);
        int sign = BinaryPrimitives.ReadUInt16BigEndian(binary[4..]);
        int scale = BinaryPrimitives.ReadUInt16BigEndian(binary[6..]);
        if (sign is NotANumber or PositiveInfinity or NegativeInfinity)
        {
            var word = sign == NotANumber ? "NaN"u8 : sign == PositiveInfinity ? "Infinity"u8 : "-Infinity"u8;
            word.CopyTo(text);
            return word.Length;
        }

        var at = 0;
        if (sign == Negative)
            text[at++] = (byte)'-';
        at = WriteWhole(binary, count, weight, text, at);
        if (scale == 0)
            return at;
        text[at++] = (byte)'.';
        var end = at + scale;
        for (var index = weight + 1; at < end; index++, at += GroupDigits)
            WriteGroup(Digit(binary, count, index), text[at..]);
        return end;
    }

    private static int WriteWhole(ReadOnlySpan<byte> binary, int count, int weight, Span<byte> text, int at)
    {
        if (weight < 0)
        {
            text[at] = (byte)'0';
            return at + 1;
        }

        // The first group has no leading zeros.
        Utf8Formatter.TryFormat(Digit(binary, count, 0), text[at..], out var first);
        at += first;
        for (var index = 1; index <= weight; index++, at += GroupDigits)
            WriteGroup(Digit(binary, count, index), text[at..]);
        return at;
    }

    private static void WriteGroup(int group, Span<byte> text)
    {
        var (high, low) = Math.DivRem((uint)group, 100u);
        text[3] = (byte)('0' + (low % 10));
        text[2] = (byte)('0' + (low / 10));
        text[1] = (byte)('0' + (high % 10));
        text[0] = (byte)('0' + (high / 10));
    }

    // Groups of zeros at either end are not sent.
    private static int Digit(ReadOnlySpan<byte> binary, int count, int index) =>
        index >= 0 && index < count ? BinaryPrimitives.ReadInt16BigEndian(binary[(Head + (index * 2))..]) : 0;
}
