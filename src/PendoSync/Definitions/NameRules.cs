using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace PendoSync.Definitions;

/// <summary>Tells whether a text has a form.</summary>
internal static class NameRules
{
    private static readonly ConcurrentDictionary<string, Regex> Compiled = new(StringComparer.Ordinal);

    public static bool Fits(NameForm form, string text) => text.Length <= 1000 && Compiled.GetOrAdd(form.Pattern, Anchored).IsMatch(text);

    // In .NET '$' also matches before a last line break; JSON Schema's does not.
    private static Regex Anchored(string pattern) =>
        new(pattern.EndsWith('$') ? pattern[..^1] + @"\z" : pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
}
