using System.Globalization;
using System.Text.RegularExpressions;
using PendoSync.Values;

namespace PendoSync.Loading;

/// <summary>What an unquoted scalar means (YAML 1.2.2, section 10.3.2: the core schema).</summary>
internal static partial class CoreSchema
{
    public static object? Resolve(string text)
    {
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                return null;
            case "true" or "True" or "TRUE":
                return true;
            case "false" or "False" or "FALSE":
                return false;
        }

        if (Infinite().IsMatch(text))
            return text[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
        if (text is ".nan" or ".NaN" or ".NAN")
            return double.NaN;
        if (text.StartsWith("0x", StringComparison.Ordinal)
            && ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex))
            return hex <= long.MaxValue ? (object)(long)hex : (decimal)hex;
        return Number().IsMatch(text) ? NumberOf(text) : text;
    }

    private static object NumberOf(string text)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
            return whole;
        // A decimal keeps what it can hold as written; a double is for the rest.
        return ExactDecimal.TryParse(text, out var exact) ? exact : double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Number();

    [GeneratedRegex(@"^[-+]?\.(inf|Inf|INF)\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Infinite();
}
