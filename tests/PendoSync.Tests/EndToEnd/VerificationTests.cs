using System.Diagnostics.Metrics;
using PendoSimulator.Faults;
using PendoSync.Engine;
using PendoSync.Reports;
using PendoSync.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.EndToEnd;

/// <summary>The comparison that the clock makes by itself.</summary>
public sealed class VerificationTests
{
    private const string Weekly = "verify_every: 7d";

    [Theory]
    [InlineData("report")]
    [InlineData("repair")]
    public async Task Drift_is_reported_or_repaired_when_the_comparison_is_due(string policy)
    {
        await using var world = await ComparedVisitors.StartAsync(100, $"{Weekly}\non_drift: {policy}");
        await world.RunAsync(ComparedVisitors.Sync);
        await DriftAsync(world);
        world.Clock.Ahead = TimeSpan.FromDays(6);
        var early = await world.RunAsync(ComparedVisitors.Sync);
        Assert.Equal((100, 0), (early.Counts.Unchanged, early.Counts.Planned));
        Assert.Null((await world.StatusAsync(ComparedVisitors.Sync)).Verified);

        world.Clock.Ahead = TimeSpan.FromDays(7.1);
        var run = await world.RunAsync(ComparedVisitors.Sync);
        var repaired = policy == "repair";
        Assert.Equal((RunState.Completed, repaired ? 3 : 0), (run.State, run.Counts.Accepted));
        var verified = (await world.StatusAsync(ComparedVisitors.Sync)).Verified!;
        Assert.Equal((100, 97, 3, 0, repaired), (verified.Rows, verified.Equal, verified.Drifted, verified.Missing, verified.Repaired));
        Assert.Equal([("plan", 2L), ("seats", 1)], verified.ByField.Select(f => (f.Key, f.Value)));
        Assert.Equal(repaired ? Health.Healthy : Health.Degraded, (await world.StatusAsync(ComparedVisitors.Sync)).Health);
        Assert.Equal(repaired ? 100 : 97, (await world.CompareAsync(ComparedVisitors.Sync)).Equal);

        world.Clock.Ahead = TimeSpan.FromDays(14.3);
        await world.RunAsync(ComparedVisitors.Sync);
        verified = (await world.StatusAsync(ComparedVisitors.Sync)).Verified!;
        Assert.Equal([3L, repaired ? 0 : 3], verified.History.Select(h => h.Drifted));
    }

    [Fact]
    public async Task Gauge_tells_how_many_records_had_drifted_at_the_last_comparison()
    {
        var drift = new Dictionary<string, long>(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (instrument.Meter.Name == Telemetry.Name && instrument.Name == "pendosync.drift")
                    l.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) => drift[(string)tags[0].Value!] = value);
        listener.Start();
        await using var world = await ComparedVisitors.StartAsync(20);
        const string Sync = "gauged";
        world.Sync(Sync, ComparedVisitors.Definition.Replace("fields: {", "fields: { plan: { column: plan, shared: true },",
            StringComparison.Ordinal).Replace(" plan: plan,", "", StringComparison.Ordinal) + "\n" + Weekly);
        await world.RunAsync(Sync);
        await TickAsync(world);
        Assert.DoesNotContain(Sync, drift.Keys);
        await world.SetAsync("v-0001", """{"plan":"theirs"}""");
        await world.SetAsync("v-0002", """{"plan":"theirs"}""");
        world.Clock.Ahead = TimeSpan.FromDays(8);
        await world.RunAsync(Sync);
        await TickAsync(world);
        Assert.Equal(2, drift[Sync]);

