using PendoFunctions.Tests.Worlds;
using PendoSync.Running;
using PendoSync.State;
using static PendoFunctions.Tests.Scenarios.RunTests;

namespace PendoFunctions.Tests.Scenarios;

/// <summary>Planners that are slow, stopped or lost.</summary>
[Collection(AzuriteCollection.Name)]
public sealed class PlannerTests(Azurite azurite) : IAsyncLifetime
{
    private AppWorld _world = null!;

    public async Task InitializeAsync() => _world = await AppWorld.CreateAsync(azurite);

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task A_planning_that_outlives_its_message_lock_is_done_once()
    {
        _world.Requests.LockDuration = TimeSpan.FromMilliseconds(200);
        var slow = _world.AddVisitors("slow", rows: 40, sql: SlowSql);
        var app = await _world.StartAppAsync("--AzureFunctionsJobHost:extensions:serviceBus:maxAutoLockRenewalDuration", "00:00:00");

        var run = await _world.EndedAsync(await AppWorld.StartRunAsync(app, slow));

        AssertRun(run, RunState.Completed, (nameof(RunCounts.Read), 40), (nameof(RunCounts.Accepted), 40), (nameof(RunCounts.Calls), 4));
        Assert.Equal(1, run.Attempt);
        Assert.True(run.EndedAt - run.StartedAt > TimeSpan.FromMilliseconds(200));
        Assert.Equal(0, _world.Requests.DeadLetterMessageCount);
    }

    [Fact]
    public async Task A_host_that_stops_while_planning_closes_the_plan_and_the_next_run_goes_on()
    {
        var sync = _world.AddVisitors("visitors", rows: 600);
        _world.Options = InTheMiddleForLong;
        var first = await _world.StartAppAsync();
        var id = await AppWorld.StartRunAsync(first, sync);
        await _world.UntilAsync(async () => await _world.VisitorsAsync() >= 20, "two batches delivered");
        await _world.StopAsync(first);

        _world.Options = options => options;
        var second = await _world.StartAppAsync();
        var partial = await _world.EndedAsync(id);
        Assert.True(partial.State == RunState.Partial, partial.ToString());
        Assert.Null(partial.Error);
        Assert.InRange(partial.Counts.Accepted, 20, 599);
        Assert.Equal(partial.Counts.Planned, partial.Counts.Accepted);

        var rest = await _world.EndedAsync(await AppWorld.StartRunAsync(second, sync));
        AssertRun(rest, RunState.Completed, (nameof(RunCounts.Read), 600), (nameof(RunCounts.Unchanged), partial.Counts.Accepted),
            (nameof(RunCounts.Accepted), 600 - partial.Counts.Accepted));
        Assert.Equal(600, await _world.VisitorsAsync());
    }

    [Fact]
    public async Task A_planner_that_dies_is_taken_over_and_what_it_delivered_counts()
    {
        var sync = _world.AddVisitors("visitors", rows: 100);
        var living = await _world.StartAppAsync("--AzureWebJobs.RequestedSync.Disabled", "true");
        _world.Options = InTheMiddleForLong;
        SeverableStore? store = null;
        _world.WrapState = inner => store = new SeverableStore(inner);
        await _world.StartAppAsync("--AzureWebJobs.DeliverBatch.Disabled", "true");
        var id = await AppWorld.StartRunAsync(living, sync);
        await _world.UntilAsync(async () => await _world.VisitorsAsync() >= 20, "two batches delivered");

        store!.Cut();
        _world.WrapState = inner => inner;
        _world.Options = options => options with { LeaseAge = TimeSpan.FromSeconds(3) };
        await _world.StartAppAsync();
        var run = await _world.EndedAsync(id, async () =>
        {
            await AskAgainAsync(sync, id);
            await Task.Delay(500);
        });

        Assert.Equal(2, run.Attempt);
        AssertRun(run, RunState.Completed, (nameof(RunCounts.Read), 100));
        Assert.InRange(run.Counts.Unchanged, 20, 99);
        Assert.Equal(100 - run.Counts.Unchanged, run.Counts.Accepted);
        Assert.Equal(100, await _world.VisitorsAsync());
    }

    // One batch in flight and a look each second.
    private static EngineOptions InTheMiddleForLong(EngineOptions options) =>
        options with { MaxInFlight = 1, PollInterval = TimeSpan.FromSeconds(1), LeaseRenewal = TimeSpan.FromSeconds(1) };

    private Task AskAgainAsync(string sync, string runId) => _world.PutAsync("sync-requests",
        new(SyncRequestFormat.Write(new SyncRequest(sync, runId, RunMode.Incremental, "timer", _world.Clock.GetUtcNow()))) { MessageId = Guid.NewGuid().ToString() });

    // Counts to some ten thousand for each of its rows: slow, but it streams.
    internal const string SlowSql =
        "SELECT id, plan FROM slow WHERE (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000 + length(slow.id)) SELECT count(*) FROM n) > 0";
}
