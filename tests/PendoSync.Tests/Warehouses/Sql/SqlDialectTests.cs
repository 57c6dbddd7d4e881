using System.Globalization;
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
    [InlineData("postgres", "select * from \"t\" where \"at\" >= @pendosync_from or \"at\" is null")]
    [InlineData("redshift", "select * from \"t\" where \"at\" >= @pendosync_from or \"at\" is null")]
    [InlineData("sqlite", "select * from \"t\" where julianday(\"at\", 'auto') >= julianday(@pendosync_from) or \"at\" is null")]
    [InlineData("sqlserver", "select * from [t] where [at] >= @pendosync_from or [at] is null")]
    [InlineData("synapse", "select * from [t] where [at] >= @pendosync_from or [at] is null")]
    [InlineData("mysql", "select * from `t` where `at` >= @pendosync_from or `at` is null")]
    [InlineData("bigquery", "select * from `t` where `at` >= @pendosync_from or `at` is null")]
    [InlineData("databricks", "select * from `t` where `at` >= :from or `at` is null")]
    public void Cursor_keeps_equal_values_and_nulls(string dialect, string sql)
    {
        var value = CursorValue.OfTimestamp(new DateTime(2026, 1, 1));
        var statement = Dialects[dialect].Select(new Model { Table = "t" }, ReadFrom.At("at", value));
        Assert.Equal(sql, statement.Text);
        Assert.Equal(value, statement.Parameter);
    }

    [Theory]
    [InlineData("postgres", ColumnKind.Uuid, "@pendosync_from in (cast(\"id\" as text), format('%s', \"id\"))")]
    [InlineData("postgres", ColumnKind.Text, "@pendosync_from in (cast(\"id\" as text), format('%s', \"id\"))")]
    [InlineData("redshift", ColumnKind.Text, "cast(\"id\" as varchar) = @pendosync_from")]
    [InlineData("sqlite", ColumnKind.Uuid, "lower(cast(\"id\" as text)) = @pendosync_from")]
    [InlineData("sqlite", ColumnKind.PerCell,
        "cast(\"id\" as text) = @pendosync_from or (typeof(\"id\") = 'real' and \"id\" = cast(@pendosync_from as numeric))")]
    [InlineData("sqlserver", ColumnKind.Uuid, "lower(cast([id] as nvarchar(36))) = @pendosync_from")]
    [InlineData("sqlserver", ColumnKind.Text, "cast([id] as nvarchar(4000)) collate Latin1_General_BIN2 = @pendosync_from")]
    [InlineData("mysql", ColumnKind.Text, "cast(`id` as char) collate utf8mb4_bin = @pendosync_from")]
    [InlineData("snowflake", ColumnKind.Text, "to_varchar(\"id\") = ?")]
    [InlineData("bigquery", ColumnKind.Text, "cast(`id` as string) = @pendosync_from")]
    [InlineData("databricks", ColumnKind.Text, "cast(`id` as string) = :from")]
    public void Key_is_compared_by_its_text(string dialect, object kind, string condition)
    {
        var statement = Dialects[dialect]
            .Select(new Model { Table = "t" }, ReadFrom.OneKey("id", "7"), new WarehouseColumn(0, "id", (ColumnKind)kind, ""));
        Assert.EndsWith(" where " + condition, statement.Text, StringComparison.Ordinal);
        Assert.Equal("7", statement.Parameter);
    }

    [Theory]
    [InlineData("7", "\"id\" = 7")]
    [InlineData("-7", "\"id\" = -7")]
    [InlineData("0", "\"id\" = 0")]
    [InlineData("007", "1 = 0")]
    [InlineData("+7", "1 = 0")]
    [InlineData("7.0", "1 = 0")]
    [InlineData("7 or 1=1", "1 = 0")]
    [InlineData("", "1 = 0")]
    [InlineData("-", "1 = 0")]
    public void Number_is_found_by_its_value(string key, string condition)
    {
        foreach (var kind in (ColumnKind[])[ColumnKind.Integer, ColumnKind.Decimal])
        {
            var statement = SqlDialects.Postgres.Select(new Model { Table = "t" }, ReadFrom.OneKey("id", key),
                new WarehouseColumn(0, "id", kind, ""));
            Assert.Equal(("select * from \"t\" where " + condition, null), (statement.Text, statement.Parameter));
        }
    }

    [Theory]
    [InlineData("postgres", "cast(\"id\" as numeric) = cast('{0}' as numeric)")]
    [InlineData("redshift", "cast(\"id\" as decimal(38, 0)) = cast('{0}' as decimal(38, 0))")]
    [InlineData("sqlserver", "cast([id] as decimal(38, 0)) = cast('{0}' as decimal(38, 0))")]
    [InlineData("mysql", "cast(`id` as decimal(65, 0)) = cast('{0}' as decimal(65, 0))")]
    [InlineData("snowflake", "cast(\"id\" as number(38, 0)) = cast('{0}' as number(38, 0))")]
    [InlineData("bigquery", "cast(`id` as bignumeric) = cast('{0}' as bignumeric)")]
    [InlineData("databricks", "cast(`id` as decimal(38, 0)) = cast('{0}' as decimal(38, 0))")]
    public void Long_number_is_found_by_its_value(string dialect, string condition)
    {
        foreach (var (key, expected) in new[] { ("-7", null), (new string('9', 38), condition), ("-" + new string('9', 38), condition) })
        {
            var statement = Dialects[dialect]
                .Select(new Model { Table = "t" }, ReadFrom.OneKey("id", key), new WarehouseColumn(0, "id", ColumnKind.Decimal, ""));
            Assert.EndsWith(expected is null ? " = -7" : string.Format(CultureInfo.InvariantCulture, expected, key), statement.Text,
                StringComparison.Ordinal);
            Assert.Null(statement.Parameter);
        }
    }

    [Fact]
    public void Number_wider_than_any_of_the_system_is_found_by_its_text()
    {
        var key = new string('9', 39);
        var statement = SqlDialects.SqlServer.Select(new Model { Table = "t" }, ReadFrom.OneKey("id", key),
            new WarehouseColumn(0, "id", ColumnKind.Decimal, ""));
        Assert.Equal(("select * from [t] where cast([id] as nvarchar(4000)) collate Latin1_General_BIN2 = @pendosync_from", key),
            (statement.Text, statement.Parameter));
    }
}