        async Task TickAsync(Installation installation)
        {
            await installation.AskAsync(engine => new Scheduler(engine, TimeSpan.Zero).TickAsync(default));
            listener.RecordObservableInstruments();
        }
    }

    [Fact]
    public async Task Drifted_rows_behind_the_cursor_and_records_that_are_gone_are_repaired_too()
    {
        await using var world = await ComparedVisitors.StartAsync(30);
        world.Execute("alter table visitors add column at text; update visitors set at = '2026-01-01T00:00:00Z'");
        world.Sync(ComparedVisitors.Sync, ComparedVisitors.Definition.Replace("model: visitors", "model: { table: visitors, cursor: at }",
            StringComparison.Ordinal) + $"\nfull_every: never\n{Weekly}\non_drift: repair");
        await world.RunAsync(ComparedVisitors.Sync);
        await DriftAsync(world);
        await DeleteAsync(world, "v-0009");
        world.Clock.Ahead = TimeSpan.FromDays(8);
        Assert.Equal(4, (await world.RunAsync(ComparedVisitors.Sync)).Counts.Accepted);
        Assert.Equal(1, (await world.StatusAsync(ComparedVisitors.Sync)).Verified!.Missing);
        Assert.Equal(30, (await world.CompareAsync(ComparedVisitors.Sync)).Equal);
    }

    [Fact]
    public async Task What_was_accepted_within_the_last_hour_is_not_judged()
    {
        await using var world = await ComparedVisitors.StartAsync(20);
        await world.RunAsync(ComparedVisitors.Sync);
        await DriftAsync(world);
        var found = await world.CompareAsync(ComparedVisitors.Sync);
        Assert.Equal((3, 0), (found.Different, found.Drifted));
        world.Clock.Ahead = TimeSpan.FromMinutes(61);
        Assert.Equal(3, (await world.CompareAsync(ComparedVisitors.Sync)).Drifted);
    }

    [Fact]
    public async Task Record_that_changes_while_it_is_read_is_no_drift()
    {
        await using var world = await ComparedVisitors.StartAsync(20);
        await world.RunAsync(ComparedVisitors.Sync);
        world.Clock.Ahead = TimeSpan.FromHours(2);
        await world.SetAsync("v-0001", """{"plan":"first"}""");
        await world.SetAsync("v-0002", """{"plan":"stays"}""");
        var found = await ComparedWhileAsync(world, () => world.SetAsync("v-0001", """{"plan":"second"}"""));
        Assert.Equal((2, 1), (found.Different, found.Drifted));
    }

    [Fact]
    public async Task Record_that_only_one_of_two_readings_shows_is_neither_gone_nor_there()
    {
        await using var world = await ComparedVisitors.StartAsync(20);
        await world.RunAsync(ComparedVisitors.Sync);
        world.Clock.Ahead = TimeSpan.FromHours(2);
        await world.SetAsync("v-0001", """{"plan":"theirs"}""");
        var found = await ComparedWhileAsync(world, () => DeleteAsync(world, "v-0001"));
        Assert.Equal((19, 1, 0, 0), (found.Equal, found.Unsettled, found.OnlyWarehouse, found.Drifted));
    }

    [Fact]
    public async Task Run_goes_on_when_Pendo_cannot_be_read_back_and_compares_an_hour_later()
    {
        await using var world = await ComparedVisitors.StartAsync(20, $"{Weekly}\non_drift: repair");
        await world.RunAsync(ComparedVisitors.Sync);
        await DriftAsync(world);
        world.Execute("update visitors set seats = 1 where id = 'v-0020'");
        world.Clock.Ahead = TimeSpan.FromDays(8);
        await world.Simulator.Control.AddFaultsAsync(new FaultRule { Endpoint = "aggregation", Action = FaultAction.Html });
        var run = await world.RunAsync(ComparedVisitors.Sync);
        Assert.Equal((RunState.Completed, 1), (run.State, run.Counts.Accepted));
        Assert.Contains(run.Notices, n => n.Contains("could not be compared", StringComparison.Ordinal));
        await world.Simulator.Control.ClearFaultsAsync();
        Assert.Equal(0, (await world.RunAsync(ComparedVisitors.Sync)).Counts.Planned);
        world.Clock.Ahead = TimeSpan.FromDays(8) + TimeSpan.FromMinutes(70);
        Assert.Equal(3, (await world.RunAsync(ComparedVisitors.Sync)).Counts.Accepted);
    }

    // Something happens in Pendo between the two readings: three pages, the end twice, then the second one, which is held up.
    private static async Task<SyncComparison> ComparedWhileAsync(Installation world, Func<Task> happens)
    {
        await world.Simulator.Control.AddFaultsAsync(new FaultRule
        {
            Endpoint = "aggregation",
            Action = FaultAction.Delay,
            Milliseconds = 2000,
            Nth = 6,
        });
        var comparing = world.CompareAsync(ComparedVisitors.Sync);
        await Until.HoldsAsync(async () =>
            (await world.Simulator.Control.StateAsync()).Calls.ByEndpoint.Where(c => c.Endpoint == "aggregation").Sum(c => c.Count) >= 5);
        await happens();
        return await comparing;
    }

    private static async Task DriftAsync(Installation world)
    {
        await world.SetAsync("v-0001", """{"plan":"theirs"}""");
        await world.SetAsync("v-0002", """{"plan":"theirs"}""");
        await world.SetAsync("v-0003", """{"seats":5}""");
    }

    private static async Task DeleteAsync(Installation world, string id)
    {
        using var http = new HttpClient { BaseAddress = world.Simulator.BaseAddress };
        http.DefaultRequestHeaders.Add("x-pendo-integration-key", Worlds.ProjectFolder.Key);
        using var content = new StringContent($$"""{"visitors":["{{id}}"]}""", System.Text.Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync("/api/v1/bulkdelete/visitor", content);
        Assert.True(answer.IsSuccessStatusCode);
    }
}
