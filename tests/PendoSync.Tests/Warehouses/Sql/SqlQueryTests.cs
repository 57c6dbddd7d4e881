using PendoSync.Basics;
using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Values;
using PendoSync.Warehouses.Sql;

namespace PendoSync.Tests.Warehouses.Sql;

/// <summary>One text of a model for all its reads, in each dialect.</summary>
public sealed class SqlQueryTests
{
    private const string Where = " where [n] = 1";

    [Theory]
    [InlineData("select 1 as n")]
    [InlineData("select 1 as n;")]
    [InlineData("select 1 as n ;; ; ")]
    [InlineData("select 1 as n; -- done")]
    [InlineData("select 1 as n; /* done; */ ;")]
    [InlineData("; /* ; */ ;select 1 as n;")]
    public void What_is_behind_the_last_semicolon_is_left_out(string sql)
    {
        Assert.Equal("select * from (select 1 as n\n) as pendosync_model", All(SqlDialects.Postgres, sql));
        Assert.Equal("select * from (select 1 as n\n) as pendosync_model where \"n\" = 1", One(SqlDialects.Postgres, sql));
        Assert.Equal("select * from (select 1 as n\n) as pendosync_model limit 1",
            SqlDialects.Postgres.SelectSample(new Model { Sql = sql }));
    }

    [Theory]
    [InlineData("postgres", "select ';' as n")]
    [InlineData("postgres", "select 'it''s;' as n, \";\" from t")]
    [InlineData("postgres", "select e'\\';' as n")]
    [InlineData("postgres", "select '\\' as n -- ';\n")]
    [InlineData("postgres", "select $tag$ ; $tag$ as n, $$;$$ as m")]
    [InlineData("postgres", "select 1 as n /* ; /* ; */ ; */")]
    [InlineData("mysql", "select '\\';' as n # ;\n, 2--1 as m")]
    [InlineData("mysql", "select `;` from t -- ;")]
    [InlineData("mysql", "select /*!40001 sql_no_cache */ \"\\\";\" as n from t /*+ ; */")]
    [InlineData("sqlserver", "select [;]]] from t /* ; /* */ ; */")]
    [InlineData("bigquery", "select '''it's;''' as n, \"\"\"a\";\"\"\" as m # ;")]
    [InlineData("snowflake", "select $$;$$ as n // ;")]
    [InlineData("databricks", "select 'a\\';' as n")]
    [InlineData("sqlite", "select [;] as n from t -- ;")]
    public void Semicolon_in_a_string_a_name_or_a_comment_ends_nothing(string dialect, string sql) =>
        Assert.Contains(sql.Trim(), All(Dialect(dialect), sql), StringComparison.Ordinal);

