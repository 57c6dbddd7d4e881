using PendoSync.Sources;
using PendoSync.Values;

namespace PendoSync.Warehouses.Sql;

/// <summary>The dialects of all SQL systems.</summary>
internal static class SqlDialects
{
    /// <summary>Unquoted names fold to lower case. https://www.postgresql.org/docs/current/sql-syntax-lexical.html</summary>
    public static SqlDialect Postgres { get; } = new()
    {
        Name = "PostgreSQL",
        Fold = s => s.ToLowerInvariant(),
        WideNumber = ("numeric", 1000),
        // What is shown of an inet is not what it is cast to: 10.0.0.1 and 10.0.0.1/32.
        KeyIs = (column, _, marker) => $"{marker} in (cast({column} as text), format('%s', {column}))",
        Lexis = SqlLexis.NestedComments | SqlLexis.EscapeStrings | SqlLexis.DollarStrings,
    };

    /// <summary>
    /// Names fold to lower case even in quotes, unless the cluster says otherwise; text is VARCHAR.
    /// https://docs.aws.amazon.com/redshift/latest/dg/r_names.html
    /// </summary>
    public static SqlDialect Redshift { get; } = new()
    {
        Name = "Amazon Redshift",
        WideNumber = ("decimal(38, 0)", 38),
        Fold = s => s.ToLowerInvariant(),
        Lexis = SqlLexis.NestedComments | SqlLexis.EscapeStrings | SqlLexis.DollarStrings,
        KeyIs = (column, _, marker) => $"cast({column} as varchar) = {marker}",
    };

    /// <summary>
    /// https://www.sqlite.org/lang_expr.html and, for times of any stored form, https://www.sqlite.org/lang_datefunc.html
    /// </summary>
    public static SqlDialect Sqlite { get; } = new()
    {
        Name = "SQLite",
        Lexis = SqlLexis.Brackets,
        // A column of no declared type may hold 7.0, whose key is 7.
        KeyIs = (column, kind, marker) => kind == ColumnKind.Uuid
            ? $"lower(cast({column} as text)) = {marker}"
            : $"cast({column} as text) = {marker} or (typeof({column}) = 'real' and {column} = cast({marker} as numeric))",
        AtLeast = (column, marker, kind) => kind is CursorKind.Date or CursorKind.Timestamp or CursorKind.Instant
            ? $"julianday({column}, 'auto') >= julianday({marker})"
            : $"{column} >= {marker}",
    };

    /// <summary>
    /// A uniqueidentifier becomes upper-case text; a binary collation keeps the case of a key whatever the database's collation.
    /// https://learn.microsoft.com/sql/t-sql/functions/cast-and-convert-transact-sql
    /// </summary>
    public static SqlDialect SqlServer { get; } = new()
    {
        Name = "SQL Server",
        WideNumber = ("decimal(38, 0)", 38),
        Open = '[',
        Close = ']',
        Lexis = SqlLexis.NestedComments | SqlLexis.Brackets,
        IsTransact = true,
        KeepOrder = "offset 0 rows",
        KeyIs = (column, kind, marker) => kind == ColumnKind.Uuid
            ? $"lower(cast({column} as nvarchar(36))) = {marker}"
            : $"cast({column} as nvarchar(4000)) collate Latin1_General_BIN2 = {marker}",
        First = (source, rows) => $"select top ({rows}) * from {source}",
    };

    /// <summary>
    /// T-SQL for a dedicated pool, which knows no OFFSET, and a serverless one.
    /// https://learn.microsoft.com/azure/synapse-analytics/sql/overview-features
    /// </summary>
    public static SqlDialect Synapse { get; } = SqlServer with { Name = "Azure Synapse", KeepOrder = null };

    /// <summary>
    /// https://dev.mysql.com/doc/refman/8.4/en/identifiers.html; CHAR without length takes the connection's utf8mb4. An ORDER BY in
    /// brackets is passed over unless it has a LIMIT: https://mariadb.com/kb/en/why-is-order-by-in-a-from-subquery-ignored/.
    /// </summary>
    public static SqlDialect MySql { get; } = new()
    {
        Name = "MySQL",
        WideNumber = ("decimal(65, 0)", 65),
        Open = '`',
        Close = '`',
        Lexis = SqlLexis.HashComments | SqlLexis.SpacedDashes | SqlLexis.Backslashes | SqlLexis.DoubleQuotedStrings | SqlLexis.RunComments,
        KeepOrder = "limit 18446744073709551615",
        KeyIs = (column, _, marker) => $"cast({column} as char) collate utf8mb4_bin = {marker}",
    };

    /// <summary>Unquoted names fold to upper case. https://docs.snowflake.com/en/sql-reference/identifiers-syntax</summary>
    public static SqlDialect Snowflake { get; } = new()
    {
        Name = "Snowflake",
        WideNumber = ("number(38, 0)", 38),
        Fold = s => s.ToUpperInvariant(),
        Marker = "?",
        TextParameters = true,
        Lexis = SqlLexis.SlashComments | SqlLexis.Backslashes | SqlLexis.DollarStrings,
        KeyIs = (column, _, marker) => $"to_varchar({column}) = {marker}",
    };

    /// <summary>https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical</summary>
    public static SqlDialect BigQuery { get; } = new()
    {
        Name = "BigQuery",
        WideNumber = ("bignumeric", 38),
        Open = '`',
        Close = '`',
        TextParameters = true,
        Lexis = SqlLexis.HashComments | SqlLexis.Backslashes | SqlLexis.DoubleQuotedStrings | SqlLexis.TripleQuotes,
        KeyIs = (column, _, marker) => $"cast({column} as string) = {marker}",
    };

    /// <summary>https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-identifiers</summary>
    public static SqlDialect Databricks { get; } = new()
    {
        Name = "Databricks",
        WideNumber = ("decimal(38, 0)", 38),
        Open = '`',
        Close = '`',
        Marker = ":from",
        TextParameters = true,
        Lexis = SqlLexis.NestedComments | SqlLexis.Backslashes | SqlLexis.DoubleQuotedStrings,
        KeyIs = (column, _, marker) => $"cast({column} as string) = {marker}",
    };

    /// <summary>
    /// Elasticsearch's SQL, whose brackets take no query that groups.
    /// https://www.elastic.co/docs/reference/query-languages/sql/sql-limitations and
    /// https://www.elastic.co/docs/reference/query-languages/sql/sql-lexical-structure
    /// </summary>
    public static SqlDialect Elasticsearch { get; } = new()
    {
        Name = "Elasticsearch SQL",
        Marker = "?",
        PrefersBareQueries = true,
        TextParameters = true,
        KeyIs = (column, _, marker) => $"cast({column} as varchar) = {marker}",
    };
}
