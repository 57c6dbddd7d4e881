using System.Text.Json;
using Npgsql;
using PendoSync.Tests.Warehouses;
using PendoSync.Tests.Warehouses.Postgres;

namespace PendoSync.Tests.Cli;

/// <summary>What users met in their warehouses and secrets, as they met it: a small project, and the command line on it.</summary>
[Collection(PostgresCollection.Name)]
public sealed class WarehouseCaseTests(PostgresFixture postgres)
{
    private const string Sync = """
        name: s
        warehouse: local
        pendo: sim
        object: visitor
        behavior: update_or_create
        key: id
        create_fields: true
        fields: { plan: plan }

        """;

    [Theory]
    [InlineData("select id, plan, upd from t; -- done")]
    [InlineData("-- all of them\n    with w as (select * from t) select id, plan, upd from w order by upd desc;;\n    /* ; */")]
    public async Task Semicolons_and_comments_are_no_matter_to_any_read(string sql)
    {
        await using var world = await WithAsync("create table t(id text, plan text, upd text); insert into t values " +
            "('a','x','2026-01-01T00:00:00Z'),('b','y','2026-01-02T00:00:00Z')", $"model:\n  sql: |\n    {sql}\n  cursor: upd\n");
        (await world.RunAsync("validate")).Ended(0);
        (await world.RunAsync("check")).Ended(0);
        (await world.RunAsync("plan", "s")).Ended(0);
        foreach (var accepted in (int[])[2, 0])
            Assert.Equal(accepted, (await world.RunAsync("run", "s", "--json")).Ended(0).Run.GetProperty("accepted").GetInt32());
        Assert.Equal("unchanged", (await ExplainAsync(world, "a")).GetProperty("decision").GetString());
        Assert.Equal(1, (await world.RunAsync("run", "s", "--key", "b", "--json")).Ended(0).Run.GetProperty("read").GetInt32());
    }

    [Fact]
    public async Task Several_statements_are_refused_by_every_read_and_none_of_them_is_run()
    {
        await using var world = await WithAsync("create table t(id text, plan text, upd text); insert into t values " +
            "('a','x','2026-01-01T00:00:00Z')",
            "model:\n  sql: |\n    select id, plan, upd from t; delete from t\n  cursor: upd\n");
        foreach (var command in (string[][])[["check"], ["plan", "s"], ["run", "s"], ["run", "s", "--key", "a"], ["explain", "s", "a"]])
        {
            var result = (await world.RunAsync(command)).Ended(2);
            Assert.Contains("several statements", result.Output + result.Error, StringComparison.Ordinal);
        }

        world.Edit("syncs/s.yaml", "; delete from t", "");
        Assert.Equal(1, (await world.RunAsync("run", "s", "--json")).Ended(0).Run.GetProperty("accepted").GetInt32());
    }

    // A file that PowerShell wrote, a copy from a web page, a line break of an editor.
    [Theory]
    [InlineData("\uFEFFdemo-key")]
    [InlineData("demo-key\r\n")]
    [InlineData(" \t\uFEFFdemo-key\u00A0\n")]
    public async Task Secret_loses_what_editors_and_shells_put_around_it(string key)
    {
        await using var world = await WithAsync("create table t(id text, plan text)", "model: { table: t }\n");
        world.Write(".env", "");
        (await RunWithAsync(world, key, "check")).Ended(0);
    }

