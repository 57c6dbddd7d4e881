using Microsoft.Data.Sqlite;
using PendoSync.Loading;
using PendoSync.Sources;
using PendoSync.Tests.Loading;
using PendoSync.Warehouses;

namespace PendoSync.Tests.Warehouses.Sql;

/// <summary>A query keeps its meaning where YAML joins its lines, or is refused.</summary>
public sealed class FoldedQueryTests
{
    private static readonly string[] Parts =
    [
        "select id, plan from t", "where plan = 'x'", "-- only active", "where plan <> '--'", "/* c */", "-- it's", "order by id",
        "and plan = 'a -- b'", "--", "and \"id\" <> '' -- x", "/* -- */", "and '/*' <> plan -- '", "and [id] > '' /* ' */", "union all",
        "select 'it''s', 1 -- \"", "from t -- end", "and `plan` = 'y' --'", "/*", "*/", ", 5--3", "--'",
    ];

    // SQLite itself is the judge: what gives other rows, or another error, on one line than on several.
    [Fact]
    public void Query_means_what_its_lines_mean_or_is_refused()
    {
        using var database = new SqliteConnection("Data Source=:memory:");
        database.Open();
        Run(database, "create table t(id text, plan text); insert into t values('a','x'),('b','y'),('c','a -- b'),('d','--')");
        var random = new Random(17);
        var (refused, differ, wrongs) = (0, 0, new List<string>());
        for (var round = 0; round < 3000; round++)
        {
            string[] lines = [Parts[0], .. Enumerable.Range(0, random.Next(1, 5)).Select(_ => Parts[random.Next(Parts.Length)])];
            var style = random.Next(3);
            var sql = style switch
            {
                0 => "sql: >\n    " + string.Join("\n    ", lines),
                1 => "sql: '" + string.Join("\n    ", lines).Replace("'", "''", StringComparison.Ordinal) + "'",
                _ => "sql: \"" + string.Join("\n    ", lines).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"",
            };
            var loaded = Load(sql, "sqlite");
            if (loaded is null)
            {
                refused++;
                continue;
            }

            var asWritten = Run(database, string.Join('\n', lines));
            if (Run(database, loaded) != asWritten && asWritten != "error")
                wrongs.Add($"{sql}\n{asWritten}");
            differ += Run(database, string.Join(' ', lines)) == asWritten ? 0 : 1;
        }

        Assert.Empty(wrongs);
        Assert.InRange(refused, 300, 2700);
        Assert.InRange(differ, 0, 300);
    }

    [Theory]
    [InlineData("postgres", "select $$ -- a\n    $$, E'\\\\' -- b\n    from t", true)]
    [InlineData("postgres", "select $$ -- a\n    $$, /* /* -- */ -- */ b\n    from t", false)]
    [InlineData("postgres", "select a #> b\n    from t", false)]
    [InlineData("postgres", "select 'C:\\' -- yes\n    from t", true)]
    [InlineData("mysql", "select 5--3\n    from t", false)]
    [InlineData("mysql", "select 5 -- 3\n    from t", true)]
    [InlineData("mysql", "select 5 # 3\n    from t", true)]
    [InlineData("mysql", "select 'it\\'s -- no'\n    from t", false)]
    [InlineData("bigquery", "select 1 # one\n    from t", true)]
    [InlineData("bigquery", "select '''it's # no''', `a#b`\n    from t", false)]
    [InlineData("snowflake", "select 1 // one\n    from t", true)]
    [InlineData("snowflake", "select 'http://x'\n    from t", false)]
    [InlineData("sqlserver", "select [a -- b]\n    from t", false)]
    [InlineData("sqlserver", "select a -- b\n    from t", true)]
    [InlineData("synapse", "select a -- b\n    from t", true)]
    [InlineData("databricks", "select 'a' -- b\n    from t", true)]
    [InlineData("databricks", "select 'it\\'s -- no'\n    from t", false)]
    [InlineData("redshift", "select 'a--b'\n    from t", false)]
    [InlineData("redshift", "select 'a' -- b\n    from t", true)]
    [InlineData("elasticsearch", "select a -- b\n    from t", true)]
    [InlineData("postgres", "select a -- b", false)]
    [InlineData("postgres", "select a\n    from t -- b", false)]
    public void Comment_is_what_its_system_takes_for_one(string system, string sql, bool refused) =>
        Assert.Equal(refused, Load("sql: >\n    " + sql, system) is null);

    private static string? Load(string sql, string system)
    {
        var sync = Projects.Visitors.Replace("model: { table: analytics.visitor_health }", "model:\n  " + sql, StringComparison.Ordinal);
        var type = WarehouseTypes.All.First(t => t.Name == system);
        var loaded = ProjectLoader.Load(
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["pendosync.yaml"] = Projects.Connections.Replace(
                    ", host: db.example.com, password: \"${secret:warehouse-password}\"", "", StringComparison.Ordinal),
                ["syncs/a.yaml"] = sync,
            }, Projects.NoVariables,
            [new WarehouseType { Name = "database", Title = "Any", Settings = [], Create = type.Create, SqlWords = type.SqlWords },
                .. Projects.Types.Skip(1)]);
        return loaded.Problems.Any(p => p.Message.Contains("swallows", StringComparison.Ordinal)) ? null
            : Assert.Single(loaded.Project!.Syncs).Model.Sql;
    }

    private static string Run(SqliteConnection database, string sql)
    {
        try
        {
            using var command = database.CreateCommand();
            command.CommandText = sql;
            using var reader = command.ExecuteReader();
            var rows = new List<string>();
            while (reader.Read())
                rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(reader.GetValue)));
            return string.Join('\n', rows);
        }
        catch (SqliteException)
        {
            return "error";
        }
    }
}
