namespace PendoSync.Warehouses.Sql;

/// <summary>A word, a bracket or another mark of a query; comments, strings and quoted names are passed over.</summary>
/// <param name="Start">Where it begins.</param>
/// <param name="Length">Characters.</param>
/// <param name="Depth">Round brackets around it.</param>
internal readonly record struct SqlToken(int Start, int Length, int Depth);

/// <summary>
/// Cuts a query into words and marks, as far as is needed to tell where statements, and their parts outside of brackets,
/// begin.
/// </summary>
/// <param name="text">The query.</param>
/// <param name="lexis">What its dialect adds to standard SQL.</param>
internal sealed class SqlTokens(string text, SqlLexis lexis)
{
    /// <summary>All of them in order. A quoted name or a string gives one token of its whole text, which is no word.</summary>
    public IReadOnlyList<SqlToken> All()
    {
        var tokens = new List<SqlToken>();
        var depth = 0;
        for (var at = 0; at < text.Length;)
        {
            var c = text[at];
            if (char.IsWhiteSpace(c))
            {
                at++;
                continue;
            }

            if (CommentEnd(at) is { } after)
            {
                at = after;
                continue;
            }

            var end = c == '(' || c == ')' ? at + 1 : StringEnd(at) ?? WordEnd(at);
            if (c == ')')
                depth = Math.Max(0, depth - 1);
            tokens.Add(new SqlToken(at, end - at, depth));
            if (c == '(')
                depth++;
            at = end;
        }

        return tokens;
    }

    /// <summary>True for this word in any case.</summary>
    public bool Is(SqlToken token, string word) =>
        token.Length == word.Length && text.AsSpan(token.Start, token.Length).Equals(word, StringComparison.OrdinalIgnoreCase);

    private int? CommentEnd(int at)
    {
        if (Has(at, "--") && (!Adds(SqlLexis.SpacedDashes) || at + 2 == text.Length || char.IsWhiteSpace(text[at + 2])))
            return LineEnd(at);
        if ((Adds(SqlLexis.HashComments) && text[at] == '#') || (Adds(SqlLexis.SlashComments) && Has(at, "//")))
            return LineEnd(at);
        if (!Has(at, "/*") || (Adds(SqlLexis.RunComments) && (Has(at, "/*!") || Has(at, "/*M!"))))
            return null;
        var depth = 1;
        for (at += 2; at < text.Length && depth > 0; at++)
        {
            if (Has(at, "*/"))
            {
                depth--;
                at++;
            }
            else if (Adds(SqlLexis.NestedComments) && Has(at, "/*"))
            {
                depth++;
                at++;
            }
        }

        return at;
    }

    private int LineEnd(int at) => text.IndexOf('\n', at) is var end and >= 0 ? end + 1 : text.Length;

    private int? StringEnd(int at)
    {
        var c = text[at];
        if (Adds(SqlLexis.DollarStrings) && c == '$' && DollarTag(at) is { } tag)
            return text.IndexOf(tag, at + tag.Length, StringComparison.Ordinal) is var end and >= 0 ? end + tag.Length : text.Length;
        if (Adds(SqlLexis.EscapeStrings) && c is 'e' or 'E' && at + 1 < text.Length && text[at + 1] == '\'')
            return QuoteEnd(at + 1, '\'', escapes: true);
        if (c is '\'' or '"' && Adds(SqlLexis.TripleQuotes) && Has(at, new string(c, 3)))
            return text.IndexOf(new string(c, 3), at + 3, StringComparison.Ordinal) is var end and >= 0 ? end + 3 : text.Length;
        return c switch
        {
            '\'' => QuoteEnd(at, '\'', Adds(SqlLexis.Backslashes)),
            '"' => QuoteEnd(at, '"', Adds(SqlLexis.DoubleQuotedStrings)),
            '`' => QuoteEnd(at, '`', escapes: false),
            '[' when Adds(SqlLexis.Brackets) => QuoteEnd(at, ']', escapes: false),
            _ => null,
        };
    }

    // A doubled quote ends one string and begins the next: for where tokens are that is the same as one string.
    private int QuoteEnd(int at, char close, bool escapes)
    {
        for (at++; at < text.Length; at++)
        {
            if (escapes && text[at] == '\\')
                at++;
            else if (text[at] == close && at + 1 < text.Length && text[at + 1] == close)
                at++;
            else if (text[at] == close)
                return at + 1;
        }

        return text.Length;
    }

    private string? DollarTag(int at)
    {
        var end = at + 1;
        while (end < text.Length && (char.IsLetterOrDigit(text[end]) || text[end] == '_'))
            end++;
        return end < text.Length && text[end] == '$' && (end == at + 1 || !char.IsDigit(text[at + 1])) ? text[at..(end + 1)] : null;
    }

    private int WordEnd(int at)
    {
        var end = at;
        while (end < text.Length && (char.IsLetterOrDigit(text[end]) || text[end] is '_' or '@' or '$' or '#'))
            end++;
        return Math.Max(end, at + 1);
    }

    private bool Has(int at, string mark) => string.CompareOrdinal(text, at, mark, 0, mark.Length) == 0;

    private bool Adds(SqlLexis what) => lexis.HasFlag(what);
}
