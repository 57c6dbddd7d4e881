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
    // Every system has integers of so many digits in its statements.
    private const int SafeDigits = 18;

    /// <summary>For messages: "PostgreSQL".</summary>
    public required string Name { get; init; }

    /// <summary>Opening quote of a name.</summary>
    public char Open { get; init; } = '"';

    /// <summary>Closing quote of a name; doubled inside it.</summary>
    public char Close { get; init; } = '"';

    /// <summary>Case of a name that the user did not quote, as the system itself would fold it.</summary>
    public Func<string, string> Fold { get; init; } = name => name;

    /// <summary>The marker of the only parameter: a name that no query has.</summary>
    public string Marker { get; init; } = "@pendosync_from";

    /// <summary>
    /// <c>column = marker</c> by the text of a key (text as it is, uuid in lower case). It may let through more than the key: whoever reads
    /// compares the keys that come back, since systems take case and blanks at the end as their collation says.
    /// </summary>
    public Func<string, ColumnKind, string, string> KeyIs { get; init; } = (column, _, marker) => $"cast({column} as text) = {marker}";

    /// <summary>The type of the widest whole numbers, and their digits; null: numbers of many digits are compared by their text.</summary>
    public (string Type, int Digits)? WideNumber { get; init; }

    /// <summary><c>column &gt;= marker</c>, for systems where a stored time is not simply comparable.</summary>
    public Func<string, string, CursorKind, string> AtLeast { get; init; } = (column, marker, _) => $"{column} >= {marker}";

    /// <summary>The first rows of what follows FROM.</summary>
    public Func<string, int, string> First { get; init; } = (source, rows) => $"select * from {source} limit {rows}";

    /// <summary>How its comments and strings are told apart.</summary>
    public SqlLexis Lexis { get; init; }

    /// <summary>The words and marks of a query, without its comments.</summary>
    public IReadOnlyList<string> Words(string sql) => [.. new SqlTokens(sql, Lexis).All().Select(t => sql.Substring(t.Start, t.Length))];

    /// <summary>True for T-SQL, whose brackets do not take every query.</summary>
    public bool IsTransact { get; init; }

    /// <summary>What an ORDER BY in brackets needs to be kept; null: nothing, or it means nothing there.</summary>
    public string? KeepOrder { get; init; }

    /// <summary>True: a query that is not filtered runs as it is written, since brackets do not take every query.</summary>
    public bool PrefersBareQueries { get; init; }

    /// <summary>True: every parameter is text, as systems behind REST have it.</summary>
    public bool TextParameters { get; init; }

    /// <summary>A dotted name in this dialect's quotes.</summary>
    public string Quote(string dotted) =>
        string.Join('.', SqlName.Parse(dotted).Select(p => QuotePart(p.Quoted || !IsPlain(p.Text) ? p.Text : Fold(p.Text))));

    /// <summary>One name in this dialect's quotes, exactly as it is.</summary>
    public string QuotePart(string name) => Open + name.Replace(Close.ToString(), new string(Close, 2), StringComparison.Ordinal) + Close;

    /// <summary>Every row of a model.</summary>
    public string SelectAll(Model model) => PrefersBareQueries && model.Table is null ? Query(model).Text : Source(model)
        .Text(source => $"select * from {source}");

    /// <summary>At most one row of a model.</summary>
    public string SelectSample(Model model) => PrefersBareQueries && model.Table is null ? Query(model).Text : Source(model)
        .Text(source => First(source, 1));

    /// <summary>No row of a model, but its columns.</summary>
    public string SelectColumns(Model model) => Source(model).Text(source => First(source, 0));

    /// <summary>True when a statement has variables (<c>@name</c>) beside the marker.</summary>
    public bool HasVariables(string statement) =>
        new SqlTokens(statement, Lexis).All().Any(t => statement[t.Start] == '@' && !statement.AsSpan(t.Start, t.Length)
            .SequenceEqual(Marker));

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
        var (condition, parameter) = from.Cursor is { } cursor
            ? ($"{AtLeast(name, Marker, cursor.Value.Kind)} or {name} is null", cursor.Value)
            : KeyCondition(name, column?.Kind ?? ColumnKind.Text, from.Key!.Key);
        return new SqlStatement(Source(model).Text(source => $"select * from {source} where {condition}"), parameter);
    }

    // A number is found by its value, not by its text, of which there are several (7 and 7.00); the key's own is digits alone, so it can
    // stand in the statement. A cast may round what is no key.
    private (string Condition, object? Parameter) KeyCondition(string name, ColumnKind kind, string key) => kind switch
    {
        _ when kind is not (ColumnKind.Integer or ColumnKind.Decimal) => (KeyIs(name, kind, Marker), key),
        _ when !IsWhole(key) => ("1 = 0", null),
        _ when key.Length <= SafeDigits => ($"{name} = {key}", null),
        _ when WideNumber is var (wide, digits) && key.TrimStart('-').Length <= digits =>
            ($"cast({name} as {wide}) = cast('{key}' as {wide})", null),
        _ => (KeyIs(name, kind, Marker), key),
    };

    // A model is read in the same shape for every purpose: what fails for one fails for all, and no column is called otherwise.
    private SqlSource Source(Model model) => model.Table is { } table ? new SqlSource("", Quote(table), "")
        : IsTransact ? Query(model).NestInTransact(KeepOrder)
        : Query(model).Nest(KeepOrder);

    private SqlQuery Query(Model model) => new(model.Sql!, Lexis);

    // As a key is written: decimal, without signs or zeros that it does not need.
    private static bool IsWhole(string key)
    {
        var digits = key.AsSpan(key.StartsWith('-') ? 1 : 0);
        return digits.Length > 0 && !digits.ContainsAnyExceptInRange('0', '9') && (digits[0] != '0' || key.Length == 1);
    }

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
