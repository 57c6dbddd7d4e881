using PendoSync.Operations;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Conformance;

/// <summary>Secrets in variables.</summary>
public sealed class VariableSecretsTests : SecretStoreConformance
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, string> _variables = new(StringComparer.Ordinal);

    protected override ISecretStore Store => new EnvironmentSecrets("no-such-folder", name => _variables.GetValueOrDefault(name));

    protected override void Put(string name, string value) => _variables[EnvironmentSecrets.VariableOf(name)] = value;
}

/// <summary>Secrets in the project's .env.</summary>
public sealed class DotEnvSecretsTests : SecretStoreConformance, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _lines = new(StringComparer.Ordinal);

    public DotEnvSecretsTests() => Store = new EnvironmentSecrets(_folder.Path, _ => null);

    protected override ISecretStore Store { get; }

    public void Dispose() => _folder.Dispose();

    // In single quotes a line is taken as it stands; in double quotes \n is a line's end.
    protected override void Put(string name, string value)
    {
        _lines[EnvironmentSecrets.VariableOf(name)] = value.AsSpan().ContainsAny('\n', '\'')
            ? $"\"{value.Replace("\n", "\\n", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\""
            : $"'{value}'";
        File.WriteAllLines(_folder.File(".env"), _lines.Select(l => $"{l.Key}={l.Value}"));
    }
}
