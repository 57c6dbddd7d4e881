using Microsoft.Extensions.DependencyInjection;
using PendoFunctions.Tests.Worlds;
using PendoSync.Running;
using PendoSync.State;
using static PendoFunctions.Tests.Scenarios.RunTests;

namespace PendoFunctions.Tests.Scenarios;

/// <summary>Runs by the clock.</summary>
[Collection(AzuriteCollection.Name)]
public sealed class TimerTests(Azurite azurite) : IAsyncLifetime
{
    private const string EveryMinute = "schedule: { every: 1m }";

    private AppWorld _world = null!;

    public async Task InitializeAsync()
    {
        _world = await AppWorld.CreateAsync(azurite);
        _world.WrapState = store => new ShiftedStore(store, _world.Clock);
    }

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task The_clock_runs_every_due_sync_and_never_waits_for_a_slow_one()
    {
        string[] quick = [_world.AddVisitors("one", 20, EveryMinute), _world.AddVisitors("two", 20, EveryMinute), _world.AddVisitors("three", 20, EveryMinute)];
        var slow = _world.AddVisitors("slow", 60, EveryMinute, sql: PlannerTests.SlowSql);
        var unscheduled = _world.AddVisitors("unscheduled", 5);
        var app = await _world.StartAppAsync("--AzureWebJobs.RequestedSync.Disabled", "true");

        // Nobody knows yet how long they take: all are asked for, none is planned by the clock.
        await AppWorld.TickAsync(app);
        Assert.Equal(4, _world.Requests.ActiveMessageCount);
        Assert.Null(await _world.LastRunAsync(unscheduled));
        var planning = await _world.StartAppAsync();
        foreach (var sync in quick)
            AssertRun(await _world.LastEndedAsync(sync), RunState.Completed, (nameof(RunCounts.Accepted), 20));
        AssertRun(await _world.LastEndedAsync(slow), RunState.Completed, (nameof(RunCounts.Accepted), 60));
        await _world.StopAsync(planning);
        // A run ends before the message of its last batch is completed, and the skip below would end that message's lock.
        await _world.Batches.WaitUntilEmptyAsync(TimeSpan.FromSeconds(30));

        // Nothing is due: an idle tick starts nothing and logs nothing.
        await AppWorld.TickAsync(app);
        Assert.Equal(0, _world.Requests.ActiveMessageCount);

        // Now the quick ones are planned by the clock, and the one that takes longer than it may wait is asked for.
        _world.Clock.Skip(TimeSpan.FromMinutes(2));
        var before = await _world.LastEndedAsync(slow);
        await new Scheduler(app.Services.GetRequiredService<SyncEngine>(), (before.EndedAt - before.StartedAt)!.Value / 4).TickAsync(CancellationToken.None);
        Assert.Equal(1, _world.Requests.ActiveMessageCount);
        Assert.Equal(RunState.Requested, (await _world.LastRunAsync(slow))!.State);
        foreach (var sync in quick)
        {
            var run = await _world.LastEndedAsync(sync);
            AssertRun(run, RunState.Completed, (nameof(RunCounts.Unchanged), 20), (nameof(RunCounts.Planned), 0));
            Assert.Equal("timer", run.Trigger);
        }

        Assert.DoesNotContain(_world.Logs.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_request_that_got_lost_is_asked_for_again()
    {
        var sync = _world.AddVisitors("visitors", rows: 20);
        var app = await _world.StartAppAsync("--AzureWebJobs.RequestedSync.Disabled", "true");
        var id = await AppWorld.StartRunAsync(app, sync);
        await _world.TakeAsync("sync-requests");

        await AppWorld.TickAsync(app);
        Assert.Equal(0, _world.Requests.ActiveMessageCount);
        _world.Clock.Skip(TimeSpan.FromMinutes(2));
        await AppWorld.TickAsync(app);
        await _world.StartAppAsync();

        AssertRun(await _world.EndedAsync(id), RunState.Completed, (nameof(RunCounts.Accepted), 20));
    }
}
