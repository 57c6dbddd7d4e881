using System.Text;
using System.Text.Json;

namespace PendoSync.Loading;

/// <summary>
/// The models of a dbt project, from the manifest.json that <c>dbt parse</c>, <c>compile</c>, <c>run</c> and <c>build</c> write.
/// </summary>
/// <remarks>Format: https://schemas.getdbt.com/dbt/manifest/v12.json; nodes have had these members since v1.</remarks>
internal sealed class DbtManifest
{
    private readonly string _path;
    private readonly List<DbtModel> _models = [];
    private readonly string? _wrong;

    private DbtManifest(string path, string? wrong) => (_path, _wrong) = (path, wrong);

    /// <summary>Reads it once; a broken one is reported by each <see cref="Find"/>.</summary>
    public static DbtManifest Read(string path, Func<byte[]?> read)
    {
        try
        {
            if (read() is not { } bytes)
                return new DbtManifest(path, "there is no such file");
            using var document = JsonDocument.Parse(bytes.AsMemory(bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? 3 : 0),
                new JsonDocumentOptions { MaxDepth = 128 });
            if (document.RootElement.ValueKind is not JsonValueKind.Object || !document.RootElement.TryGetProperty("nodes", out var nodes)
                || nodes.ValueKind is not JsonValueKind.Object)
                return new DbtManifest(path, "it has no 'nodes'");
            var manifest = new DbtManifest(path, null);
            manifest._models.AddRange(nodes.EnumerateObject().Select(n => DbtModel.Of(n.Value)).OfType<DbtModel>());
            return manifest;
        }
        catch (JsonException e)
        {
            return new DbtManifest(path, $"it is not valid JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return new DbtManifest(path, "it cannot be read");
        }
    }

    /// <summary>The table of a model, or null after a problem.</summary>
    public string? Find(string name, Place place, FileProblems problems)
    {
        if (_wrong is not null)
        {
            problems.Add(place, $"dbt's manifest '{_path}' is of no use: {_wrong}",
                "Run 'dbt parse' (or build), and give the path under 'manifest', relative to the project.");
            return null;
        }

        var found = _models.Where(m => m.Answers(name)).ToList();
        if (found.Count > 1)
            found = [.. found.Where(m => m.IsLatest)];
        if (found.Count != 1)
        {
            var known = _models.Select(m => m.Name).Distinct(StringComparer.Ordinal).ToList();
            problems.Add(place,
                found.Count == 0
                    ? $"dbt's manifest '{_path}' has no model '{name}'"
                    : $"dbt's manifest '{_path}' has {found.Count} models '{name}'",
                found.Count == 0
                    ? Nearest.Fix(name, known) ?? SyncReader.Known(known.Take(20), "to dbt and run 'dbt parse'")
                    : $"Write one of {string.Join(", ", found.Select(m => m.Package + "." + m.Name))}.");
            return null;
        }

        if (found[0].Table is null)
            problems.Add(place, $"the dbt model '{name}' has no table: it is ephemeral", "Materialise it as a view or a table.");
        return found[0].Table;
    }
}

/// <summary>A model of a manifest.</summary>
internal sealed record DbtModel(string Name, string Package, string? Version, bool IsLatest, string? Table)
{
    public bool Answers(string asked) => Spellings().Contains(asked, StringComparer.Ordinal);

    /// <summary>The node's model, or null for tests, seeds and the like.</summary>
    public static DbtModel? Of(JsonElement node)
    {
        if (Text(node, "resource_type") != "model" || Text(node, "name") is not { } name)
            return null;
        var (version, latest) = (Text(node, "version"), Text(node, "latest_version"));
        return new DbtModel(name, Text(node, "package_name") ?? "", version, version == latest, TableOf(node));
    }

    private IEnumerable<string> Spellings()
    {
        var names = Version is null ? [Name] : new[] { Name, $"{Name}.v{Version}" };
        return names.Concat(names.Select(n => $"{Package}.{n}"));
    }

    private static string? TableOf(JsonElement node)
    {
        if (node.TryGetProperty("config", out var config) && config.ValueKind is JsonValueKind.Object
            && Text(config, "materialized") == "ephemeral")
            return null;
        // In the adapter's quotes ("a"."b", `a`.`b`, [a].[b]), which a table's name may have here too.
        if (Text(node, "relation_name") is { Length: > 0 } relation)
            return relation;
        string?[] parts = [Text(node, "database"), Text(node, "schema"), Text(node, "alias") ?? Text(node, "name")];
        return string.Join('.', parts.Where(p => !string.IsNullOrEmpty(p)));
    }

    private static string? Text(JsonElement node, string name) =>
        node.ValueKind is JsonValueKind.Object && node.TryGetProperty(name, out var value)
            ? value.ValueKind switch { JsonValueKind.String => value.GetString(), JsonValueKind.Number => value.GetRawText(), _ => null }
            : null;
}
