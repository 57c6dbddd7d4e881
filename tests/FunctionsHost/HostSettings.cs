using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace FunctionsHost;

/// <summary>What the host itself reads: host.json, and the app's settings, which may override it.</summary>
internal sealed partial class HostSettings
{
    private const string Overrides = "AzureFunctionsJobHost__";
    private readonly IReadOnlyDictionary<string, string> _settings;

    public HostSettings(AppHostOptions options)
    {
        _settings = options.Settings;
        HostJson = new ConfigurationBuilder()
            .AddJsonFile(Path.Combine(options.AppDirectory, "host.json"))
            .AddInMemoryCollection(_settings.Where(s => s.Key.StartsWith(Overrides, StringComparison.OrdinalIgnoreCase))
                .Select(s => KeyValuePair.Create(s.Key[Overrides.Length..].Replace("__", ":", StringComparison.Ordinal), (string?)s.Value)))
            .Build();
    }

    /// <summary>host.json; AzureFunctionsJobHost__a__b overrides a:b.</summary>
    public IConfiguration HostJson { get; }

    /// <summary>A setting that a binding names.</summary>
    public string Setting(string name) =>
        _settings.GetValueOrDefault(name) ?? throw new InvalidOperationException($"A binding names the setting {name}, and there is none.");

    /// <summary>A text with names of settings between percent signs replaced by their values.</summary>
    public string Resolve(string text) => Name().Replace(text, match => Setting(match.Groups[1].Value));

    /// <summary>Whether a function is switched off (https://learn.microsoft.com/azure/azure-functions/disable-function).</summary>
    public bool IsDisabled(string function) =>
        _settings.TryGetValue($"AzureWebJobs.{function}.Disabled", out var value) && value is "1"
            || string.Equals(value, "true", StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex("%([^%]+)%", RegexOptions.None, 1000)]
    private static partial Regex Name();
}
