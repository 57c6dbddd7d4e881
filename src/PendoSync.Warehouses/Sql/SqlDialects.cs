using PendoSync.Sources;
using PendoSync.Values;

namespace PendoSync.Warehouses.Sql;

/// <summary>The dialects of all SQL systems.</summary>
internal static class SqlDialects
{
    /// <summary>Unquoted names fold to lower case. https://www.postgresql.org/docs/current/sql-syntax-lexical.html</summary>
    public static SqlDialect Postgres { get; } = new() { Name = "PostgreSQL", Fold = s => s.ToLowerInvariant() };

    /// <summary>
    /// Names fold to lower case even in quotes, unless the cluster says otherwise; text is VARCHAR.
    /// https://docs.aws.amazon.com/redshift/latest/dg/r_names.html
    /// </summary>
    public static SqlDialect Redshift { get; } = new()
    {
        Name = "Amazon Redshift",
        Fold = s => s.ToLowerInvariant(),
        KeyText = (column, _) => $"cast({column} as varchar)",
    };

    /// <summary>
    /// https://www.sqlite.org/lang_expr.html and, for times of any stored form, https://www.sqlite.org/lang_datefunc.html
    /// </summary>
    public static SqlDialect Sqlite { get; } = new()
    {
        Name = "SQLite",
        KeyText = (column, kind) => kind == ColumnKind.Uuid ? $"lower(cast({column} as text))" : $"cast({column} as text)",
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
        Open = '[',
        Close = ']',
        NestsAnyQuery = false,
        KeyText = (column, kind) => kind == ColumnKind.Uuid
            ? $"lower(cast({column} as nvarchar(36)))"
            : $"cast({column} as nvarchar(4000)) collate Latin1_General_BIN2",
        First = (source, rows) => $"select top ({rows}) * from {source}",
    };

    /// <summary>
    /// T-SQL for a dedicated and a serverless pool. https://learn.microsoft.com/azure/synapse-analytics/sql/overview-features
    /// </summary>
    public static SqlDialect Synapse { get; } = SqlServer with { Name = "Azure Synapse" };

    /// <summary>https://dev.mysql.com/doc/refman/8.4/en/identifiers.html; CHAR without length takes the connection's utf8mb4.</summary>
    public static SqlDialect MySql { get; } = new()
    {
        Name = "MySQL",
        Open = '`',
        Close = '`',
        KeyText = (column, _) => $"cast({column} as char) collate utf8mb4_bin",
    };

    /// <summary>Unquoted names fold to upper case. https://docs.snowflake.com/en/sql-reference/identifiers-syntax</summary>
    public static SqlDialect Snowflake { get; } = new()
    {
        Name = "Snowflake",
        Fold = s => s.ToUpperInvariant(),
        Marker = "?",
        KeyText = (column, _) => $"to_varchar({column})",
    };

    /// <summary>https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical</summary>
    public static SqlDialect BigQuery { get; } = new()
    {
        Name = "BigQuery",
        Open = '`',
        Close = '`',
        KeyText = (column, _) => $"cast({column} as string)",
    };

    /// <summary>https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-identifiers</summary>
    public static SqlDialect Databricks { get; } = new()
    {
        Name = "Databricks",
        Open = '`',
        Close = '`',
        Marker = ":from",
        KeyText = (column, _) => $"cast({column} as string)",
    };

    /// <summary>
    /// Elasticsearch's SQL, for filtered SQL models. https://www.elastic.co/docs/reference/query-languages/sql/sql-lexical-structure
    /// </summary>
    public static SqlDialect Elasticsearch { get; } = new()
    {
        Name = "Elasticsearch SQL",
        Marker = "?",
        KeyText = (column, _) => $"cast({column} as varchar)",
    };
}
