namespace PendoSync.Loading;

/// <summary>The folder of a dbt project.</summary>
internal static class DbtProject
{
    /// <summary>The file that makes a folder a dbt project.</summary>
    public const string File = "dbt_project.yml";

    private const int MaxBytes = 1_000_000;

    /// <summary>The manifest's path, by <c>target-path</c> in dbt_project.yml (default: target).</summary>
    /// <exception cref="UnreadableFileException">dbt_project.yml is missing, or does not tell.</exception>
    public static string ManifestOf(ProjectFiles files, string folder)
    {
        var name = Path.Combine(folder, File).Replace('\\', '/');
        var bytes = files.Read(name, MaxBytes)
            ?? throw new UnreadableFileException($"it is a folder without {File}", "Name manifest.json itself.");
        var found = new List<Definitions.DefinitionProblem>();
        var problems = new FileProblems(name, found);
        var map = TextFiles.Text(bytes, problems) is { } text
            ? YamlReader.Read(text, problems, new EnvironmentReferences(new Dictionary<string, string?>(StringComparer.Ordinal))) : null;
        if (map is null)
            throw new UnreadableFileException(found[0].ToString(), "Name manifest.json itself.");
        var target = map.Entries.Where(e => e.Key.Raw == "target-path").Select(e => e.Value).OfType<YamlScalar>().FirstOrDefault();
        if (target?.Text.Contains("{{", StringComparison.Ordinal) is true)
            throw new UnreadableFileException($"target-path in {name}:{target.Place.Line} is a template, which only dbt can read",
                "Name manifest.json itself.");
        return Path.Combine(folder, target?.Value is string { Length: > 0 } path ? path : "target", "manifest.json").Replace('\\', '/');
    }
}
