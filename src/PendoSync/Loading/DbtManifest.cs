using System.Text;
using System.Text.Json;

namespace PendoSync.Loading;

/// <summary>
/// The tables of a dbt project, from the manifest.json that <c>dbt parse</c>, <c>ls</c>, <c>compile</c>, <c>run</c> and <c>build</c> write.
/// </summary>
/// <remarks>
/// Formats v1 to v12 (schemas.getdbt.com/dbt/manifest) and what Fusion writes are alike in what is read here, except that up to v3
/// "disabled" is a list of nodes, and a map to such lists later.
/// </remarks>
internal sealed class DbtManifest
{
    // What fits into one array; a manifest of ten thousand models has a tenth of it.
    private const int MaxBytes = int.MaxValue - 1024;

    private readonly string _path;
    private readonly string? _wrong;

    private DbtManifest(string path, string? wrong) => (_path, _wrong) = (path, wrong);

    private IReadOnlyList<DbtNode> Nodes { get; init; } = [];

    private IReadOnlyList<DbtNode> Disabled { get; init; } = [];

    /// <summary>Reads it once; a broken one is reported by each <see cref="Find"/>.</summary>
    /// <param name="files">The project's files.</param>
    /// <param name="path">The manifest, or the folder of a dbt project, which says in dbt_project.yml where it is.</param>
    public static DbtManifest Read(ProjectFiles files, string path)
    {
        try
        {
            if (files.IsFolder(path))
                path = DbtProject.ManifestOf(files, path);
            if (files.Read(path, MaxBytes) is not { } bytes)
                return new DbtManifest(path, "there is no such file");
            using var document = JsonDocument.Parse(bytes.AsMemory(bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? 3 : 0),
                new JsonDocumentOptions { MaxDepth = 256 });
            var root = document.RootElement;
            if (root.ValueKind is not JsonValueKind.Object || !Members(root, "nodes", out var nodes))
                return new DbtManifest(path, "it has no 'nodes'");
            if (Members(root, "sources", out var sources))
                nodes = nodes.Concat(sources);
            var known = nodes.Select(n => DbtNode.Of(n.Value, n.Name)).OfType<DbtNode>().ToLookup(n => n.Enabled);
            return new DbtManifest(path, null) { Nodes = [.. known[true]], Disabled = [.. known[false], .. DisabledOf(root)] };
        }
        catch (JsonException e)
        {
            return new DbtManifest(path, $"it is not valid JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}");
        }
        catch (UnreadableFileException e)
        {
            return new DbtManifest(path, e.Message);
        }
        catch (InvalidOperationException)
        {
            return new DbtManifest(path, "it holds text that is not Unicode");
        }
    }

    /// <summary>The table of a model, snapshot, seed or source, or null after a problem.</summary>
    public string? Find(string name, Place place, FileProblems problems)
    {
        var (table, wrong, fix) = _wrong is not null
            ? (null, $"dbt's manifest '{_path}' is of no use: {_wrong}",
                "Run 'dbt parse' (or build), and give its path, or the dbt project's folder, under 'manifest', relative to the project.")
            : Look(name);
        if (wrong is not null)
            problems.Add(place, wrong, fix);
        return table;
    }

    // As dbt finds them: ref() a version by its number, else the latest; source() by two names, so that one name is a model's first.
    private (string? Table, string? Wrong, string? Fix) Look(string name)
    {
        foreach (var namesOf in new Func<DbtNode, string[]>[] { n => [n.UniqueId], n => n.Names, n => n.Loosely })
        {
            var found = Nodes.Where(Answers).ToList();
            if (found.Exists(n => n.IsTable))
                found.RemoveAll(n => !n.IsTable);
            if (found.Count > 0)
                return Only(found, name);
            if (Disabled.FirstOrDefault(Answers) is { } off)
                return (null, $"the dbt {off.Type} '{name}' is disabled", "Enable it in dbt and run 'dbt parse', or name another.");

            bool Answers(DbtNode node) => namesOf(node).Contains(name, StringComparer.Ordinal);
        }

        return (null, $"dbt's manifest '{_path}' has no model, snapshot, seed or source '{name}'", Known(name));
    }

    private (string? Table, string? Wrong, string? Fix) Only(List<DbtNode> found, string name) => found switch
    {
        [{ IsTable: false, Type: var type }] => (null, $"'{name}' is of dbt's type {type}, which has no rows",
            "Name a model, snapshot, seed or source."),
        [{ Table: null }] => (null, $"the dbt model '{name}' has no table: it is ephemeral", "Materialise it as a view or a table."),
        [{ Table: var table }] => (table, null, null),
        _ => (null, $"dbt's manifest '{_path}' has {found.Count} things named '{name}'",
            $"Write one of {string.Join(", ", found.Select(n => n.UniqueId))}."),
    };

