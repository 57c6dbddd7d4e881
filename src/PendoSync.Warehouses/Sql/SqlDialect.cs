using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Values;

namespace PendoSync.Warehouses.Sql;

/// <summary>A statement and its one parameter.</summary>
/// <param name="Text">SQL.</param>
/// <param name="Parameter">The value of the only marker; null when there is none. A <see cref="CursorValue"/> or a string.</param>
internal sealed record SqlStatement(string Text, object? Parameter);

/// <summary>How one SQL system writes names, markers, casts and samples. Pure text: nothing here connects.</summary>
internal sealed record SqlDialect
{
    private const string Alias = "pendosync_model";

    /// <summary>For messages: "PostgreSQL".</summary>
    public required string Name { get; init; }

    /// <summary>Opening quote of a name.</summary>
    public char Open { get; init; } = '"';

    /// <summary>Closing quote of a name; doubled inside it.</summary>
    public char Close { get; init; } = '"';

    /// <summary>Case of a name that the user did not quote, as the system itself would fold it.</summary>
    public Func<string, string> Fold { get; init; } = name => name;

    /// <summary>The marker of the only parameter.</summary>
    public string Marker { get; init; } = "@from";

    /// <summary>The text form of a key column (text, integer in decimal, uuid), compared with case kept.</summary>
    public Func<string, ColumnKind, string> KeyText { get; init; } = (column, _) => $"cast({column} as text)";

    /// <summary><c>column &gt;= marker</c>, for systems where a stored time is not simply comparable.</summary>
    public Func<string, string, CursorKind, string> AtLeast { get; init; } = (column, marker, _) => $"{column} >= {marker}";

    /// <summary>The first rows of a source ("table" or "(query) as alias").</summary>
    public Func<string, int, string> First { get; init; } = (source, rows) => $"select * from {source} limit {rows}";

    /// <summary>False: a query that starts with WITH, or sorts, cannot stand in brackets (SQL Server).</summary>
    public bool NestsAnyQuery { get; init; } = true;

    /// <summary>A dotted name in this dialect's quotes.</summary>
    public string Quote(string dotted) =>
        string.Join('.', SqlName.Parse(dotted).Select(p => QuotePart(p.Quoted || !IsPlain(p.Text) ? p.Text : Fold(p.Text))));

    /// <summary>One name in this dialect's quotes, exactly as it is.</summary>
    public string QuotePart(string name) => Open + name.Replace(Close.ToString(), new string(Close, 2), StringComparison.Ordinal) + Close;

    /// <summary>Every row of a model; a query runs as the user wrote it.</summary>
    public string SelectAll(Model model) => model.Table is { } table ? $"select * from {Quote(table)}" : Query(model);

    /// <summary>At most one row of a model.</summary>
    public string SelectSample(Model model) => model.Table is null && !Nests(Query(model)) ? Query(model) : First(Source(model), 1);

    /// <summary>No row of a model, but its columns.</summary>
    public string SelectColumns(Model model) => First(Source(model), 0);

    /// <summary>The rows of a model that <paramref name="from"/> asks for.</summary>
    /// <param name="model">What to read.</param>
    /// <param name="from">Null: everything.</param>
    /// <param name="column">The filtered column as the system spells it; null: the name in <paramref name="from"/> is taken as it
    /// is.</param>
    public SqlStatement Select(Model model, ReadFrom? from, WarehouseColumn? column = null)
    {
        if (from is null)
            return new SqlStatement(SelectAll(model), null);
        var name = QuotePart(column?.Name ?? from.Cursor?.Column ?? from.Key!.Column);
        var head = $"select * from {Source(model)} where ";
        return from.Cursor is { } cursor
            ? new SqlStatement($"{head}{AtLeast(name, Marker, cursor.Value.Kind)} or {name} is null", cursor.Value)
            : new SqlStatement($"{head}{KeyText(name, column?.Kind ?? ColumnKind.Text)} = {Marker}", from.Key!.Key);
    }

    /// <summary>The model as something that can follow FROM.</summary>
    public string Source(Model model)
    {
        if (model.Table is { } table)
            return Quote(table);
        var query = Query(model);
        if (!Nests(query))
            throw new ProblemException(ProblemKind.Configuration, $"{Name} cannot filter a query that starts with WITH",
                fix: "Make the query a view, or write its WITH parts as subqueries.");
        // The line break ends a comment in the query's last line.
        return $"({query}\n) as {Alias}";
    }

    private bool Nests(string query) => NestsAnyQuery || !query.TrimStart().StartsWith("with", StringComparison.OrdinalIgnoreCase);

    private static string Query(Model model) => model.Sql!.TrimEnd().TrimEnd(';');

    private static bool IsPlain(string name)
    {
        foreach (var c in name)
        {
            if (!char.IsLetterOrDigit(c) && c is not ('_' or '$'))
                return false;
        }

        return true;
    }
}
