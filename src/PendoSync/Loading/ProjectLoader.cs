using PendoSync.Definitions;
using PendoSync.Sources;

namespace PendoSync.Loading;

/// <summary>Loads a project and judges it whole: every problem of every file at once, nothing is connected to.</summary>
public static class ProjectLoader
{
    /// <summary>The file with the connections.</summary>
    public const string ProjectFile = "pendosync.yaml";

    private const string OtherEnding = "pendosync.yml";

    private const int MaxBytes = 4_000_000;

    /// <summary>
    /// Loads the project in a folder. <c>${env:NAME}</c> comes from <paramref name="environment"/>, else from the folder's .env;
    /// of a .env that cannot be read nothing is loaded, since any value may come from it.
    /// </summary>
    /// <param name="directory">The folder.</param>
    /// <param name="environment">Variables by name.</param>
    /// <param name="types">The kinds of warehouses that a connection may have.</param>
    public static LoadResult Load(string directory, IReadOnlyDictionary<string, string?> environment, IReadOnlyList<WarehouseType> types)
    {
        var variables = WithDotEnv(directory, environment, out var problems);
        if (problems.Count > 0)
            return new LoadResult(null, problems);
        var files = new FolderFiles(directory);
        return Load(files, variables, types) with { Files = [.. files.Seen] };
    }

    /// <summary>Loads a project from memory: relative name (pendosync.yaml, syncs/a.yaml, queries, manifests) to text.</summary>
    public static LoadResult Load(IReadOnlyDictionary<string, string> files, IReadOnlyDictionary<string, string?> environment,
        IReadOnlyList<WarehouseType> types) =>
        Load(new MemoryFiles(files), environment, types);

    private static LoadResult Load(ProjectFiles files, IReadOnlyDictionary<string, string?> environment, IReadOnlyList<WarehouseType> types)
    {
        var all = new List<DefinitionProblem>();
        var references = new EnvironmentReferences(environment);
        var projectProblems = new FileProblems(ProjectFile, all);
        if (!files.Exists(ProjectFile))
        {
            projectProblems.Add(new Place(1, 1), $"there is no {ProjectFile} in this folder", files.Exists(OtherEnding)
                ? $"Rename {OtherEnding} to {ProjectFile}."
                : "Run 'pendosync init' to write a starter project, or give its folder with --project.");
            return new LoadResult(null, all);
        }

        var connections = ConnectionsReader.Read(Yaml(files, projectProblems, references), projectProblems, types);
        var models = new ModelReader(files);
        var syncs = new List<SyncFile>();
        foreach (var file in files.SyncFiles())
        {
            var problems = new FileProblems(file, all);
            syncs.Add(new SyncFile(problems, Yaml(files, problems, references) is { } map
                ? new SyncReader(problems, connections, types, models).Read(map) : null));
        }

        CrossChecks.Run([.. syncs.Select(s => s.Draft).OfType<SyncDraft>()], syncs.Where(s => s.Draft?.Name is null)
            .Select(s => s.FileName), connections);
        IReadOnlyList<DefinitionProblem> sorted = [.. all.Distinct().OrderBy(p => p.File, FileOrder).ThenBy(p => p.Line)
            .ThenBy(p => p.Column)];
        var runnable = connections.IsUsable ? ProjectOf(files.Directory, connections, syncs) with { Problems = sorted } : null;
        return new LoadResult(sorted.Count == 0 ? runnable : null, sorted) { Runnable = runnable };
    }

    private static readonly Comparer<string> FileOrder =
        Comparer<string>.Create((a, b) => a == b ? 0 : a == ProjectFile ? -1 : b == ProjectFile ? 1 : string.CompareOrdinal(a, b));

    private static Project ProjectOf(string directory, Connections connections, IReadOnlyList<SyncFile> files)
    {
        var whole = files.Where(f => f.Faults(connections).Count == 0).Select(f => f.Draft!.Definition).ToList();
        var names = whole.Select(s => s.Name).ToHashSet(StringComparer.Ordinal);
        return new Project
        {
            Directory = directory,
            Pendo = Good(connections.Pendo, connections.PendoFaults),
            Warehouses = Good(connections.Warehouses, connections.WarehouseFaults),
            Alerts = [.. connections.Alerts.Where(a => !a.Faulty).Select(a => a.Alert)],
            Syncs = [.. whole.Select(s => Hashed(s, connections)).OrderBy(s => s.Name, StringComparer.Ordinal)],
            Broken = [.. files.Where(f => f.Faults(connections).Count > 0)
                .Select(f => new BrokenSync(f.NameBeside(names), f.Faults(connections))).OrderBy(s => s.Name, StringComparer.Ordinal)],
        };

        static Dictionary<string, T> Good<T>(Dictionary<string, T> all, Dictionary<string, IReadOnlyList<DefinitionProblem>> faults) =>
            all.Keys.Where(name => faults[name].Count == 0).ToDictionary(name => name, name => all[name], StringComparer.Ordinal);
    }

    private static SyncDefinition Hashed(SyncDefinition sync, Connections connections) =>
        sync with { Hash = DefinitionHash.Of(sync, connections.Warehouses[sync.Warehouse]) };

    private static YamlMap? Yaml(ProjectFiles files, FileProblems problems, EnvironmentReferences references)
    {
        try
        {
            return TextFiles.Text(files.Read(problems.File, MaxBytes) ?? [], problems) is { } text
                ? YamlReader.Read(text, problems, references) : null;
        }
        catch (UnreadableFileException e)
        {
            problems.Add(new Place(1, 1), $"the file cannot be read: {e.Message}", e.Fix);
            return null;
        }
    }

    private static Dictionary<string, string?> WithDotEnv(string directory, IReadOnlyDictionary<string, string?> environment,
        out List<DefinitionProblem> problems)
    {
        var values = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var (name, value) in DotEnv.Read(directory, problems = []))
            values[name] = value;
        foreach (var (name, value) in environment)
            values[name] = value ?? values.GetValueOrDefault(name);
        return values;
    }
}
