using System.Text.RegularExpressions;
using PendoSync.Pendo;

namespace PendoSync.Reports;

/// <summary>Pendo's reasons without what differs from record to record, so that equal ones are seen to be equal.</summary>
internal static partial class ReasonText
{
    /// <summary>The reason with ids, quoted values and numbers replaced.</summary>
    /// <param name="reason">What Pendo says of one record.</param>
    /// <param name="key">The record's key; null when it has none.</param>
    /// <param name="names">Names of fields and columns, which stay.</param>
    public static string Normal(string reason, string? key, IReadOnlySet<string> names)
    {
        if (key is { Length: > 0 })
            reason = new IdMask([key]).Mask(reason);
        return Varying().Replace(reason, match =>
        {
            var text = match.Value;
            if (names.Contains(text) || (text.Length > 2 && names.Contains(text[1..^1])))
                return text;
            if (text.Length > 2 && text[1..^1] == IdMask.Shown)
                return IdMask.Shown;
            return text[0] is '"' or '\'' or '`' ? "(value)" : text.Contains('@', StringComparison.Ordinal) ? IdMask.Shown : "(n)";
        });
    }

    // A quoted text, an e-mail address, or a word with a digit in it.
    [GeneratedRegex("""
        "[^"]*"|(?<!\w)'[^']*'(?!\w)|`[^`]*`|[\w.+-]+@[\w.-]+\w|\w[\w.:+-]*\d([\w.:+-]*\w)?|\d+
        """, RegexOptions.CultureInvariant | RegexOptions.IgnorePatternWhitespace, 1000)]
    private static partial Regex Varying();
}
