using PendoSync.Batches;
using PendoSync.State;

namespace PendoSync.Tests.EndToEnd;

public sealed class CursorTests
{
    private const string Sync = """
        model: { table: visitors, cursor: updated_at }
        object: visitor
        behavior: update_only
        key: id
        fields: { plan: plan }
        """;

    [Fact]
    public async Task Only_rows_from_the_cursor_on_are_read_and_late_rows_inside_lookback_are_found()
    {
        await using var world = await Installation.StartAsync("visitor:plan:string");
        await world.Simulator.Control.SeedAsync("visitor", "a", "b", "c", "d");
        world.Execute("create table visitors(id text, plan text, updated_at timestamp); insert into visitors values ('a','x','2026-01-01 10:00:00'),('b','x','2026-01-01 12:00:00')");
        world.Sync("health", Sync);
        Assert.Equal(2, (await world.RunAsync("health")).Counts.Accepted);

        world.Execute("insert into visitors values ('c','x','2026-01-01 11:30:00'),('d','x','2026-01-01 09:00:00')");
        var second = await world.RunAsync("health");

        // b has the cursor's own value, c is late by half an hour; d is older than the lookback of 1 h, and waits for the next full read.
        Assert.Equal((2L, 1L, 1L, false), (second.Counts.Read, second.Counts.Unchanged, second.Counts.Accepted, second.Full));
        var full = await world.RunAsync("health", RunMode.Full);
        Assert.Equal((4L, 4L), (full.Counts.Read, full.Counts.Accepted));
    }

    [Fact]
    public async Task A_refused_record_that_is_due_is_read_by_its_key()
    {
        await using var world = await Installation.StartAsync("visitor:plan:string");
        await world.Simulator.Control.SeedAsync("visitor", "known");
        world.Execute("create table visitors(id text, plan text, updated_at timestamp); insert into visitors values ('stranger','x','2026-01-01 08:00:00'),('known','x','2026-01-01 12:00:00')");
        world.Sync("health", Sync);
        var first = await world.RunAsync("health");
        Assert.Equal((1L, 1L), (first.Counts.Accepted, first.Counts.NotFound));

        await world.Simulator.Control.SeedAsync("visitor", "stranger");
        var early = await world.RunAsync("health");
        Assert.Equal((1L, 1L), (early.Counts.Read, early.Counts.Unchanged));

        world.Clock.Ahead = TimeSpan.FromHours(2);
        var due = await world.RunAsync("health");
        Assert.Equal((2L, 1L, 1L), (due.Counts.Read, due.Counts.Unchanged, due.Counts.Accepted));
        Assert.Equal(RunState.Completed, due.State);
    }
}
