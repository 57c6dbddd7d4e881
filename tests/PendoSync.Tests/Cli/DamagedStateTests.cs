using System.Text.Json;
using PendoSync.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Cli;

/// <summary>A row of the state that nobody can read: what is said about it, and what the fix that is said does.</summary>
public sealed class DamagedStateTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reset_replaces_a_damaged_checkpoint_and_the_next_run_sends_everything(bool unreadable)
    {
        await using var world = await CliWorld.CreateAsync(visitors: 20, events: 5);
        (await world.RunAsync("run")).Ended(0);
        (await world.RunAsync("pause", "visitors")).Ended(0);
        await DamageAsync(world, Tables.Checkpoints, "visitors", "seeds", unreadable);

        AssertResetIsTheFix((await world.RunAsync("status", "--json")).Ended(3), "visitors");
        // The other syncs run, and the report has its one shape.
        var runs = (await world.RunAsync("run", "--json")).Ended(3).Json.GetProperty("runs").EnumerateArray().ToList();
        Assert.Equal([("events", "completed"), ("visitors", "failed")],
            runs.Select(r => (r.GetProperty("sync").GetString()!, r.GetProperty("state").GetString()!)));
        Assert.Equal("state", runs[1].GetProperty("error").GetProperty("kind").GetString());

        (await world.RunAsync("reset", "visitors")).Ended(0);
        (await world.RunAsync("resume", "visitors")).Ended(0);
        var run = (await world.RunAsync("run", "visitors", "--json")).Ended(0).Run;
        Assert.Equal(("completed", 20), (run.GetProperty("state").GetString(), run.GetProperty("accepted").GetInt32()));
        Assert.Equal(20, (await world.RunAsync("run", "visitors", "--json")).Ended(0).Run.GetProperty("unchanged").GetInt32());
    }

    [Fact]
    public async Task A_sync_that_was_paused_stays_paused_when_its_checkpoint_is_replaced()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 1);
        (await world.RunAsync("pause", "visitors")).Ended(0);
        await DamageAsync(world, Tables.Checkpoints, "visitors", "seeds", unreadable: false);
        (await world.RunAsync("reset", "visitors")).Ended(0);

        Assert.True((await world.RunAsync("status", "--json")).Ended(0).Json.GetProperty("items")[0].GetProperty("paused").GetBoolean());
        var refused = (await world.RunAsync("run", "visitors", "--json")).Ended(1).Run.GetProperty("error");
        Assert.Equal(("conflict", "the sync is paused"),
            (refused.GetProperty("kind").GetString(), refused.GetProperty("message").GetString()));
        (await world.RunAsync("resume", "visitors")).Ended(0);
        Assert.Equal(1, (await world.RunAsync("run", "visitors", "--json")).Ended(0).Run.GetProperty("accepted").GetInt32());
    }

    [Fact]
    public async Task Reset_of_a_damaged_ledger_sends_no_event_again_unless_told_to()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 1, events: 30);
        (await world.RunAsync("run", "events")).Ended(0);
        await DamageAsync(world, Tables.Checkpoints, "events", "cursor", unreadable: false);

        var refused = (await world.RunAsync("reset", "events", "--json")).Ended(3).Json.GetProperty("error");
        Assert.Contains("would send every event of the model again", refused.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Contains("reset events --forget-events", refused.GetProperty("fix").GetString(), StringComparison.Ordinal);
        var failed = (await world.RunAsync("run", "events", "--json")).Ended(3).Run.GetProperty("error");
        Assert.Equal(("state", "sync 'events'"), (failed.GetProperty("kind").GetString(), failed.GetProperty("place").GetString()));

        var reset = (await world.RunAsync("reset", "events", "--forget-events", "--json")).Ended(0).Json;
        Assert.Equal((30, true), (reset.GetProperty("go_again").GetInt32(), reset.GetProperty("forgot_events").GetBoolean()));
        Assert.Contains("sends 30 events; which of them Pendo has already received is lost", reset.GetProperty("message").GetString(),
            StringComparison.Ordinal);
        Assert.Equal(30, (await world.RunAsync("run", "events", "--json")).Ended(0).Run.GetProperty("accepted").GetInt32());
    }

    [Fact]
    public async Task Reset_with_forget_events_works_also_when_the_snapshot_is_damaged()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 1, events: 30);
        world.Edit("syncs/events.yaml", "key: id", "key: id\nstart: now");
        (await world.RunAsync("run", "events")).Ended(0);
        new SqliteFile(StateOf(world)).Execute($"update entities set small = x'FFFFFFFF0F' where tbl = '{Tables.Snapshots}'");

        var failed = (await world.RunAsync("run", "events", "--json")).Ended(3).Run;
        Assert.Contains("--forget-events", failed.GetProperty("error").GetProperty("fix").GetString(), StringComparison.Ordinal);
        Assert.Equal(30, (await world.RunAsync("reset", "events", "--forget-events", "--json"))
            .Ended(0).Json.GetProperty("go_again").GetInt32());
        Assert.Equal(30, (await world.RunAsync("run", "events", "--json")).Ended(0).Run.GetProperty("accepted").GetInt32());
    }

    [Fact]
    public async Task Reset_ends_the_run_that_was_active_and_the_next_one_waits_for_what_it_sent()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 400, batchSize: "10");
        await world.Pendo.Control.AddFaultsAsync(new PendoSimulator.Faults.FaultRule
        {
            Endpoint = "value_bulk",
            Action = PendoSimulator.Faults.FaultAction.Delay,
            Milliseconds = 150
        });
        using (var killed = world.Start("run", "visitors"))
        {
            await world.UntilAsync(s => s.Records.GetValueOrDefault("visitor") >= 30);
            await killed.SignalAsync("KILL");
            await killed.EndAsync();
        }

        await world.Pendo.Control.ClearFaultsAsync();
        var active = (await world.RunAsync("runs", "visitors", "--json")).Ended(0).Json.GetProperty("items")[0]
            .GetProperty("run_id").GetString()!;
        await DamageAsync(world, Tables.Receipts, ReceiptTable.PartitionOf(active, 1), "kind", unreadable: true);
        await DamageAsync(world, Tables.Checkpoints, "visitors", "ended", unreadable: false);
        var cancelled = (await world.RunAsync("reset", "visitors", "--json")).Ended(0).Json.GetProperty("cancelled_run").GetString();
        var run = Assert.Single((await world.RunAsync("runs", "visitors", "--json")).Ended(0).Json.GetProperty("items").EnumerateArray());
        Assert.Equal((active, active, "cancelled"),
            (cancelled, run.GetProperty("run_id").GetString(), run.GetProperty("state").GetString()));
        await using (var store = new SqliteTableStore(StateOf(world), TimeProvider.System))
        {
            var attempt = Assert.Single((await new CheckpointTable(store).ReadAsync("visitors", default)).Ended);
            Assert.Equal(new EndedAttempt(cancelled!, 1, 0, Settled: false, Counts: false), attempt);
        }

        Assert.Equal(400, (await world.RunAsync("run", "visitors", "--json")).Ended(0).Run.GetProperty("accepted").GetInt32());
    }

    [Theory]
    [InlineData(Tables.Runs, "counts", false)]
    [InlineData(Tables.Runs, "counts", true)]
    [InlineData(Tables.Rejections, "reason", true)]
    [InlineData(Tables.Receipts, "reasons", false)]
    [InlineData(Tables.Receipts, "totals", true)]
    public async Task Reset_is_a_true_fix_for_every_row_of_a_sync_that_names_it(string table, string property, bool unreadable)
    {
        await using var world = await CliWorld.CreateAsync(visitors: 20);
        world.Execute("insert into visitors values ('v-text', 'pro', 'many')");
        var first = (await world.RunAsync("run", "visitors", "--json")).Ended(0).Run.GetProperty("run_id").GetString()!;
        await DamageAsync(world, table, table == Tables.Receipts ? ReceiptTable.PartitionOf(first, 1) : "visitors", property, unreadable);

        var failed = (await world.RunAsync("run", "visitors", "--json")).Ended(3);
        Assert.Contains("pendosync reset", failed.Run.GetProperty("error").GetProperty("fix").GetString(), StringComparison.Ordinal);
        (await world.RunAsync("reset", "visitors")).Ended(0);
        (await world.RunAsync("runs", "visitors")).Ended(0);
        (await world.RunAsync("rejected", "visitors")).Ended(0);
        Assert.Equal(20, (await world.RunAsync("run", "visitors", "--json")).Ended(0).Run.GetProperty("accepted").GetInt32());
    }

    private static string StateOf(CliWorld world) => Path.Combine(world.Folder, ".pendosync", "state.db");

    private static void AssertResetIsTheFix(CliResult failed, string sync)
    {
        var error = failed.Json.GetProperty("error");
        Assert.Equal(("state", $"sync '{sync}'"), (error.GetProperty("kind").GetString(), error.GetProperty("place").GetString()));
        Assert.Contains($"pendosync reset {sync}", error.GetProperty("fix").GetString(), StringComparison.Ordinal);
    }

    // Unreadable: not even its properties can be told apart.
    internal static async Task DamageAsync(CliWorld world, string table, string partition, string property, bool unreadable)
    {
        if (unreadable)
        {
            new SqliteFile(StateOf(world))
                .Execute($"update entities set small = x'FFFFFFFF0F' where tbl = '{table}' and partition = '{partition}'");
            return;
        }

        await using var store = new SqliteTableStore(StateOf(world), TimeProvider.System);
        await foreach (var row in store.QueryAsync(table, partition, RowRange.All, null, default))
        {
            row[property] = "{ damaged";
            await store.UpsertAsync(table, row, default);
        }
    }
}
