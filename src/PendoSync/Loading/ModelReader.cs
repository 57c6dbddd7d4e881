using PendoSync.Definitions;
using PendoSync.Sources;

namespace PendoSync.Loading;

/// <summary>Reads a sync's model; a query's file and dbt's manifest are looked up at load.</summary>
internal sealed class ModelReader(ProjectFiles files)
{
    private const int MaxSqlBytes = 1_000_000;

    private static readonly string[] Kinds = ["table", "sql", "sql_file", "dbt"];
    private readonly Dictionary<string, DbtManifest> _manifests = new(StringComparer.Ordinal);

    /// <summary>The model, as far as it could be read.</summary>
    public Model Read(Section sync, WarehouseType? type, FileProblems problems)
    {
        if (sync.Own<Section>("model") is not { } section)
            return new Model { Table = "" };
        var given = Kinds.Where(section.Has).ToList();
        if (given.Count != 1)
        {
            problems.Add(given.Count == 0 ? section.Place : section.PlaceOf(given[1]),
                given.Count == 0 ? "the model does not say what to read" : $"the model has both '{given[0]}' and '{given[1]}'",
                $"Write exactly one of {string.Join(", ", Kinds)}.");
        }
        else if (given[0] != "table" && type is { HasSql: false })
        {
            problems.Add(section.PlaceOf(given[0]), $"{type.Title} has no SQL: a model there is a table", "Write 'table:'.");
        }

        if (section.Has("manifest") && !section.Has("dbt"))
            problems.Add(section.PlaceOf("manifest"), "'manifest' is for dbt models",
                "Write 'dbt:' with the model's name, or remove 'manifest'.");
        foreach (var needless in new[] { "lookback", "unit" }.Where(k => section.Has(k) && !section.Has("cursor")))
            problems.Add(section.PlaceOf(needless), $"'{needless}' is for a cursor, and the model has none",
                $"Add 'cursor:', or remove '{needless}'.");
        var sql = Query(section, type, problems);
        return new Model
        {
            Table = sql is null ? Table(section, problems) ?? "" : null,
            Sql = sql,
            Cursor = section.Own<string>("cursor"),
            CursorUnit = FieldsReader.UnitOf(section.Own<string>("unit")),
            Lookback = LookbackOf(section, sync, problems),
            AllowEmpty = section.Get<bool>("allow_empty"),
        };
    }

    // An event that its transaction shows late lies below the cursor, and an event that was passed over is lost.
    private static Lookback LookbackOf(Section model, Section sync, FileProblems problems)
    {
        var lookback = model.Get<Lookback>("lookback");
        if (lookback == default && model.Has("cursor") && sync.Own<string>("object") == "track_event")
            problems.Add(model.PlaceOf("lookback"), "without a lookback events are lost that become visible after later ones",
                "Write how late a row may appear, such as 1h; for a cursor of plain numbers how many values, such as 1000.");
        return lookback;
    }

    private string? Table(Section section, FileProblems problems)
    {
        if (section.Own<string>("table") is { } table)
            return table.Trim();
        if (section.Own<string>("dbt") is not { } name)
            return null;
        // The folder of pendosync.yaml may be dbt's own.
        var path = section.Own<string>("manifest") ?? (files.Exists(DbtProject.File) ? "" : section.Get<string>("manifest")!);
        if (!_manifests.TryGetValue(path, out var manifest))
            _manifests[path] = manifest = DbtManifest.Read(files, path);
        return manifest.Find(name, section.PlaceOf("dbt"), problems);
    }

    private string? Query(Section section, WarehouseType? type, FileProblems problems)
    {
        if (section.Own<string>("sql") is { } sql)
        {
            if (type?.SqlWords is { } words && section.Written("sql") is { Lines: { } lines } written
                && !SameWords(words, written.Raw, lines))
                problems.Add(section.PlaceOf("sql"), "YAML joins the lines of this query, so its line comment swallows what follows",
                    "Write 'sql: |', which keeps the lines.");
            return Trimmed(sql, section.PlaceOf("sql"), problems, "the query");
        }

        if (section.Own<string>("sql_file") is not { } name)
            return null;
        var place = section.PlaceOf("sql_file");
        try
        {
            if (!files.IsInside(name))
                problems.Add(place, $"'{name}' is not in the project", "Keep the query in the folder of pendosync.yaml, or below it.");
            else if (files.Read(name, MaxSqlBytes) is not { } bytes)
                problems.Add(place, $"there is no file '{name}' in the project",
                    "Write its path relative to the folder of pendosync.yaml.");
            else if (TextFiles.Text(bytes, problems.Of(name)) is { } text)
                return Trimmed(text, place, problems, $"'{name}'");
        }
        catch (UnreadableFileException e)
        {
            problems.Add(place, $"'{name}' cannot be read: {e.Message}", e.Fix);
        }

        return "";
    }

    // However many blanks and breaks a text in it has.
    private static bool SameWords(Func<string, IReadOnlyList<string>> words, string joined, string lines) =>
        words(joined).Select(OneLine).SequenceEqual(words(lines).Select(OneLine), StringComparer.Ordinal);

    private static string OneLine(string word) => string.Join(' ', word.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static string Trimmed(string sql, Place place, FileProblems problems, string what)
    {
        var trimmed = sql.Trim().TrimEnd(';', ' ', '\t', '\r', '\n');
        if (trimmed.Length == 0)
            problems.Add(place, $"{what} is empty", "Write a SELECT that gives one row per record.");
        return trimmed;
    }
}
