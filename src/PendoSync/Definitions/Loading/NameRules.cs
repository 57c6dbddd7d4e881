using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace PendoSync.Definitions.Loading;

/// <summary>Tells whether a name has a form, and whether it is taken.</summary>
internal static class NameRules
{
    private static readonly string[] Ids = ["id", "visitorId", "accountId"];
    private static readonly ConcurrentDictionary<string, Regex> Compiled = new(StringComparer.Ordinal);

    public static bool Fits(NameForm form, string text) => text.Length <= 1000 && Compiled.GetOrAdd(form.Pattern, Anchored).IsMatch(text);

    /// <summary>True for Pendo's own ids (case ignored): they are the address of a record, not a field of it.</summary>
    public static bool IsId(string name) => Ids.Contains(name, StringComparer.OrdinalIgnoreCase);

    // In .NET '$' also matches before a last line break; JSON Schema's does not.
    private static Regex Anchored(string pattern) =>
        new(pattern.EndsWith('$') ? pattern[..^1] + @"\z" : pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
}
