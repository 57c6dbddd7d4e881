using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Values;
using PendoSync.Warehouses.Sql;

namespace PendoSync.Tests.Warehouses.Sql;

public sealed class SqlDialectTests
{
    private static readonly Dictionary<string, SqlDialect> Dialects = new()
    {
        ["postgres"] = SqlDialects.Postgres,
        ["redshift"] = SqlDialects.Redshift,
        ["sqlite"] = SqlDialects.Sqlite,
        ["sqlserver"] = SqlDialects.SqlServer,
        ["synapse"] = SqlDialects.Synapse,
        ["mysql"] = SqlDialects.MySql,
        ["snowflake"] = SqlDialects.Snowflake,
        ["bigquery"] = SqlDialects.BigQuery,
        ["databricks"] = SqlDialects.Databricks,
    };

    [Theory]
    [InlineData("postgres", "Sales.Orders", "\"sales\".\"orders\"")]
    [InlineData("postgres", "sales.\"Orders.2026\"", "\"sales\".\"Orders.2026\"")]
    [InlineData("postgres", "\"a\"\"b\"", "\"a\"\"b\"")]
    [InlineData("postgres", "order", "\"order\"")]
    [InlineData("redshift", "Sales.Orders", "\"sales\".\"orders\"")]
    [InlineData("sqlite", "Orders", "\"Orders\"")]
    [InlineData("sqlserver", "dbo.Order Details", "[dbo].[Order Details]")]
    [InlineData("sqlserver", "[a]]b].\"c]\"", "[a]]b].[c]]]")]
    [InlineData("synapse", "dbo.[x.y]", "[dbo].[x.y]")]
    [InlineData("mysql", "shop.`odd``name`", "`shop`.`odd``name`")]
    [InlineData("snowflake", "analytics.public.users", "\"ANALYTICS\".\"PUBLIC\".\"USERS\"")]
    [InlineData("snowflake", "\"users\"", "\"users\"")]
    [InlineData("bigquery", "my-project.data.users", "`my-project`.`data`.`users`")]
    [InlineData("databricks", "main.default.Users", "`main`.`default`.`Users`")]
    public void Name_is_quoted(string dialect, string name, string quoted) => Assert.Equal(quoted, Dialects[dialect].Quote(name));

    [Theory]
    [InlineData("a..b")]
    [InlineData("\"a")]
    [InlineData("\"a\"b")]
    [InlineData("")]
    [InlineData("[]")]
    public void Broken_name_is_a_configuration_problem(string name) =>
        Assert.Equal(ProblemKind.Configuration, Assert.Throws<ProblemException>(() => SqlDialects.Postgres.Quote(name)).Problem.Kind);

    [Theory]
    [InlineData("postgres", "select * from \"t\" where \"at\" >= @from or \"at\" is null")]
    [InlineData("redshift", "select * from \"t\" where \"at\" >= @from or \"at\" is null")]
    [InlineData("sqlite", "select * from \"t\" where julianday(\"at\", 'auto') >= julianday(@from) or \"at\" is null")]
    [InlineData("sqlserver", "select * from [t] where [at] >= @from or [at] is null")]
    [InlineData("synapse", "select * from [t] where [at] >= @from or [at] is null")]
    [InlineData("mysql", "select * from `t` where `at` >= @from or `at` is null")]
    [InlineData("bigquery", "select * from `t` where `at` >= @from or `at` is null")]
    [InlineData("databricks", "select * from `t` where `at` >= :from or `at` is null")]
    public void Cursor_keeps_equal_values_and_nulls(string dialect, string sql)
    {
        var value = CursorValue.OfTimestamp(new DateTime(2026, 1, 1));
        var statement = Dialects[dialect].Select(new Model { Table = "t" }, ReadFrom.At("at", value));
        Assert.Equal(sql, statement.Text);
        Assert.Equal(value, statement.Parameter);
    }

    [Theory]
    [InlineData("postgres", ColumnKind.Uuid, "cast(\"id\" as text) = @from")]
    [InlineData("redshift", ColumnKind.Integer, "cast(\"id\" as varchar) = @from")]
    [InlineData("sqlite", ColumnKind.Uuid, "lower(cast(\"id\" as text)) = @from")]
    [InlineData("sqlite", ColumnKind.PerCell, "cast(\"id\" as text) = @from")]
    [InlineData("sqlserver", ColumnKind.Uuid, "lower(cast([id] as nvarchar(36))) = @from")]
    [InlineData("sqlserver", ColumnKind.Text, "cast([id] as nvarchar(4000)) collate Latin1_General_BIN2 = @from")]
    [InlineData("mysql", ColumnKind.Integer, "cast(`id` as char) collate utf8mb4_bin = @from")]
    [InlineData("snowflake", ColumnKind.Integer, "to_varchar(\"id\") = ?")]
    [InlineData("bigquery", ColumnKind.Integer, "cast(`id` as string) = @from")]
    [InlineData("databricks", ColumnKind.Integer, "cast(`id` as string) = :from")]
    public void Key_is_compared_by_its_text(string dialect, object kind, string condition)
    {
        var statement = Dialects[dialect]
            .Select(new Model { Table = "t" }, ReadFrom.OneKey("id", "7"), new WarehouseColumn(0, "id", (ColumnKind)kind, ""));
        Assert.EndsWith(" where " + condition, statement.Text, StringComparison.Ordinal);
        Assert.Equal("7", statement.Parameter);
    }

    [Fact]
    public void Query_is_bracketed_only_when_it_is_filtered()
    {
        var model = new Model { Sql = "select 1 as id -- all;\n;" };
        Assert.Equal("select 1 as id -- all;\n", SqlDialects.Postgres.Select(model, null).Text);
        Assert.Equal("select * from (select 1 as id -- all;\n\n) as pendosync_model where cast(\"id\" as text) = @from",
            SqlDialects.Postgres.Select(model, ReadFrom.OneKey("id", "1")).Text);
    }

    [Fact]
    public void Sample_reads_one_row()
    {
        Assert.Equal("select * from \"t\" limit 1", SqlDialects.Postgres.SelectSample(new Model { Table = "t" }));
        Assert.Equal("select top (1) * from [t]", SqlDialects.SqlServer.SelectSample(new Model { Table = "t" }));
        Assert.Equal("with x as (select 1 as a) select * from x",
            SqlDialects.SqlServer.SelectSample(new Model { Sql = "with x as (select 1 as a) select * from x" }));
    }

    [Fact]
    public void Sql_server_says_that_it_cannot_filter_a_with_query()
    {
        var error = Assert.Throws<ProblemException>(() =>
            SqlDialects.SqlServer.Select(new Model { Sql = " WITH x as (select 1 as a) select * from x" }, ReadFrom.OneKey("a", "1")));
        Assert.Contains("view", error.Problem.Fix!, StringComparison.Ordinal);
    }
}