    [Theory]
    [InlineData("postgres", "select 1; select 2")]
    [InlineData("sqlite", "select 1; delete from t;")]
    [InlineData("mysql", "select 1--;\n; select 2")]
    [InlineData("sqlserver", "with a as (select 1 as n) select * from a; drop table t")]
    [InlineData("elasticsearch", "select 1; select 2")]
    [InlineData("snowflake", "select 1 /* ; */; begin")]
    [InlineData("snowflake", "select 1 as \"n\\\"; begin -- \"")]
    [InlineData("mysql", "select 1 as n /*! ; delete from t */")]
    [InlineData("mysql", "select 1 as n /*M!100100 ; delete from t */")]
    public void Several_statements_are_refused_by_every_read(string dialect, string sql)
    {
        var (sql2, model) = (Dialect(dialect), new Model { Sql = sql });
        foreach (var read in (Func<string>[])[() => sql2.SelectAll(model), () => sql2.SelectSample(model), () =>
            sql2.SelectColumns(model), () => One(sql2, sql)])
        {
            var problem = Assert.Throws<ProblemException>(read).Problem;
            Assert.Equal((ProblemKind.Configuration, "the model's SQL holds several statements"), (problem.Kind, problem.Message));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ; ")]
    [InlineData("-- only a comment")]
    public void No_statement_is_refused(string sql) =>
        Assert.Equal("the model's SQL holds no statement", Assert.Throws<ProblemException>(() => All(SqlDialects.Postgres, sql))
            .Problem.Message);

    // T-SQL: brackets take neither WITH, nor ORDER BY without TOP or OFFSET, nor OPTION.
    [Theory]
    [InlineData("select a as n from t", "", "select a as n from t", "")]
    [InlineData("select a as n from t order by a desc", "", "select a as n from t order by a desc\noffset 0 rows", "")]
    [InlineData("select a as n from t order by a -- newest", "", "select a as n from t order by a -- newest\noffset 0 rows", "")]
    [InlineData("select top (5) a as n from t order by a", "", "select top (5) a as n from t order by a", "")]
    [InlineData("select a as n from t order by a offset 3 rows", "", "select a as n from t order by a offset 3 rows", "")]
    [InlineData("select row_number() over (order by a) as n from t", "", "select row_number() over (order by a) as n from t", "")]
    [InlineData("select (select top 1 b from u order by b) as n from t order by 1", "",
        "select (select top 1 b from u order by b) as n from t order by 1\noffset 0 rows", "")]
    [InlineData("select [order by] as n from t", "", "select [order by] as n from t", "")]
    [InlineData("select a as n from t option (maxdop 1)", "", "select a as n from t", "\noption (maxdop 1)")]
    [InlineData("select a as n from t order by a option (recompile)", "", "select a as n from t order by a\noffset 0 rows",
        "\noption (recompile)")]
    [InlineData("-- first\nselect a as n from t", "", "-- first\nselect a as n from t", "")]
    [InlineData("with x as (select 1 as n) select * from x", "with x as (select 1 as n)\n, ", "select * from x", "")]
    [InlineData("/* c */ WITH x (n) as (select 1), y as (select 2 as m) -- z\nselect n from x, y order by n;",
        "/* c */ WITH x (n) as (select 1), y as (select 2 as m) -- z\n, ",
        "select n from x, y order by n\noffset 0 rows", "")]
    [InlineData(";with x as (select 1 as n) select * from x", "with x as (select 1 as n)\n, ", "select * from x", "")]
    [InlineData("with [select] as (select 1 as n) select n from [select]", "with [select] as (select 1 as n)\n, ",
        "select n from [select]", "")]
    public void Transact_query_is_put_where_it_can_stand(string sql, string before, string body, string after)
    {
        var (lead, source) = before.Length == 0 ? ("", $"({body}\n) as pendosync_model")
            : ($"{before}pendosync_model as ({body}\n) ", "pendosync_model");
        Assert.Equal($"{lead}select * from {source}{after}", All(SqlDialects.SqlServer, sql));
        Assert.Equal($"{lead}select * from {source}{Where}{after}", One(SqlDialects.SqlServer, sql));
        Assert.Equal($"{lead}select top (1) * from {source}{after}", SqlDialects.SqlServer.SelectSample(new Model { Sql = sql }));
        Assert.Equal($"{lead}select top (0) * from {source}{after}", SqlDialects.SqlServer.SelectColumns(new Model { Sql = sql }));
    }

    [Fact]
    public void Synapse_knows_no_offset_so_the_order_is_left_out() =>
        Assert.Equal("select * from (select a as n from t\n) as pendosync_model",
            All(SqlDialects.Synapse, "select a as n from t order by a"));

    [Theory]
    [InlineData("select a as n from t order by a", "select a as n from t order by a\nlimit 18446744073709551615")]
    [InlineData("select a as n from t order by a limit 3", "select a as n from t order by a limit 3")]
    [InlineData("select group_concat(a order by a) as n from t", "select group_concat(a order by a) as n from t")]
    public void MySql_keeps_an_order_by_a_limit(string sql, string body) =>
        Assert.Equal($"select * from ({body}\n) as pendosync_model", All(SqlDialects.MySql, sql));

    // Case of a letter, comment or clause: what one read takes all take, so that no second run meets what the first one did not.
    [Theory]
    [InlineData("postgres")]
    [InlineData("mysql")]
    [InlineData("sqlserver")]
    [InlineData("synapse")]
    [InlineData("sqlite")]
    [InlineData("snowflake")]
    [InlineData("bigquery")]
    [InlineData("databricks")]
    public void Every_read_of_a_system_has_the_query_in_the_same_shape(string name)
    {
        const string Sql = "-- people\nselect id, 'a;b' as n /* ; */ from t; -- done";
        var dialect = Dialect(name);
        var query = All(dialect, Sql)["select * from ".Length..];
        Assert.DoesNotContain("done", query, StringComparison.Ordinal);
        foreach (var read in (string[])[dialect.SelectSample(new Model { Sql = Sql }), dialect.SelectColumns(new Model { Sql = Sql }),
            One(dialect, Sql), dialect.Select(new Model { Sql = Sql }, ReadFrom.At("n", CursorValue.Of(1m))).Text])
            Assert.Contains(query, read, StringComparison.Ordinal);
    }

    [Fact]
    public void Elasticsearch_runs_a_query_as_it_is_and_brackets_it_only_to_filter()
    {
        Assert.Equal("select a, count(*) from t group by a", All(SqlDialects.Elasticsearch, "select a, count(*) from t group by a;"));
        Assert.StartsWith("select * from (select a from t\n) as pendosync_model where",
            One(SqlDialects.Elasticsearch, "select a from t"), StringComparison.Ordinal);
    }

    private static string All(SqlDialect dialect, string sql) => dialect.Select(new Model { Sql = sql }, null).Text;

    private static string One(SqlDialect dialect, string sql) =>
        dialect.Select(new Model { Sql = sql }, ReadFrom.OneKey("n", "1"), new WarehouseColumn(0, "n", ColumnKind.Integer, "")).Text;

    private static SqlDialect Dialect(string name) => name switch
    {
        "postgres" => SqlDialects.Postgres,
        "mysql" => SqlDialects.MySql,
        "sqlserver" => SqlDialects.SqlServer,
        "synapse" => SqlDialects.Synapse,
        "bigquery" => SqlDialects.BigQuery,
        "snowflake" => SqlDialects.Snowflake,
        "databricks" => SqlDialects.Databricks,
        "elasticsearch" => SqlDialects.Elasticsearch,
        _ => SqlDialects.Sqlite,
    };
}
