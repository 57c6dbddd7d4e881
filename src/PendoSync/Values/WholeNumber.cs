using System.Globalization;

namespace PendoSync.Values;

/// <summary>Finds out whether a JSON number is whole, digit by digit: .NET's decimal would round what it cannot hold.</summary>
internal static class WholeNumber
{
    private const int MaxDigits = 1000;

    /// <summary>The number without fraction and exponent; false when it has a fraction or more than a thousand digits.</summary>
    /// <param name="number">A number in JSON's syntax.</param>
    /// <param name="whole">The same value as plain digits.</param>
    public static bool TryRead(string number, out string whole)
    {
        whole = "";
        var sign = number[0] == '-' ? "-" : "";
        var end = number.AsSpan().IndexOfAny('e', 'E');
        var exponent = 0;
        if (end >= 0 && !int.TryParse(number.AsSpan(end + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent))
            return false;
        var mantissa = number[sign.Length..(end < 0 ? number.Length : end)];
        var point = mantissa.IndexOf('.');
        var fraction = point < 0 ? "" : mantissa[(point + 1)..].TrimEnd('0');
        var digits = ((point < 0 ? mantissa : mantissa[..point]) + fraction).TrimStart('0');
        if (digits.Length == 0)
        {
            whole = "0";
            return true;
        }

        // The value is the digits times ten to the power of this.
        var power = (long)exponent - fraction.Length;
        while (power < 0 && digits[^1] == '0')
            (digits, power) = (digits[..^1], power + 1);
        if (power < 0 || digits.Length + power > MaxDigits)
            return false;
        whole = sign + digits + new string('0', (int)power);
        return true;
    }
}
