using PendoSimulator.Faults;
using PendoSync.State;

namespace PendoSync.Tests.EndToEnd;

/// <summary>Nothing that Pendo did not take counts as taken, and no run that delivers nothing ends well.</summary>
public sealed class NothingArrivesTests
{
    private const string Events = """
        model: { table: paid }
        object: track_event
        behavior: send
        app: web-app
        key: id
        event: { name: { constant: paid }, visitor_id: id, timestamp: at }
        """;

    private const string Visitors = """
        model: { table: rows }
        object: visitor
        behavior: update_or_create
        key: id
        fields: { plan: plan }
        batch_size: 10
        """;

    [Theory]
    [InlineData("at_least_once", 50L)]
    [InlineData("at_most_once", 0L)]
    public async Task A_page_in_the_place_of_an_answer_takes_no_event(string delivery, long sentLater)
    {
        await using var world = await EventsAsync(50, $"{Events}\ndelivery: {delivery}");
        await world.Simulator.Control.AddFaultsAsync(new FaultRule { Endpoint = "track", Action = FaultAction.Html });

        var run = await world.RunAsync("paid");

        Assert.Equal((RunState.Failed, ProblemKind.Configuration, 0L), (run.State, run.Error?.Kind, run.Counts.Accepted));
        Assert.Contains("a page of HTML", run.Error!.Message, StringComparison.Ordinal);
        Assert.Contains("data_url", run.Error.Fix, StringComparison.Ordinal);
        Assert.InRange(run.Counts.Unknown, 1, 20);
        await world.Simulator.Control.ClearFaultsAsync();
        var next = await world.RunAsync("paid");
        // What may have been sent stays unknown under at_most_once; nobody called for the rest.
        Assert.Equal(sentLater > 0 ? sentLater : 50 - run.Counts.Unknown, next.Counts.Accepted);
    }

    [Fact]
    public async Task A_page_in_the_place_of_an_answer_sets_no_flag()
    {
        await using var world = await Installation.StartAsync();
        world.Execute("create table privacy(id text, dnp integer); insert into privacy values ('v-1', 1), ('v-2', 1)");
        await world.Simulator.Control.SeedAsync("visitor", "v-1", "v-2");
        world.Sync("privacy", "model: { table: privacy }\nobject: visitor\nbehavior: update_only\nkey: id\n"
            + "fields: { pendo.donotprocess: dnp }");
        await world.Simulator.Control.AddFaultsAsync(new FaultRule { Endpoint = "value_write", Action = FaultAction.Html });

        var run = await world.RunAsync("privacy");

        Assert.Equal((RunState.Failed, ProblemKind.Configuration, 0L), (run.State, run.Error?.Kind, run.Counts.Accepted));
        Assert.Contains("api_url", run.Error!.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_of_which_nothing_is_answered_has_failed_also_when_it_stopped_trying()
    {
        await using var world = await VisitorsAsync(3000);
        await world.Simulator.Control.AddFaultsAsync(new FaultRule
        {
            Endpoint = "value_bulk",
            Action = FaultAction.Status,
            Status = 200,
            Body = """{"total":0,"updated":0,"failed":0}""",
            ContentType = "application/json",
        });

        var run = await world.RunAsync("v");

        Assert.Equal((RunState.Failed, 0L, Health.Failing), (run.State, run.Counts.Accepted, run.Health!.Health));
        Assert.True(run.Counts.GivenUp > 0, run.ToString());
        Assert.Equal(3000, run.Counts.GivenUp + run.Counts.Cancelled);
    }

    [Fact]
    public async Task While_all_that_was_given_up_waits_the_sync_is_failing_and_the_advice_fits()
    {
        await using var world = await VisitorsAsync(30);
        await world.Simulator.Control.AddFaultsAsync(
            new FaultRule { Endpoint = "value_bulk", Action = FaultAction.Status, Status = 503 });
        Assert.Equal(RunState.Failed, (await world.RunAsync("v")).State);
        await world.Simulator.Control.ClearFaultsAsync();

        var waiting = await world.RunAsync("v");

        Assert.Equal((30L, Health.Failing), (waiting.Counts.Waiting, waiting.Health!.Health));
        Assert.Contains("Pendo answered for none of 30 records", waiting.Health.Reason, StringComparison.Ordinal);
        Assert.Contains("after an hour", waiting.Health.Fix, StringComparison.Ordinal);
        world.Clock.Ahead += TimeSpan.FromHours(2);
        var arrived = await world.RunAsync("v");
        Assert.Equal((30L, Health.Healthy), (arrived.Counts.Accepted, arrived.Health!.Health));
    }

    [Fact]
    public async Task Events_that_are_too_old_stop_no_sync_and_are_no_fault_of_it()
    {
        await using var world = await EventsAsync(70, Events);
        world.Execute("with recursive n(i) as (select 1 union all select i+1 from n where i<530) insert into paid select 'old'||i, "
            + $"'{DateTimeOffset.UtcNow.AddDays(-30):yyyy-MM-ddTHH:mm:ssZ}' from n");

        for (var i = 0; i < 2; i++)
        {
            var run = await world.RunAsync("paid");

            Assert.Equal((RunState.CompletedWithErrors, 530L, Health.Healthy), (run.State, run.Counts.Invalid, run.Health!.Health));
            Assert.Equal(i == 0 ? 70 : 0, run.Counts.Accepted);
            Assert.Equal((70L, 0L), (run.Standing!.InStep, run.Standing.Invalid));
            Assert.Contains(run.Notices, n => n.StartsWith("530 of 600 events are too old for Pendo", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Invalid_events_are_judged_among_those_that_Pendo_could_take()
    {
        await using var world = await EventsAsync(100, Events);
        world.Execute($"insert into paid select 'old'||id, '{DateTimeOffset.UtcNow.AddDays(-30):yyyy-MM-ddTHH:mm:ssZ}' from paid");
        world.Execute("insert into paid select 'bad'||id, 'no time' from paid where id like 'e%' limit 50");

        var run = await world.RunAsync("paid");

        Assert.Equal((RunState.Stopped, 100L), (run.State, run.Counts.Accepted));
        Assert.Contains("50 of 150 rows are invalid (33.3 %", run.Error!.Message, StringComparison.Ordinal);
    }

    private static async Task<Installation> EventsAsync(int count, string sync)
    {
        var world = await Installation.StartAsync();
        world.Execute($"create table paid(id text, at text); with recursive n(i) as (select 1 union all select i+1 from n where i<{count}) "
            + $"insert into paid select 'e'||i, '{DateTimeOffset.UtcNow.AddHours(-1):yyyy-MM-ddTHH:mm:ssZ}' from n");
        world.Sync("paid", sync);
        return world;
    }

    private static async Task<Installation> VisitorsAsync(int count)
    {
        var world = await Installation.StartAsync("visitor:plan:string");
        world.Execute("create table rows(id text, plan text); with recursive n(i) as (select 1 union all select i+1 from n "
            + $"where i<{count}) insert into rows select 'v'||i, 'p'||i from n");
        world.Sync("v", Visitors);
        return world;
    }
}
