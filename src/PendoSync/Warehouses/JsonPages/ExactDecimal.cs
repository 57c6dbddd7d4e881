using System.Globalization;

namespace PendoSync.Warehouses.JsonPages;

/// <summary>Decimal texts read without rounding: .NET's own parser drops digits past the 28th in silence.</summary>
internal static class ExactDecimal
{
    /// <summary>Digits that every .NET decimal can hold; columns declared wider are read as text.</summary>
    public const int SafeDigits = 28;

    /// <summary>The number, exactly.</summary>
    /// <exception cref="FormatException">Not a number.</exception>
    /// <exception cref="OverflowException">Wider than .NET's decimal.</exception>
    public static decimal Parse(ReadOnlySpan<byte> text)
    {
        if (!decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            throw IsNumber(text) ? TooWide() : new FormatException("not a decimal number");
        // Up to 20 bytes cannot hold more than 28 digits, unless an exponent moves them.
        return text.Length <= 20 && text.IndexOfAny((byte)'e', (byte)'E') < 0 || Fits(text) ? number : throw TooWide();
    }

    private static bool Fits(ReadOnlySpan<byte> text)
    {
        var mark = text.IndexOfAny((byte)'e', (byte)'E');
        var exponent = mark < 0 ? 0 : int.Parse(text[(mark + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var (digits, zeros, scale, point) = (0, 0, 0, false);
        foreach (var b in mark < 0 ? text : text[..mark])
        {
            if (b == '.')
                point = true;
            if (!char.IsAsciiDigit((char)b))
                continue;
            if (point)
                scale++;
            if (b == '0')
            {
                // Zeros count only between other digits.
                if (digits > 0)
                    zeros++;
                continue;
            }

            digits += zeros + 1;
            zeros = 0;
        }

        return digits <= SafeDigits && scale - zeros - exponent <= SafeDigits;
    }

    private static bool IsNumber(ReadOnlySpan<byte> text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && !double.IsNaN(number)
        && text.IndexOfAnyInRange((byte)'0', (byte)'9') >= 0;

    private static OverflowException TooWide() => new("the number has more digits than a decimal can hold");
}
