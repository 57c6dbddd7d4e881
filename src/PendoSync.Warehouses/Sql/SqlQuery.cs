namespace PendoSync.Warehouses.Sql;

/// <summary>A source that can be selected from.</summary>
/// <param name="Before">What stands before SELECT: WITH parts, for systems that take none in brackets.</param>
/// <param name="From">What follows FROM: a table, or a query in brackets.</param>
/// <param name="After">What ends the statement: the hints of the query.</param>
internal sealed record SqlSource(string Before, string From, string After)
{
    /// <summary>The statement; <paramref name="select"/> makes SELECT of what follows FROM.</summary>
    public string Text(Func<string, string> select) => Before + select(From) + After;
}

/// <summary>The text of a model's SQL: one statement, so put into a larger one that it keeps its meaning.</summary>
internal sealed class SqlQuery
{
    private const string Alias = "pendosync_model";
    private readonly string _text;
    private readonly SqlTokens _lexer;
    private readonly IReadOnlyList<SqlToken> _tokens;

    /// <summary>Takes a model's SQL; semicolons at its ends, and comments outside of them, are left out.</summary>
    /// <exception cref="ProblemException">Configuration: no statement, or several.</exception>
    public SqlQuery(string sql, SqlLexis lexis)
    {
        sql = WithoutLead(sql, lexis);
        _lexer = new SqlTokens(sql, lexis);
        var all = _lexer.All();
        var count = all.TakeWhile(t => !IsSemicolon(sql, t)).Count();
        if (count == 0)
            throw new ProblemException(ProblemKind.Configuration, "the model's SQL holds no statement", fix: "Write a SELECT.");
        if (all.Skip(count).Any(t => !IsSemicolon(sql, t)))
        {
            throw new ProblemException(ProblemKind.Configuration, "the model's SQL holds several statements",
                fix: "Keep the one SELECT; what is behind its semicolon cannot be run.");
        }

        _tokens = [.. all.Take(count)];
        _text = count < all.Count ? sql[..all[count].Start] : sql;
    }

    /// <summary>The statement as the user wrote it.</summary>
    public string Text => _text.Trim();

    /// <summary>The query in brackets. The line break ends a comment in its last line.</summary>
    /// <param name="keepOrder">What keeps an ORDER BY in brackets from being passed over; null: nothing is needed.</param>
    public SqlSource Nest(string? keepOrder)
    {
        var order = keepOrder is null || First("limit", LastOrder()) >= 0 ? -1 : LastOrder();
        return new SqlSource("", $"({Text}{(order < 0 ? "" : "\n" + keepOrder)}\n) as {Alias}", "");
    }

    /// <summary>
    /// The query for T-SQL, whose brackets take neither WITH, nor ORDER BY alone, nor OPTION: its WITH parts get the query as one more,
    /// ORDER BY is completed by <paramref name="keepOrder"/> (null: left out, since it means nothing there), and OPTION moves to the end.
    /// https://learn.microsoft.com/sql/t-sql/queries/select-order-by-clause-transact-sql#limitations
    /// </summary>
    public SqlSource NestInTransact(string? keepOrder)
    {
        var isWith = _lexer.Is(_tokens[0], "with");
        var main = isWith ? First("select", 0) : 0;
        if (main < 0)
            return Nest(keepOrder: null);
        var option = First("option", main);
        var end = option < 0 ? _text.Length : _tokens[option].Start;
        var body = Ordered(main, end, keepOrder);
        var hints = option < 0 ? "" : "\n" + _text[end..].TrimEnd();
        return isWith
            ? new SqlSource($"{_text[.._tokens[main].Start].Trim()}\n, {Alias} as ({body}\n) ", Alias, hints)
            : new SqlSource("", $"({body}\n) as {Alias}", hints);
    }

    private string Ordered(int main, int end, string? keepOrder)
    {
        var start = isFirst() ? 0 : _tokens[main].Start;
        var order = LastOrder();
        if (order < main || First("offset", order) >= 0 || IsTop(main))
            return _text[start..end].Trim();
        var after = First("for", order) is var xml and >= 0 ? _tokens[xml].Start : end;
        return keepOrder is null
            ? (_text[start.._tokens[order].Start] + _text[after..end]).Trim()
            : $"{_text[start..after].Trim()}\n{keepOrder} {_text[after..end]}".Trim();

        // Comments before the first word stay with it.
        bool isFirst() => main == 0;
    }

    private bool IsTop(int main)
    {
        for (var i = main; i < _tokens.Count && !_lexer.Is(_tokens[i], "from"); i++)
        {
            if (_tokens[i].Depth == 0 && _lexer.Is(_tokens[i], "top"))
                return true;
        }

        return false;
    }

    // The ORDER BY of the whole query: the last one outside of brackets; -1 without one.
    private int LastOrder()
    {
        for (var i = _tokens.Count - 2; i >= 0; i--)
        {
            if (_tokens[i].Depth == 0 && _lexer.Is(_tokens[i], "order") && _lexer.Is(_tokens[i + 1], "by"))
                return i;
        }

        return -1;
    }

    // The first such word outside of brackets, from a token on; -1 without one.
    private int First(string word, int from)
    {
        for (var i = Math.Max(from, 0); i < _tokens.Count; i++)
        {
            if (_tokens[i].Depth == 0 && _lexer.Is(_tokens[i], word))
                return i;
        }

        return -1;
    }

    // Many write ";with", so that it stands apart from what was before.
    private static string WithoutLead(string sql, SqlLexis lexis)
    {
        var lead = new SqlTokens(sql, lexis).All().TakeWhile(t => IsSemicolon(sql, t)).LastOrDefault();
        return lead.Length == 0 ? sql : sql[(lead.Start + lead.Length)..];
    }

    private static bool IsSemicolon(string sql, SqlToken token) => sql[token.Start] == ';';
}
