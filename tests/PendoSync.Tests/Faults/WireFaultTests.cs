using System.Diagnostics;
using PendoSimulator;
using PendoSimulator.Control;
using PendoSimulator.Faults;
using PendoSync.State;
using PendoSync.Tests.EndToEnd;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Faults;

/// <summary>Faults that come in the middle of a run, from the real simulator over a real connection.</summary>
public sealed class WireFaultTests
{
    private static readonly FieldDefinition _plan = new("visitor", "custom", "plan", "string");

    [Fact]
    public async Task A_schema_that_changes_in_the_middle_of_a_run_rejects_the_rest_and_the_next_run_says_which_field_is_missing()
    {
        await using var world = await VisitorsAsync(rows: 200);
        await world.Simulator.Control.AddFaultsAsync(new FaultRule
        {
            Endpoint = "value_bulk",
            // Not among the first: batches that are sent at once arrive in any order, and the first two rejected whole end a run otherwise.
            Nth = 12,
            Action = FaultAction.ChangeSchema,
            Schema = new SchemaChange(Remove: [_plan]),
        });

        var cut = await world.RunAsync("v");
        Assert.Equal((RunState.Stopped, ProblemKind.Limit), (cut.State, cut.Error?.Kind));
        Assert.True(cut.Counts.Accepted >= 110, cut.ToString());
        Assert.Equal(200, cut.Counts.Accepted + cut.Counts.Rejected + cut.Counts.Cancelled);
        // A batch of ten is halved down to its records: less than three calls a record.
        Assert.InRange(await CallsAsync(world, "value_bulk"), 12, 600);

        var before = await CallsAsync(world, "value_bulk");
        var missing = await world.RunAsync("v");
        Assert.Equal((RunState.Failed, ProblemKind.Configuration), (missing.State, missing.Error?.Kind));
        Assert.Contains("plan", missing.Error!.Message, StringComparison.Ordinal);
        Assert.Equal(before, await CallsAsync(world, "value_bulk"));

        await world.Simulator.Control.ChangeSchemaAsync(new SchemaChange(Add: [_plan]));
        await AssertArrivesAsync(world, 200);
    }

    [Fact]
    public async Task A_key_revoked_in_the_middle_of_a_run_stops_it_and_cancels_the_rest()
    {
        await using var world = await VisitorsAsync(rows: 200);
        await world.Simulator.Control.AddFaultsAsync(new FaultRule { Endpoint = "value_bulk", Nth = 6, Action = FaultAction.RevokeKey });

        var cut = await world.RunAsync("v");
        Assert.Equal((RunState.Failed, ProblemKind.Configuration), (cut.State, cut.Error?.Kind));
        Assert.Contains("refused the key", cut.Error!.Message, StringComparison.Ordinal);
        Assert.InRange(cut.Counts.Accepted, 30, 50);
        Assert.Equal(200, cut.Counts.Accepted + cut.Counts.Cancelled);
        // Up to ten calls were under way; each reads the key afresh once.
        Assert.InRange(await CallsAsync(world, "value_bulk"), 6, 5 + (10 * 2));

        await world.Simulator.Control.ChangeKeysAsync(new KeyRequest(new Dictionary<string, bool> { ["demo-key"] = true }));
        await AssertArrivesAsync(world, 200);
    }

    [Theory]
    [InlineData("at_least_once")]
    [InlineData("at_most_once")]
    public async Task A_shared_secret_revoked_in_the_middle_of_a_run_stops_it_and_repeats_nothing(string delivery)
    {
        await using var world = await Installation.StartAsync();
        world.Execute(
            $"create table rows(id text, at text); with recursive n(i) as (select 1 union all select i+1 from n where i<200) insert into "
            + $"rows select 'e'||i, '{DateTimeOffset.UtcNow.AddHours(-1):yyyy-MM-ddTHH:mm:ssZ}' from n");
        world.Sync("v", $$"""
            model: { table: rows }
            object: track_event
            behavior: send
            app: web-app
            key: id
            event: { name: { constant: used }, visitor_id: id, timestamp: at, properties: { ref: id } }
            delivery: {{delivery}}
            chunk: 10
            batch_size: 50
            """);
        await world.Simulator.Control.AddFaultsAsync(new FaultRule { Endpoint = "track", Nth = 41, Action = FaultAction.RevokeKey });

        var cut = await world.RunAsync("v");
        Assert.Equal((RunState.Failed, ProblemKind.Configuration, 0L), (cut.State, cut.Error?.Kind, cut.Counts.Unknown));
        Assert.InRange(await CallsAsync(world, "track"), 41, 40 + (3 * 16 * 2));

        await world.Simulator.Control.ChangeKeysAsync(
            new KeyRequest(TrackSecrets: new Dictionary<string, string> { ["web-app"] = "demo-secret" }));
        Assert.Equal(RunState.Completed, (await world.RunAsync("v")).State);
        var received = (await world.Simulator.Control.EventsAsync().ToListAsync())
            .Select(e => e.Properties!.Value.GetProperty("ref").GetString()).ToList();
        Assert.Equal((200, 200), (received.Count, received.Distinct().Count()));
    }