    [Theory]
    [InlineData("demo\u200B-key", "U+200B at place 5 of 9")]
    [InlineData("demo\n-key", "U+000A at place 5 of 9")]
    [InlineData("demo-ключ", "U+043A at place 6 of 9")]
    public async Task Character_that_no_header_holds_is_named_and_its_secret_is_not_shown(string key, string says)
    {
        await using var world = await WithAsync("create table t(id text, plan text)", "model: { table: t }\n");
        world.Write(".env", "");
        var check = (await RunWithAsync(world, key, "check")).Ended(2);
        var shown = check.Output + check.Error;
        Assert.Contains(says, shown, StringComparison.Ordinal);
        Assert.Contains("pendo-key", shown, StringComparison.Ordinal);
        Assert.DoesNotContain(key, shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_speaks_of_no_other_key_that_the_warehouse_takes_for_the_same()
    {
        await using var world = await WithAsync("create table t(id text collate nocase, plan text); insert into t values('Alice','x')",
            "model: { table: t }\n");
        (await world.RunAsync("run", "s")).Ended(0);
        var other = await ExplainAsync(world, "alice");
        Assert.Equal(("missing", JsonValueKind.Null), (other.GetProperty("decision").GetString(), Kind(other, "link")));
        Assert.Contains("'Alice'", other.GetProperty("because").GetString(), StringComparison.Ordinal);
        Assert.Equal("unchanged", (await ExplainAsync(world, "Alice")).GetProperty("decision").GetString());
        Assert.Equal(0, (await world.RunAsync("run", "s", "--key", "alice", "--json")).Run.GetProperty("read").GetInt32());
    }

    [PostgresTheory]
    [InlineData("postgres")]
    [InlineData("redshift")]
    public async Task Padding_of_char_is_no_part_of_a_key_or_a_value(string type)
    {
        await postgres.ExecuteAsync("drop table if exists padded_case; create table padded_case(id char(10), plan char(6)); " +
            "insert into padded_case values('acme','pro'),('globex','free')");
        await using var world = await WithAsync("", "model: { table: padded_case }\n");
        Connect(world, type, postgres.Database);
        Assert.Equal(2, (await world.RunAsync("run", "s", "--json")).Ended(0).Run.GetProperty("accepted").GetInt32());
        var record = Assert.Single(await world.Pendo.Control.RecordsAsync("visitor").Where(v => v.GetProperty("id").GetString() == "acme")
            .ToListAsync());
        Assert.Equal("pro", record.GetProperty("custom").GetProperty("plan").GetString());
        Assert.Equal("unchanged", (await ExplainAsync(world, "acme")).GetProperty("decision").GetString());
        Assert.Equal("missing", (await ExplainAsync(world, "acme      ")).GetProperty("decision").GetString());
    }

    [PostgresFact]
    public async Task Bad_byte_of_a_database_without_encoding_costs_its_row_alone()
    {
        await postgres.ExecuteAsync("drop database if exists ascii_case with (force)");
        await postgres.ExecuteAsync("create database ascii_case encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C' template template0");
        await using (var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(postgres.ConnectionString)
        {
            Database = "ascii_case",
            ClientEncoding = "SQL_ASCII",
            Pooling = false,
        }.ConnectionString))
        {
            await connection.OpenAsync();
            await using var fill = new NpgsqlCommand("create table t(id text, plan text, upd timestamptz); insert into t values " +
                @"('good1','ok','2026-01-01'),('bad',E'Z\xfcrich','2026-01-01'),('good2','ok','2026-01-02')", connection);
            await fill.ExecuteNonQueryAsync();
        }

        await using var world = await WithAsync("", "model: { table: t }\n");
        Connect(world, "postgres", "ascii_case");
        (await world.RunAsync("check")).Ended(0);
        var run = (await world.RunAsync("run", "s", "--json")).Run;
        Assert.Equal((3, 2, 1), (run.GetProperty("read").GetInt32(), run.GetProperty("accepted").GetInt32(),
            run.GetProperty("invalid").GetInt32()));
        var rejected = await world.RunAsync("problems", "s");
        Assert.Contains("bad", rejected.Output, StringComparison.Ordinal);
    }

    private static async Task<CliWorld> WithAsync(string sql, string model)
    {
        var world = await CliWorld.CreateAsync(visitors: 0);
        File.Delete(Path.Combine(world.Folder, "syncs", "visitors.yaml"));
        world.Write("syncs/s.yaml", Sync + model);
        if (sql.Length > 0)
            world.Execute(sql);
        return world;
    }

    private void Connect(CliWorld world, string type, string database)
    {
        world.Edit("pendosync.yaml", "local: { type: sqlite, file: warehouse.db }", $"local: {{ type: {type}, host: {postgres.Host}, " +
            $"port: {postgres.Port}, database: {database}, user: {postgres.User}, password: \"${{secret:warehouse}}\" }}");
        File.AppendAllText(Path.Combine(world.Folder, ".env"), $"WAREHOUSE='{postgres.Password}'\n");
    }

    private static Task<CliResult> RunWithAsync(CliWorld world, string key, string command) =>
        CliProcess.RunAsync([command, "--project", world.Folder], new Dictionary<string, string>
        {
            ["PENDO_KEY"] = key,
            ["TRACK_SECRET"] = "demo-secret",
        });

    private static async Task<JsonElement> ExplainAsync(CliWorld world, string key) =>
        (await world.RunAsync("explain", "s", key, "--json")).Json;

    private static JsonValueKind Kind(JsonElement story, string member) =>
        story.TryGetProperty(member, out var value) ? value.ValueKind : JsonValueKind.Null;
}
