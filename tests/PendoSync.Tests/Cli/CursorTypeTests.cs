using PendoSync.Tests.Warehouses.Postgres;

namespace PendoSync.Tests.Cli;

/// <summary>A cursor column whose type changes: what was saved of the former says nothing of the new one, so all is read.</summary>
[Collection(PostgresCollection.Name)]
public sealed class CursorTypeTests(PostgresFixture postgres)
{
    private const string Model = "model: { table: timed, cursor: at, lookback: 0s }";

    [Theory]
    [InlineData("timestamp", "date", "2026-01-21")]
    [InlineData("timestamp", "timestamptz", "2026-01-20 23:30:00+01:00")]
    [InlineData("timestamptz", "timestamp", "2026-01-20 08:00:00")]
    [InlineData("timestamp", "decimal", "7")]
    [InlineData("decimal", "timestamp", "2026-01-20 08:00:00")]
    public async Task SQLite_reads_everything_once(string before, string after, string late)
    {
        await using var world = await CliWorld.CreateAsync(visitors: 0);
        world.Edit("syncs/visitors.yaml", "model: { table: visitors }", Model);
        Fill(before, before == "decimal" ? "8" : "2026-01-21 18:23:00");
        await AssertReadOnceAsync(world, () =>
        {
            Fill(after, late);
            return Task.CompletedTask;
        });

        void Fill(string type, string at) => world.Execute($"drop table if exists timed; create table timed (visitor_id text, plan text, "
            + $"seats integer, at {type}); insert into timed values ('a', 'pro', 1, '{at}'), ('b', 'pro', 1, '{at}')");
    }

    [PostgresTheory]
    [InlineData("date")]
    [InlineData("bigint using 5")]
    [InlineData("timestamp")]
    [InlineData("text using to_char(at, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")]
    public async Task PostgreSQL_reads_everything_once(string type)
    {
        await using var world = await CliWorld.CreateAsync(visitors: 0);
        await postgres.ExecuteAsync("drop table if exists timed; "
            + "create table timed (visitor_id text, plan text, seats int, at timestamptz); "
            + "insert into timed values ('a', 'pro', 1, '2026-01-21 18:23Z'), ('b', 'pro', 1, '2026-01-21 18:23Z')");
        world.Edit("syncs/visitors.yaml", "model: { table: visitors }", Model);
        world.Edit("pendosync.yaml", "{ type: sqlite, file: warehouse.db }",
            $"{{ type: postgres, host: {postgres.Host}, port: {postgres.Port}, database: {postgres.Database}, user: {postgres.User}, "
            + "password: \"${secret:warehouse}\" }");
        world.Write(".env", await File.ReadAllTextAsync(Path.Combine(world.Folder, ".env")) + $"\nWAREHOUSE={postgres.Password}\n");
        await AssertReadOnceAsync(world, () => postgres.ExecuteAsync("alter table timed alter at type " + type));
    }

    private static async Task AssertReadOnceAsync(CliWorld world, Func<Task> change)
    {
        Assert.Equal((true, 2), await RunAsync(world));
        Assert.Equal((false, 2), await RunAsync(world));
        await change();
        var plan = (await world.RunAsync("plan", "visitors", "--json")).Ended(0).Json.GetProperty("syncs")[0];
        Assert.True(plan.GetProperty("full").GetBoolean());
        var run = (await world.RunAsync("run", "visitors", "--json")).Ended(0).Run;
        Assert.Equal((true, 2, 2), (run.GetProperty("full").GetBoolean(), run.GetProperty("read").GetInt32(),
            run.GetProperty("unchanged").GetInt32()));
        foreach (var story in new[] { plan, run })
            Assert.Contains("The column 'at' has another type than the saved cursor: everything was read.",
                story.GetProperty("notices").EnumerateArray().Select(n => n.GetString()));
        Assert.False((await RunAsync(world)).Full);
    }

    private static async Task<(bool Full, int Read)> RunAsync(CliWorld world)
    {
        var run = (await world.RunAsync("run", "visitors", "--json")).Ended(0).Run;
        return (run.GetProperty("full").GetBoolean(), run.GetProperty("read").GetInt32());
    }
}
