using System.Buffers.Text;

namespace PendoSync.Values;

/// <summary>
/// Writes doubles of everyday size as .NET does, in the shortest form that reads back equal but faster: a model of a million rows has millions
/// of them. Algorithm: Raffaele Giulietti, "The Schubfach way to render doubles". Between 0.0001 and 10^15 only powers from 10^1 to 10^20
/// are needed, which 128 bits hold exactly.
/// </summary>
internal static class ShortestDouble
{
    /// <summary>Bytes the longest text takes: sign, "0.000", 17 digits.</summary>
    public const int MaxLength = 24;

    private const double Smallest = 0.0001;
    private const double Bound = 1e15;
    private const int SignificandBits = 52;
    private const int ExponentBias = 1075;

    // Each power times two to what makes its highest bit 1, by exponent.
    private static readonly (ulong High, ulong Low)[] _powers = [.. Enumerable.Range(0, 21).Select(Normalised)];

    /// <summary>Writes the number; false, with nothing of use written, when it is none of everyday size.</summary>
    public static bool TryWrite(double value, Span<byte> text, out int written)
    {
        written = 0;
        var size = Math.Abs(value);
        if (!(size >= Smallest && size < Bound))
            return false;
        if (value < 0)
            text[written++] = (byte)'-';
        var bits = BitConverter.DoubleToUInt64Bits(size);
        var fraction = bits & ((1UL << SignificandBits) - 1);
        var significand = fraction | (1UL << SignificandBits);
        var exponent = (int)(bits >> SignificandBits) - ExponentBias;
        if (-exponent <= SignificandBits && (significand & ((1UL << -exponent) - 1)) == 0)
        {
            Utf8Formatter.TryFormat(significand >> -exponent, text[written..], out var length);
            written += length;
            return true;
        }

        var (digits, power) = Shortest(significand, exponent, closerBelow: fraction == 0);
        written += WriteDecimal(digits, power, text[written..]);
        return true;
    }

    // The decimal with the fewest digits that lies nearer to the number than to its neighbours; of several the nearest.
    private static (ulong Digits, int Power) Shortest(ulong significand, int exponent, bool closerBelow)
    {
        // log10(2) and log10(3/4) as fractions of 2^22, log2(10) as one of 2^19.
        var power = ((exponent * 1262611) - (closerBelow ? 524031 : 0)) >> 22;
        var shift = exponent + ((-power * 1741647) >> 19) + 1;
        var ten = _powers[-power];
        var below = RoundToOdd(ten, ((4 * significand) - 2 + (closerBelow ? 1UL : 0)) << shift);
        var number = RoundToOdd(ten, (4 * significand) << shift);
        var above = RoundToOdd(ten, ((4 * significand) + 2) << shift);
        // An odd significand's bounds belong to its neighbours, which are even.
        var odd = significand & 1;
        below += odd;
        above -= odd;

        var digits = number / 4;
        var shorter = digits / 10;
        var down = below <= 40 * shorter;
        var up = (40 * shorter) + 40 <= above;
        if (down != up)
            return (shorter + (up ? 1UL : 0), power + 1);
        down = below <= 4 * digits;
        up = (4 * digits) + 4 <= above;
        if (down != up)
            return (digits + (up ? 1UL : 0), power);
        var middle = (4 * digits) + 2;
        var roundUp = number > middle || (number == middle && (digits & 1) != 0);
        return (digits + (roundUp ? 1UL : 0), power);
    }

    // The product's upper 64 bits; the last of them says too whether anything was cut off.
    private static ulong RoundToOdd((ulong High, ulong Low) ten, ulong factor)
    {
        var carried = Math.BigMul(ten.Low, factor, out _);
        var upper = Math.BigMul(ten.High, factor, out var lower);
        lower += carried;
        if (lower < carried)
            upper++;
        return upper | (lower > 1 ? 1UL : 0);
    }

    private static int WriteDecimal(ulong digits, int power, Span<byte> text)
    {
        for (; digits % 10 == 0; digits /= 10)
            power++;
        var places = -power;
        Span<byte> all = stackalloc byte[20];
        Utf8Formatter.TryFormat(digits, all, out var count);
        var whole = count - places;
        if (whole <= 0)
        {
            "0.000"u8[..(2 - whole)].CopyTo(text);
            all[..count].CopyTo(text[(2 - whole)..]);
            return 2 - whole + count;
        }

        all[..whole].CopyTo(text);
        text[whole] = (byte)'.';
        all[whole..count].CopyTo(text[(whole + 1)..]);
        return count + 1;
    }

    private static (ulong High, ulong Low) Normalised(int exponent)
    {
        var power = UInt128.One;
        for (var i = 0; i < exponent; i++)
            power *= 10;
        power <<= (int)UInt128.LeadingZeroCount(power);
        return ((ulong)(power >> 64), (ulong)power);
    }
}
