using PendoSync.Definitions;
using PendoSync.Loading;

namespace PendoSync.Operations;

/// <summary>
/// Secrets on one machine: an environment variable, else the project's .env line, of the secret's name in capitals with underscores.
/// </summary>
public sealed class EnvironmentSecrets : ISecretStore
{
    private readonly string _directory;
    private readonly Func<string, string?> _variable;
    private volatile IReadOnlyDictionary<string, string>? _file;

    /// <summary>Secrets of the project in <paramref name="projectDirectory"/>, with the process's own environment.</summary>
    public EnvironmentSecrets(string projectDirectory)
        : this(projectDirectory, Environment.GetEnvironmentVariable)
    {
    }

    internal EnvironmentSecrets(string projectDirectory, Func<string, string?> variable) =>
        (_directory, _variable) = (projectDirectory, variable);

    /// <summary>The variable of a secret: <c>pendo-integration-key</c> is <c>PENDO_INTEGRATION_KEY</c>.</summary>
    public static string VariableOf(string secret) => secret.Replace('-', '_').ToUpperInvariant();

    /// <inheritdoc/>
    public ValueTask<string> GetAsync(string name, bool refresh, CancellationToken ct)
    {
        var variable = VariableOf(name);
        if (_variable(variable) is { Length: > 0 } value)
            return ValueTask.FromResult(value);
        if (refresh || _file is null)
            _file = Read();
        return _file!.TryGetValue(variable, out var line) && line.Length > 0
            ? ValueTask.FromResult(line)
            : throw new ProblemException(ProblemKind.Configuration, $"the secret '{name}' is missing", name,
                $"Set the environment variable {variable}, or add a line {variable}=… to {Path.Combine(_directory, ".env")}.");
    }

    private IReadOnlyDictionary<string, string> Read()
    {
        var problems = new List<DefinitionProblem>();
        var values = DotEnv.Read(_directory, problems);
        return problems.Count == 0 ? values : throw new ProblemException(DefinitionProblem.Summary(problems));
    }
}
