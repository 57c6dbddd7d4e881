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
    public async Task A_planner_that_dies_is_taken_over_and_what_it_delivered_counts()
    {
        _world.Options = options => options with { LeaseAge = TimeSpan.FromSeconds(3), LeaseRenewal = TimeSpan.FromSeconds(1) };
        var slow = _world.AddVisitors("slow", rows: 100, sql: SlowSql);
        SeverableStore? store = null;
        _world.WrapState = inner => store = new SeverableStore(inner);
        var dying = await _world.StartAppAsync("--AzureWebJobs.DeliverBatch.Disabled", "true");
        _world.WrapState = inner => inner;
        var living = await _world.StartAppAsync("--AzureWebJobs.RequestedSync.Disabled", "true");
        var id = await AppWorld.StartRunAsync(living, slow);
        await _world.UntilAsync(async () => await _world.VisitorsAsync() >= 20, "two batches delivered");

        store!.Cut();
        await _world.StopAsync(living);
        var heir = await _world.StartAppAsync();
        var run = await _world.EndedAsync(id, async () =>
        {
            await _world.PutAsync("sync-requests", new(SyncRequestFormat.Write(new SyncRequest(slow, id, RunMode.Incremental, "timer", _world.Clock.GetUtcNow()))) { MessageId = Guid.NewGuid().ToString() });
            await Task.Delay(500);
        });

        Assert.Equal(2, run.Attempt);
        AssertRun(run, RunState.Completed, (nameof(RunCounts.Read), 100));
        Assert.InRange(run.Counts.Unchanged, 20, 99);
        Assert.Equal(100 - run.Counts.Unchanged, run.Counts.Accepted);
        Assert.Equal(100, await _world.VisitorsAsync());
        await _world.StopAsync(dying);
        await _world.StopAsync(heir);
    }

    // Counts to some ten thousand for each of its rows: slow, but it streams.
    internal const string SlowSql =
        "SELECT id, plan FROM slow WHERE (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000 + length(slow.id)) SELECT count(*) FROM n) > 0";
}
