using System.Buffers;
using System.Globalization;
using System.IO.Hashing;
using System.Text;
using System.Text.Json;

namespace PendoSync.Values;

/// <summary>
/// One value of a field as it is compared between warehouse and Pendo: what is not there and null are the same, times are instants to the
/// millisecond whether they are text or milliseconds since 1970, numbers are compared by value (a whole number exactly, any other as the
/// double that Pendo keeps), texts and lists by their characters.
/// </summary>
internal static class HeldValue
{
    /// <summary>The hash of what is not there.</summary>
    public const ulong Nothing = 0;

    /// <summary>The hash of a JSON value; never <see cref="Nothing"/> unless it is null.</summary>
    /// <param name="reader">Stands on the value's first token, and on its last afterwards.</param>
    /// <param name="target">What the field holds.</param>
    /// <param name="seed">Differs from field to field, so that two values that changed places differ.</param>
    /// <exception cref="InvalidOperationException">A text that is no Unicode.</exception>
    public static ulong HashOf(ref Utf8JsonReader reader, FieldTarget target, long seed)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return Nothing;
            case JsonTokenType.True or JsonTokenType.False:
                return Hash("b"u8, reader.TokenType == JsonTokenType.True ? "1"u8 : "0"u8, seed);
            case JsonTokenType.Number:
                return HashNumber(ref reader, target, seed);
            case JsonTokenType.String:
                return HashText(ref reader, target, seed);
            default:
                return HashList(ref reader, seed);
        }
    }

    private static ulong HashNumber(ref Utf8JsonReader reader, FieldTarget target, long seed)
    {
        if (target == FieldTarget.Time && reader.TryGetDouble(out var milliseconds))
            return HashInstant((long)Math.Floor(milliseconds), seed);
        if (target == FieldTarget.Integer && WholeNumber.TryRead(Encoding.ASCII.GetString(reader.ValueSpan), out var whole))
            return Hash("i"u8, Encoding.ASCII.GetBytes(whole is "-0" ? "0" : whole), seed);
        // Minus zero is zero.
        return reader.TryGetDouble(out var number) && double.IsFinite(number)
            ? Hash("n"u8, BitConverter.GetBytes(number == 0 ? 0 : number), seed) : Hash("n"u8, reader.ValueSpan, seed);
    }

    private static ulong HashText(ref Utf8JsonReader reader, FieldTarget target, long seed)
    {
        var rented = ArrayPool<byte>.Shared.Rent(Math.Max(1, reader.ValueSpan.Length));
        try
        {
            var text = rented.AsSpan(0, reader.CopyString(rented));
            return target == FieldTarget.Time && IsoTime.TryRead(text, out var time) && time.Utc is { } utc
                ? HashInstant(MillisecondsOf(utc), seed) : Hash("t"u8, text, seed);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    // A list, or what no field of ours holds: its tokens one by one.
    private static ulong HashList(ref Utf8JsonReader reader, long seed)
    {
        var hash = Hash("l"u8, [], seed);
        var depth = reader.CurrentDepth;
        while (reader.Read() && reader.CurrentDepth > depth)
            hash = (hash * 31) + (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName
                ? HashText(ref reader, FieldTarget.String, seed) : Hash([(byte)reader.TokenType], reader.ValueSpan, seed));
        return hash == Nothing ? 1 : hash;
    }

    // In whole numbers: a double of milliseconds takes the last of a second for the next one.
    private static long MillisecondsOf(DateTime utc) =>
        (utc.Ticks / TimeSpan.TicksPerMillisecond) - (DateTime.UnixEpoch.Ticks / TimeSpan.TicksPerMillisecond);

    private static ulong HashInstant(long milliseconds, long seed) =>
        Hash("m"u8, Encoding.ASCII.GetBytes(milliseconds.ToString(CultureInfo.InvariantCulture)), seed);

    private static ulong Hash(ReadOnlySpan<byte> kind, ReadOnlySpan<byte> value, long seed) =>
        XxHash64.HashToUInt64(value, seed + (kind[0] << 20)) is var hash && hash == Nothing ? 1 : hash;
}
