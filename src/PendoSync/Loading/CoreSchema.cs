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

    /// <summary>Why readers of YAML take an unquoted text for different values; null when all agree.</summary>
    public static string? Doubt(string text) => text.ToLowerInvariant() switch
    {
        "yes" or "no" or "on" or "off" or "y" or "n" => "true or false to some readers of YAML and text to others",
        _ when LeadingZero().IsMatch(text) => "no number as written: it begins with 0 or +",
        _ when OtherBase().IsMatch(text) => "a number of another base, or with marks between its digits, to some readers of YAML",
        _ when Sexagesimal().IsMatch(text) => "a count of seconds to some readers of YAML and text to others",
        _ => null,
    };

    /// <summary>The letters of a value as it is sent; of a text itself.</summary>
    public static string? Letters(object? value) => value switch
    {
        bool flag => flag ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value as string,
    };

    private static object NumberOf(string text)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
            return whole;
        // A decimal keeps what it can hold as written; a double is for the rest.
        return ExactDecimal.TryParse(text, out var exact) ? exact : double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Number();

    [GeneratedRegex(@"^([-+]?0[0-9_]+(\.[0-9_]*)?([eE][-+]?[0-9]+)?|\+[0-9.][0-9_.eE]*)\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex LeadingZero();

    [GeneratedRegex(@"^[-+]?(0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?=[0-9.]*_)[0-9.][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?)\z",
        RegexOptions.CultureInvariant, 1000)]
    private static partial Regex OtherBase();

    [GeneratedRegex(@"^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Sexagesimal();

    [GeneratedRegex(@"^[-+]?\.(inf|Inf|INF)\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Infinite();
}
