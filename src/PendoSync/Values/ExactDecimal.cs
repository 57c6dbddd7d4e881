using System.Globalization;
using System.Text;

namespace PendoSync.Values;

/// <summary>Decimal texts read without rounding: .NET's own parser drops digits past the 28th in silence, also those of 1e-30.</summary>
internal static class ExactDecimal
{
    /// <summary>Digits that every .NET decimal can hold; columns declared wider are read as text.</summary>
    public const int SafeDigits = 28;

    /// <summary>The number, exactly.</summary>
    /// <exception cref="FormatException">Not a number.</exception>
    /// <exception cref="OverflowException">Wider than .NET's decimal.</exception>
    public static decimal Parse(ReadOnlySpan<byte> text)
    {
        if (TryParse(text, out var number))
            return number;
        throw IsNumber(text) ? new OverflowException("the number has more digits than a decimal can hold")
            : new FormatException("not a decimal number");
    }

    /// <inheritdoc cref="Parse(ReadOnlySpan{byte})"/>
    public static decimal Parse(string text) => Parse(Encoding.UTF8.GetBytes(text));

    /// <summary>The number, exactly; false when the text is none, or wider than .NET's decimal.</summary>
    public static bool TryParse(string text, out decimal number) => TryParse(Encoding.UTF8.GetBytes(text), out number);

    // Up to 20 bytes cannot hold more than 28 digits, unless an exponent moves them.
    private static bool TryParse(ReadOnlySpan<byte> text, out decimal number) =>
        decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number)
        && ((text.Length <= 20 && text.IndexOfAny((byte)'e', (byte)'E') < 0) || Fits(text));

    private static bool Fits(ReadOnlySpan<byte> text)
    {
        var mark = text.IndexOfAny((byte)'e', (byte)'E');
        var exponent = 0;
        if (mark >= 0 && !int.TryParse(text[(mark + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent))
            return false;
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

        return digits == 0 || (digits <= SafeDigits && scale - zeros - exponent <= SafeDigits);
    }

    private static bool IsNumber(ReadOnlySpan<byte> text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && !double.IsNaN(number)
        && text.IndexOfAnyInRange((byte)'0', (byte)'9') >= 0;
}
