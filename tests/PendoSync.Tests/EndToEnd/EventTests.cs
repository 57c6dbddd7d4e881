using PendoSync.State;

namespace PendoSync.Tests.EndToEnd;

public sealed class EventTests
{
    private const string Sync = """
        model: { table: invoices }
        object: track_event
        behavior: send
        app: web-app
        key: id
        event:
          name: { constant: invoice_paid }
          visitor_id: user_id
          account_id: account_id
          timestamp: paid_at
          properties: { amount: amount }
          context: { url: page }
        """;

    [Fact]
    public async Task Every_event_is_sent_once_whatever_reappears()
    {
        await using var world = await Installation.StartAsync();
        world.Execute("create table invoices(id text, user_id text, account_id text, paid_at text, amount real, page text)");
        Fill(world, 1, 250);
        world.Sync("invoices", Sync);

        var first = await world.RunAsync("invoices");
        Assert.Null(first.Error);
        Assert.Equal((RunState.Completed, 250L, 250L), (first.State, first.Counts.Accepted, first.Counts.Calls));

        world.Execute("delete from invoices");
        Fill(world, 1, 260);
        var second = await world.RunAsync("invoices");
        Assert.Equal((250L, 10L), (second.Counts.Unchanged, second.Counts.Accepted));

        var events = await world.Simulator.Control.EventsAsync().ToListAsync();
        Assert.Equal(260, events.Count);
        Assert.Equal(260, events.Select(e => e.VisitorId).Distinct(StringComparer.Ordinal).Count());
    }

    [Theory]
    [InlineData("2 hours", "remember: 1h", "older_than_remembered")]
    [InlineData("8 days", "schedule: none", "too_old")]
    public async Task A_table_that_begins_with_old_events_is_no_mistake_of_the_mapping(string age, string more, string rule)
    {
        await using var world = await Installation.StartAsync();
        world.Execute("create table invoices(id text, user_id text, account_id text, paid_at text, amount real, page text); "
            + "insert into invoices with recursive n(i) as (select 1 union all select i + 1 from n where i < 30) select i, 'u', 'a', "
            + $"strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-{age}'), 1, 'p' from n");
        world.Sync("invoices", $"{Sync}\n{more}\n");

        var check = Assert.Single((await world.CheckAsync("invoices")).Checks, c => c.Name == "sync invoices");
        Assert.True(check.Ok);
        Assert.Contains($"20 of the first 20 rows are invalid: column 'paid_at': ", check.Message, StringComparison.Ordinal);
        Assert.Contains(rule, check.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_that_Pendo_would_drop_are_invalid_with_their_rule()
    {
        await using var world = await Installation.StartAsync();
        world.Execute("create table invoices(id text, user_id text, account_id text, paid_at text, amount real, page text)");
        Fill(world, 1, 3);
        world.Execute(
            "insert into invoices values ('old','u','a',strftime('%Y-%m-%dT%H:%M:%SZ','now','-8 "
            + "days'),1,'p'),('future','u','a',strftime('%Y-%m-%dT%H:%M:%SZ','now','+1 "
            + "hour'),1,'p'),('nobody',null,'a',strftime('%Y-%m-%dT%H:%M:%SZ','now'),1,'p')");
        world.Sync("invoices", Sync);

        var run = await world.RunAsync("invoices");

        Assert.Equal((6L, 3L, 3L), (run.Counts.Read, run.Counts.Invalid, run.Counts.Accepted));
    }

    [Fact]
    public async Task Start_now_whose_first_run_broke_off_sends_nothing_that_was_there()
    {
        await using var world = await Installation.StartAsync();
        world.Execute("create table paid(id text, user_id text, account_id text, paid_at text, amount real, page text)");
        Fill(world, 1, 600, "paid");
        // The read fails in its middle: SQLite has no absolute value for the lowest integer.
        world.Execute("create view invoices as select *, case when rowid = 300 then abs(-9223372036854775807 - 1) end as fault from paid");
        world.Sync("invoices", Sync + "\nstart: now");

        Assert.Equal(RunState.Failed, (await world.RunAsync("invoices")).State);
        world.Execute("drop view invoices; create view invoices as select * from paid");
        var second = await world.RunAsync("invoices");
        Assert.Equal((RunState.Completed, 600L, 0L, 0L),
            (second.State, second.Counts.Unchanged, second.Counts.Planned, second.Counts.Calls));

        Fill(world, 601, 605, "paid");
        var third = await world.RunAsync("invoices");
        Assert.Equal((600L, 5L), (third.Counts.Unchanged, third.Counts.Accepted));
        var events = await world.Simulator.Control.EventsAsync().Select(e => e.VisitorId).ToListAsync();
        Assert.Equal(["user-601", "user-602", "user-603", "user-604", "user-605"], events.Order(StringComparer.Ordinal));
    }

    private static void Fill(Installation world, int from, int to, string table = "invoices") => world.Execute(
        $"with recursive n(i) as (select {from} union all select i+1 from n where i<{to}) insert into {table} select 'inv-'||i, "
            + "'user-'||i, 'acme', strftime('%Y-%m-%dT%H:%M:%SZ','now','-'||i||' minutes'), i*1.5, '/billing' from n");
}
