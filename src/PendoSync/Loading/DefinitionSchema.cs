using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using PendoSync.Definitions;
using PendoSync.Sources;

namespace PendoSync.Loading;

/// <summary>The published JSON Schemas of what users write. Editors read them; they are generated from the keys the loader knows.</summary>
internal static class DefinitionSchema
{
    /// <summary>Name of the schema of pendosync.yaml.</summary>
    public const string ProjectName = "pendosync.schema.json";

    /// <summary>Name of the schema of a file in syncs/.</summary>
    public const string SyncName = "sync.schema.json";

    private static readonly JsonSerializerOptions Layout = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>A schema as it was built into this assembly.</summary>
    public static string Published(string name)
    {
        using var stream = typeof(DefinitionSchema).Assembly.GetManifestResourceStream(name)
            ?? throw new ProblemException(ProblemKind.Internal, $"the schema {name} is not part of the build");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>The schemas of this version, by their names in a project.</summary>
    public static IReadOnlyList<(string Name, string Text)> Files { get; } =
        [.. new[] { ProjectName, SyncName }.Select(name => ("schema/" + name, Published(name)))];

    /// <summary>Writes them into a project.</summary>
    /// <returns>The names written, relative to the folder.</returns>
    /// <exception cref="ProblemException">Configuration: the folder is no project, or cannot be written.</exception>
    public static IReadOnlyList<string> WriteTo(string directory)
    {
        if (!File.Exists(Path.Combine(directory, "pendosync.yaml")))
            throw new ProblemException(ProblemKind.Configuration, "the folder has no pendosync.yaml", directory,
                "Name the project with --project, or make one with `pendosync init`.");
        try
        {
            Directory.CreateDirectory(Path.Combine(directory, "schema"));
            foreach (var (name, text) in Files)
                File.WriteAllText(Path.Combine(directory, name), text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ProblemException(ProblemKind.Configuration, "the folder cannot be written", directory,
                "Check its rights and the space on the disk.", e);
        }

        return [.. Files.Select(f => f.Name)];
    }

    /// <summary>The schema of pendosync.yaml, generated.</summary>
    internal static string Project(IReadOnlyList<WarehouseType> types) => Text(new SchemaWriter(types).File(ProjectKeys.Root, ProjectName));

    /// <summary>The schema of a sync's file, generated.</summary>
    internal static string Sync() => Text(new SchemaWriter([]).File(SyncKeys.Root, SyncName));

    private static string Text(JsonObject schema) => schema.ToJsonString(Layout) + "\n";
}