    [Theory]
    [InlineData(FaultAction.Reset, null)]
    [InlineData(FaultAction.Status, 503)]
    [InlineData(FaultAction.Status, 429)]
    [InlineData(FaultAction.Status, 500)]
    public async Task A_read_of_the_fields_that_fails_is_made_again_in_the_same_run(FaultAction action, int? status)
    {
        await using var world = await VisitorsAsync(rows: 20);
        await world.Simulator.Control.AddFaultsAsync(new FaultRule { Endpoint = "schema_read", To = 4, Action = action, Status = status });

        var run = await world.RunAsync("v");

        Assert.True(run is { State: RunState.Completed, Counts.Accepted: 20 }, run.ToString());
        Assert.Equal((5, 1), (await CallsAsync(world, "schema_read"), run.Attempt));
    }

    [Fact]
    public async Task A_read_of_the_fields_that_fails_for_ever_ends_the_run_after_as_many_tries_as_a_batch_has()
    {
        await using var world = await VisitorsAsync(rows: 20);
        await world.Simulator.Control.AddFaultsAsync(new FaultRule { Endpoint = "schema_read", From = 1, Action = FaultAction.Reset });

        var run = await world.RunAsync("v");

        Assert.Equal((RunState.Failed, ProblemKind.Connection), (run.State, run.Error?.Kind));
        Assert.Equal(world.Options.MaxTries, await CallsAsync(world, "schema_read"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Fields_whose_making_got_no_answer_are_looked_for_and_made_when_they_are_missing(bool applied)
    {
        await using var world = await VisitorsAsync(rows: 20, "seats: 'seats', plan: plan", create: true);
        await world.Simulator.Control.AddFaultsAsync(new FaultRule
        {
            Endpoint = "schema_create",
            Nth = 1,
            Action = FaultAction.Reset,
            Apply = applied
        });

        var run = await world.RunAsync("v");

        Assert.True(run is { State: RunState.Completed, Counts.Accepted: 20 }, run.ToString());
        Assert.Equal(applied ? 1 : 2, await CallsAsync(world, "schema_create"));
    }

    [Fact]
    public async Task A_slow_drip_is_read_to_its_end()
    {
        await using var world = await VisitorsAsync(rows: 20);
        await world.Simulator.Control.AddFaultsAsync(new FaultRule
        {
            Endpoint = "value_bulk",
            Nth = 1,
            Action = FaultAction.Drip,
            Milliseconds = 10
        });

        var watch = Stopwatch.StartNew();
        var run = await world.RunAsync("v");

        Assert.Equal((RunState.Completed, 20L), (run.State, run.Counts.Accepted));
        var elapsed = watch.Elapsed;
        // The simulator notes a call once its answer is written, which is a moment after we have read its last byte.
        await Until.HoldsAsync(async () => await CallsAsync(world, "value_bulk") >= 2);
        Assert.Equal(2, await CallsAsync(world, "value_bulk"));
        Assert.InRange(elapsed, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(60));
    }

    private static async Task<Installation> VisitorsAsync(int rows, string fields = "plan: plan", bool create = false)
    {
        var world = await Installation.StartAsync("visitor:plan:string");
        world.Execute(
            $"create table rows(id text, plan text, seats integer); with recursive n(i) as (select 1 union all select i+1 from n where "
            + $"i<{rows}) insert into rows select 'v'||i, 'p'||i, i from n");
        world.Sync("v", $$"""
            model: { table: rows }
            object: visitor
            behavior: update_or_create
            key: id
            fields: { {{fields}} }
            create_fields: {{(create ? "true" : "false")}}
            batch_size: 10
            """);
        return world;
    }

    // Refusals are due after an hour; then everything is as in the warehouse.
    private static async Task AssertArrivesAsync(Installation world, int rows)
    {
        world.Clock.Ahead += TimeSpan.FromHours(2);
        var run = await world.RunAsync("v");
        Assert.True(run is { State: RunState.Completed, Error: null }, run.ToString());
        var held = await world.Simulator.Control.RecordsAsync("visitor").ToListAsync();
        Assert.Equal(rows,
            held.Count(r => r.GetProperty("custom").GetProperty("plan").GetString() == "p" + r.GetProperty("id").GetString()![1..]));
    }

    private static async Task<int> CallsAsync(Installation world, string endpoint) =>
        (await world.Simulator.Control.StateAsync()).Calls.Count(endpoint);
}