    private string Known(string name)
    {
        var known = Nodes.Where(n => n.IsTable).SelectMany(n => n.Names.Take(1)).Distinct(StringComparer.Ordinal).ToList();
        return Nearest.Fix(name, known) ?? SyncReader.Known(known.Take(20), "to dbt and run 'dbt parse'");
    }

    private static IEnumerable<DbtNode> DisabledOf(JsonElement root)
    {
        if (!root.TryGetProperty("disabled", out var disabled))
            return [];
        var lists = disabled.ValueKind switch
        {
            JsonValueKind.Array => [disabled],
            JsonValueKind.Object => disabled.EnumerateObject().Select(m => m.Value).Where(v => v.ValueKind is JsonValueKind.Array),
            _ => [],
        };
        return [.. lists.SelectMany(l => l.EnumerateArray()).Select(n => DbtNode.Of(n, null)).OfType<DbtNode>()];
    }

    private static bool Members(JsonElement root, string name, out IEnumerable<JsonProperty> members)
    {
        var has = root.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.Object;
        members = has ? value.EnumerateObject() : [];
        return has;
    }
}

/// <summary>A node or source of a manifest.</summary>
/// <param name="Type">model, snapshot, seed, source; or test, analysis and the like, which are no table.</param>
/// <param name="UniqueId">Such as model.shop.orders.v2.</param>
/// <param name="Names">What it answers to, the shortest first.</param>
/// <param name="Loosely">What it answers to where nothing has that name.</param>
/// <param name="Enabled">False: dbt does not build it.</param>
/// <param name="Table">In the adapter's quotes, where the manifest says so; null: it has none.</param>
internal sealed record DbtNode(string Type, string UniqueId, string[] Names, string[] Loosely, bool Enabled, string? Table)
{
    /// <summary>True of what holds rows.</summary>
    public bool IsTable => Type is "model" or "snapshot" or "seed" or "source";

    /// <summary>The node, or null of what is none.</summary>
    /// <param name="node">Its JSON.</param>
    /// <param name="id">Its key in the manifest; null: it has none.</param>
    public static DbtNode? Of(JsonElement node, string? id)
    {
        var parts = (Text(node, "unique_id") ?? id ?? "").Split('.');
        if (Text(node, "name") is not { } name || (Text(node, "resource_type") ?? parts[0]) is not { Length: > 0 } type)
            return null;
        var package = Text(node, "package_name") ?? parts.ElementAtOrDefault(1);
        var version = Text(node, "version");
        string[] names = type == "source" ? [$"{Text(node, "source_name")}.{name}"]
            : version is null ? [name]
            : version == Text(node, "latest_version") ? [name, $"{name}.v{version}"]
            : [$"{name}.v{version}"];
        string[] loose = type == "source" ? [name] : version is null ? [] : [$"{name}_v{version}"];
        var config = node.TryGetProperty("config", out var found) ? found : default;
        return new DbtNode(type, Text(node, "unique_id") ?? id ?? $"{type}.{package}.{names[0]}",
            [.. names, .. names.Select(n => $"{package}.{n}")], [.. loose, .. loose.Select(n => $"{package}.{n}")],
            config.ValueKind is not JsonValueKind.Object || !config.TryGetProperty("enabled", out var on)
                || on.ValueKind is not JsonValueKind.False,
            Text(config, "materialized") == "ephemeral" ? null : TableOf(node));
    }

    // A relation's name is in the adapter's quotes ("a"."b", `a`.`b`, [a].[b]), which a table's name may have here too. Up to v7 only
    // nodes that were compiled have one.
    private static string TableOf(JsonElement node)
    {
        if (Text(node, "relation_name") is { Length: > 0 } relation)
            return relation;
        string?[] parts =
            [Text(node, "database"), Text(node, "schema"), Text(node, "identifier") ?? Text(node, "alias") ?? Text(node, "name")];
        return string.Join('.', parts.OfType<string>().Where(p => p.Length > 0).Select(Quoted));
    }

    // A part without quotes is read as the system reads it, unless it could not be one.
    private static string Quoted(string part) =>
        part.AsSpan().IndexOfAny(".\"`[] ") < 0 ? part : $"\"{part.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string? Text(JsonElement node, string name) =>
        node.ValueKind is JsonValueKind.Object && node.TryGetProperty(name, out var value)
            ? value.ValueKind switch { JsonValueKind.String => value.GetString(), JsonValueKind.Number => value.GetRawText(), _ => null }
            : null;
}
