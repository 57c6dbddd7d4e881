using System.Text.RegularExpressions;

namespace PendoSync.Definitions;

/// <summary>A setting that may name secrets as <c>${secret:name}</c>; they are resolved at use and never kept.</summary>
public sealed partial class SecretText(string template)
{
    // The usual case, and asked for with every call: the whole text is one reference.
    private readonly string? _only = Reference().Match(template) is { Success: true } match && match.Length == template.Length
        ? match.Groups[1].Value : null;

    /// <summary>The text as the user wrote it; safe to show, since clear-text secrets are refused at load.</summary>
    public string Template { get; } = template;

    /// <summary>The names of the secrets it needs.</summary>
    public IEnumerable<string> SecretNames => Reference().Matches(Template).Select(m => m.Groups[1].Value);

    /// <summary>True when the text names at least one secret.</summary>
    public bool HasSecret => Reference().IsMatch(Template);

    /// <summary>The text with every secret put in.</summary>
    public async ValueTask<string> ResolveAsync(ISecretStore secrets, bool refresh, CancellationToken ct)
    {
        if (_only is not null)
            return await secrets.ReadAsync(_only, refresh, ct);
        if (!HasSecret)
            return Template;
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in SecretNames.Distinct(StringComparer.Ordinal))
            values[name] = await secrets.ReadAsync(name, refresh, ct);
        // In one pass: a value that looks like a reference is a value.
        return Reference().Replace(Template, m => values[m.Groups[1].Value]);
    }

    /// <summary>The text with every secret put in, fit for a header of HTTP.</summary>
    /// <exception cref="ProblemException">Configuration: a character cannot stand in a header; or as of
    /// <see cref="ISecretStore.GetAsync"/>.</exception>
    public async ValueTask<string> ResolveForHeaderAsync(ISecretStore secrets, bool refresh, CancellationToken ct) =>
        SecretValue.ForHeader(await ResolveAsync(secrets, refresh, ct), _only ?? Template);

    /// <inheritdoc/>
    public override string ToString() => Template;

    [GeneratedRegex(@"\$\{secret:([A-Za-z0-9-]+)\}", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Reference();
}
