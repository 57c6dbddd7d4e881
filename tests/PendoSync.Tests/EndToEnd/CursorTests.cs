using PendoSync.Batches;
using PendoSync.Reports;
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
        world.Execute(
            "create table visitors(id text, plan text, updated_at timestamp); insert into visitors values ('a','x','2026-01-01 "
            + "10:00:00'),('b','x','2026-01-01 12:00:00')");
        world.Sync("health", Sync);
        Assert.Equal(2, (await world.RunAsync("health")).Counts.Accepted);

        world.Execute("insert into visitors values ('c','x','2026-01-01 11:30:00'),('d','x','2026-01-01 09:00:00')");
        var second = await world.RunAsync("health");

        // b has the cursor's own value, c is late by half an hour; d is older than the lookback of 1 h, and waits for the next full read.
        Assert.Equal((2L, 1L, 1L, false), (second.Counts.Read, second.Counts.Unchanged, second.Counts.Accepted, second.Full));
        var full = await world.RunAsync("health", RunMode.Full);
        Assert.Equal((4L, 4L), (full.Counts.Read, full.Counts.Accepted));
    }

    private const string Events = """
        model: { table: events, cursor: n, lookback: 10 }
        object: track_event
        behavior: send
        app: web-app
        key: id
        event: { name: { constant: used }, visitor_id: who, timestamp: at, properties: { ref: id } }
        """;

    [Fact]
    public async Task An_event_of_a_writer_that_committed_late_is_sent()
    {
        await using var world = await Installation.StartAsync();
        var at = DateTimeOffset.UtcNow.AddMinutes(-5).ToString("yyyy-MM-dd HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);
        world.Execute(
            $"create table events(id text, n integer, who text, at timestamp); insert into events values ('e1', 1, 'v', "
            + $"'{at}'), ('e3', 3, 'v', '{at}')");
        world.Sync("used", Events);
        Assert.Equal(2, (await world.RunAsync("used")).Counts.Accepted);

        world.Execute($"insert into events values ('e2', 2, 'v', '{at}')");
        var second = await world.RunAsync("used");

        Assert.Equal((3L, 2L, 1L, false), (second.Counts.Read, second.Counts.Unchanged, second.Counts.Accepted, second.Full));
    }

    [Fact]
    public async Task Events_after_a_plain_number_without_a_count_to_look_back_are_refused_with_what_to_write()
    {
        await using var world = await Installation.StartAsync();
        world.Execute("create table events(id text, n integer, who text, at timestamp)");
        world.Sync("used", Events.Replace(", lookback: 10", "", StringComparison.Ordinal));
        var run = await world.RunAsync("used");
        Assert.Equal((RunState.Failed, ProblemKind.Configuration), (run.State, run.Error!.Kind));
        Assert.Contains("lookback: 1000", run.Error.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_that_is_invalid_today_and_valid_tomorrow_is_sent_and_explain_said_so()
    {
        await using var world = await Installation.StartAsync();
        var at = DateTimeOffset.UtcNow.AddMinutes(-5).ToString("yyyy-MM-dd HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);
        world.Execute(
            $"create table events(id text, n integer, who text, at timestamp); insert into events values ('late', 1, null, '{at}'), "
            + $"('e100', 100, 'v', '{at}')");
        world.Sync("used", Events);
        Assert.Equal((1L, 1L), (await world.RunAsync("used")) is var first ? (first.Counts.Accepted, first.Counts.Invalid) : default);

        world.Execute("update events set who = 'v' where id = 'late'");
        var told = await world.ExplainAsync("used", "late");
        Assert.Equal(NextDecision.BehindCursor, told.Decision);
        Assert.Contains("looked up by its key at", told.Because, StringComparison.Ordinal);
        world.Clock.Ahead = TimeSpan.FromHours(2);
        var due = await world.RunAsync("used");

        Assert.Equal((1L, false), (due.Counts.Accepted, due.Full));
        Assert.Equal(0, (await world.RunAsync("used")).Counts.Planned);
    }

    [Fact]
    public async Task An_event_far_behind_the_cursor_waits_for_the_daily_full_read_and_is_sent_once()
    {
        await using var world = await Installation.StartAsync();
        var at = DateTimeOffset.UtcNow.AddMinutes(-5).ToString("yyyy-MM-dd HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);
        world.Execute(
            $"create table events(id text, n integer, who text, at timestamp); insert into events values ('e100', 100, 'v', '{at}')");
        world.Sync("used", Events);
        Assert.Equal(1, (await world.RunAsync("used")).Counts.Accepted);
        world.Execute($"insert into events values ('e1', 1, 'v', '{at}')");

        Assert.Equal(0, (await world.RunAsync("used")).Counts.Accepted);
        Assert.Contains("the full read at", (await world.ExplainAsync("used", "e1")).Because, StringComparison.Ordinal);
        world.Clock.Ahead = TimeSpan.FromHours(25);
        var full = await world.RunAsync("used");

        Assert.Equal((2L, 1L, 1L, true), (full.Counts.Read, full.Counts.Unchanged, full.Counts.Accepted, full.Full));
    }

    [Fact]
    public async Task A_key_with_two_rows_is_decided_alike_by_full_reads_and_reads_from_the_cursor()
    {
        await using var world = await Installation.StartAsync("visitor:plan:string");
        world.Execute(
            "create table visitors(id text, plan text, updated_at timestamp); insert into visitors values ('a','old','2026-01-01 "
            + "10:00:00'),('a','new','2026-01-01 12:00:00')");
        world.Sync("health", Sync.Replace("update_only", "update_or_create", StringComparison.Ordinal));
        Assert.Equal((1L, 1L), (await world.RunAsync("health")) is var first ? (first.Counts.Accepted, first.Counts.Invalid) : default);

        // The read from the cursor on meets the newer row only.
        world.Execute("update visitors set plan = 'newer', updated_at = '2026-01-01 13:00:00' where plan = 'new'");
        var plan = await world.PlanAsync("health");
        Assert.Contains(plan.Notices, n => n.StartsWith("1 key has more than one row", StringComparison.Ordinal));
        var second = await world.RunAsync("health");
        Assert.Equal((1L, 1L, 0L), (second.Counts.Read, second.Counts.Invalid, second.Counts.Accepted));

        world.Execute("delete from visitors where plan = 'old'");
        world.Clock.Ahead = TimeSpan.FromHours(25);
        Assert.Equal(1, (await world.RunAsync("health")).Counts.Accepted);
        world.Execute("update visitors set plan = 'newest', updated_at = '2026-01-01 14:00:00'");
        Assert.Equal((false, 1L), (await world.RunAsync("health")) is var last ? (last.Full, last.Counts.Accepted) : default);
    }

    [Fact]
    public async Task A_refused_record_that_is_due_is_read_by_its_key()
    {
        await using var world = await Installation.StartAsync("visitor:plan:string");
        await world.Simulator.Control.SeedAsync("visitor", "known");
        world.Execute(
            "create table visitors(id text, plan text, updated_at timestamp); insert into visitors values ('stranger','x','2026-01-01 "
            + "08:00:00'),('known','x','2026-01-01 12:00:00')");
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
