using System.Text.RegularExpressions;
using PendoSync.Definitions;

namespace PendoSync.Loading;

/// <summary>Clear-text secrets are refused, and never repeated in the refusal.</summary>
internal static partial class SecretRules
{
    public static object? Read(KeySpec spec, YamlScalar scalar, FileProblems problems)
    {
        var text = scalar.Text;
        // What is written decides, not what a variable held: ${env:…} would put the secret into the definition all the same.
        if (WholeReference().IsMatch(scalar.Raw))
            return new SecretText(scalar.Raw);
        if (scalar.Plain && scalar.Value is null)
        {
            problems.Add(scalar.Place, $"'{spec.Name}' has no value",
                $"Write {(spec.Kind is ValueKind.Setting ? "text" : ValueReader.Allowed(spec))}.");
            return null;
        }

        if (spec.Kind is ValueKind.Secret)
        {
            problems.Add(scalar.Place,
                $"'{spec.Name}' holds a secret in clear text or another reference; only one whole ${{secret:name}} is allowed",
                Keep(spec.Name));
            return null;
        }

        if (AnyReference().Replace(scalar.Raw, "").Contains("${secret", StringComparison.Ordinal))
        {
            problems.Add(scalar.Place, $"'{spec.Name}' holds a reference to a secret that is not of the form ${{secret:name}}",
                "The name has letters, digits and dashes.");
            return null;
        }

        if (spec.Kind is ValueKind.Address && PlainAddress(text) is null)
        {
            problems.Add(scalar.Place, $"'{spec.Name}' takes ${{secret:name}}, or an http or https address without login and query",
                Keep(spec.Name));
            return null;
        }

        if (HoldsLogin(text) || (spec.Kind is ValueKind.Address && HoldsToken(text)))
        {
            problems.Add(scalar.Place, $"the address in '{spec.Name}' holds a login or token in clear text", Keep(spec.Name));
            return null;
        }

        return new SecretText(text);
    }

    /// <summary>An absolute http or https address without login, query and fragment; else null.</summary>
    public static Uri? PlainAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            && uri is { UserInfo: "", Query: "", Fragment: "", Host.Length: > 0 } && !text.Any(char.IsWhiteSpace)
            ? uri
            : null;

    private static bool HoldsLogin(string text) =>
        Uri.TryCreate(AnyReference().Replace(text, ""), UriKind.Absolute, out var uri) && uri.UserInfo.Trim(':').Length > 0
            && text.Contains("://", StringComparison.Ordinal);

    // Webhook addresses of Slack, Teams, Discord and others carry their token as a long path segment.
    private static bool HoldsToken(string text)
    {
        var uri = new Uri(text);
        return string.Equals(uri.Host, "hooks.slack.com", StringComparison.OrdinalIgnoreCase)
            || uri.Segments.Any(s => s.Length >= 20 && s.Any(char.IsAsciiDigit) && s.Any(char.IsAsciiLetter));
    }

    private static string Keep(string key) =>
        $"Write ${{secret:{key.Replace('_', '-')}}} and keep the value in the project's .env, an environment variable or Key Vault.";

    [GeneratedRegex(@"^\$\{secret:[A-Za-z0-9-]+\}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex WholeReference();

    [GeneratedRegex(@"\$\{secret:[A-Za-z0-9-]+\}", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex AnyReference();
}
