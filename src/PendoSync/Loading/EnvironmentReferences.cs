using System.Text.RegularExpressions;

namespace PendoSync.Loading;

/// <summary>Puts <c>${env:NAME}</c> into scalars.</summary>
internal sealed partial class EnvironmentReferences(IReadOnlyDictionary<string, string?> environment)
{
    /// <summary>The scalar with its variables put in; a missing one is a problem at its place.</summary>
    public YamlScalar Resolve(Place place, string raw, bool plain, FileProblems problems)
    {
        if (!raw.Contains("${env:", StringComparison.Ordinal))
            return new YamlScalar(place, raw, raw, plain);
        var missing = false;
        var text = Reference().Replace(raw, match =>
        {
            var name = match.Groups[1].Value;
            if (environment.TryGetValue(name, out var value) && value is not null)
                return value;
            missing = true;
            problems.Add(place, $"the environment variable '{name}' is not set", $"Set {name}, or write it into the project's .env file.");
            return match.Value;
        });
        if (!missing && text.Contains("${env:", StringComparison.Ordinal) && !Reference().IsMatch(raw))
        {
            missing = true;
            problems.Add(place, "this is not a reference to an environment variable",
                "Write ${env:NAME}: letters, digits and underscores, the first not a digit.");
        }

        // A value that is one reference has the meaning it would have without quotes: port: "${env:PORT}" is a number.
        var whole = Reference().Match(raw) is { Success: true } m && m.Length == raw.Length;
        return new YamlScalar(place, raw, text, plain || whole) { IsVariable = whole, Unresolved = missing };
    }

    [GeneratedRegex(@"\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Reference();
}
