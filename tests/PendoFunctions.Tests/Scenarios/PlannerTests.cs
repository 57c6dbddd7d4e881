using System.Diagnostics;
using PendoFunctions.Tests.Worlds;
using PendoSync.Runs;
using PendoSync.State;
using Xunit.Abstractions;
using static PendoFunctions.Tests.Scenarios.RunTests;

namespace PendoFunctions.Tests.Scenarios;

/// <summary>Planners that are slow, stopped or lost.</summary>
public sealed class PlannerTests(Azurite azurite, ITestOutputHelper output) : IAsyncLifetime, IClassFixture<Azurite>
{
    private AppWorld _world = null!;

    public async Task InitializeAsync() => _world = await AppWorld.CreateAsync(azurite);

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task A_planning_that_outlives_its_message_lock_is_done_once()
    {
        _world.Requests.LockDuration = TimeSpan.FromSeconds(2);
        var slow = _world.AddVisitors("slow", rows: 40, sql: SlowSql("400000"));
        var app = await _world.StartAppAsync(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["AzureFunctionsJobHost__extensions__serviceBus__maxAutoLockRenewalDuration"] = "00:00:00",
        });

        var run = await _world.EndedAsync(await _world.StartRunAsync(app, slow));

        AssertRun(run, RunState.Completed, (nameof(RunCounts.Read), 40), (nameof(RunCounts.Accepted), 40), (nameof(RunCounts.Calls), 4));
        Assert.Equal(1, run.Attempt);
        Assert.True(run.EndedAt - run.StartedAt > _world.Requests.LockDuration);
        Assert.Equal(0, _world.Requests.DeadLetterMessageCount);
    }

    [Fact]
    public async Task A_sync_that_finds_no_slot_for_its_plan_waits_in_its_queue_and_then_runs()
    {
        var slow = _world.AddVisitors("slow", rows: 40, sql: SlowSql("200000"));
        var quick = _world.AddVisitors("quick", rows: 10);
        var app = await _world.StartAppAsync(new Dictionary<string, string>(StringComparer.Ordinal) { ["PendoSync__PlansAtOnce"] = "1" });
        var first = await _world.StartRunAsync(app, slow);
        await _world.UntilAsync(async () => (await _world.RunAsync(first)).State == RunState.Planning, "the planning of the slow one");

        var second = await _world.StartRunAsync(app, quick);
        await _world.UntilAsync(() => _world.Requests.ScheduledMessageCount == 1, "the request put back");
        Assert.Equal(RunState.Requested, (await _world.RunAsync(second)).State);

        AssertRun(await _world.EndedAsync(first), RunState.Completed, (nameof(RunCounts.Accepted), 40));
        _world.Clock.Skip(RequestedSync.ForSlot);
        AssertRun(await _world.EndedAsync(second), RunState.Completed, (nameof(RunCounts.Accepted), 10));
        Assert.Equal(0, _world.Requests.DeadLetterMessageCount);
    }

    [Fact]
    public async Task A_plan_and_the_deliveries_of_another_sync_share_one_processor()
    {
        var slow = _world.AddVisitors("slow", rows: 100, sql: SlowSql("200000"));
        var other = _world.AddVisitors("other", rows: 300);
        var app = await _world.StartAppAsync();
        // What an instance of 2 GB has.
        using (var worker = Process.GetProcessById(app.ProcessId))
            if (OperatingSystem.IsLinux())
                worker.ProcessorAffinity = 1;
        var planning = await _world.StartRunAsync(app, slow);
        await _world.UntilAsync(async () => (await _world.RunAsync(planning)).State == RunState.Planning, "the planning of the slow one");

        var delivered = await _world.EndedAsync(await _world.StartRunAsync(app, other));

        AssertRun(delivered, RunState.Completed, (nameof(RunCounts.Accepted), 300), (nameof(RunCounts.Calls), 30));
        Assert.Equal(RunState.Planning, (await _world.RunAsync(planning)).State);
        var planned = await _world.EndedAsync(planning);
        AssertRun(planned, RunState.Completed, (nameof(RunCounts.Accepted), 100));
        output.WriteLine($"on one processor, 300 records of another sync: {Seconds(delivered):0.0} s, a plan: {Seconds(planned):0.0} s");
    }

    [Fact]
    public async Task A_host_that_stops_while_planning_closes_the_plan_and_the_next_run_goes_on()
    {
        var sync = AddSlowVisitors();
        var first = await _world.StartAppAsync();
        var id = await _world.StartRunAsync(first, sync);
        await _world.UntilAsync(async () => await _world.VisitorsAsync() >= 20, "two batches delivered");
        await first.StopAsync();
        HurryUp();
        Assert.Equal([0], first.ExitCodes);

        var second = await _world.StartAppAsync();
        var partial = await _world.EndedAsync(id);
        Assert.True(partial.State == RunState.Partial, partial.ToString());
        Assert.Null(partial.Error);
        Assert.InRange(partial.Counts.Accepted, 20, 299);
        Assert.Equal(partial.Counts.Planned, partial.Counts.Accepted);

        var rest = await _world.EndedAsync(await _world.StartRunAsync(second, sync));
        AssertRun(rest, RunState.Completed, (nameof(RunCounts.Read), 300), (nameof(RunCounts.Unchanged), partial.Counts.Accepted),
            (nameof(RunCounts.Accepted), 300 - partial.Counts.Accepted));
        Assert.Equal(300, await _world.VisitorsAsync());
    }

    [Fact]
    public async Task A_planner_that_dies_is_taken_over_and_what_it_delivered_counts()
    {
        var sync = AddSlowVisitors();
        var living = await _world.StartAppAsync(AppWorld.Without(nameof(RequestedSync)));
        var planning = await _world.StartAppAsync(AppWorld.Without(nameof(DeliverBatch)));
        var id = await _world.StartRunAsync(living, sync);
        await _world.UntilAsync(async () => await _world.VisitorsAsync() >= 20, "two batches delivered");

        await planning.LoseAsync();
        HurryUp();
        _world.Clock.Skip(new EngineOptions().LeaseAge + TimeSpan.FromSeconds(10));
        await AppWorld.TickAsync(living);
        await _world.StartAppAsync();
        var run = await _world.EndedAsync(id);

        Assert.Equal(2, run.Attempt);
        AssertRun(run, RunState.Completed, (nameof(RunCounts.Read), 300));
        Assert.InRange(run.Counts.Unchanged, 20, 299);
        Assert.Equal(300 - run.Counts.Unchanged, run.Counts.Accepted);
        Assert.Equal(300, await _world.VisitorsAsync());
    }

    private static double Seconds(RunRecord run) => (run.EndedAt - run.StartedAt)!.Value.TotalSeconds;

    // 300; read slowly, so that there is time to stop or to lose who reads.
    private string AddSlowVisitors()
    {
        _world.Warehouse.Execute("CREATE TABLE pace (steps INTEGER); INSERT INTO pace VALUES (150000)");
        return _world.AddVisitors("visitors", rows: 300, sql: SlowSql("(SELECT steps FROM pace)", "visitors"));
    }

    private void HurryUp() => _world.Warehouse.Execute("UPDATE pace SET steps = 1");

    // Counts to some number for each of its rows: slow, but it streams.
    internal static string SlowSql(string steps, string table = "slow") =>
        $"SELECT id, plan FROM {table} WHERE (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {steps} + "
            + $"length({table}.id)) SELECT count(*) FROM n) > 0";
}
