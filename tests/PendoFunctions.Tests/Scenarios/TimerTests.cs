using Microsoft.Extensions.Logging;
using PendoFunctions.Tests.Worlds;
using PendoSync.Engine;
using PendoSync.State;
using static PendoFunctions.Tests.Scenarios.RunTests;

namespace PendoFunctions.Tests.Scenarios;

/// <summary>Runs by the clock.</summary>
public sealed class TimerTests(Azurite azurite) : IAsyncLifetime, IClassFixture<Azurite>
{
    private const string EveryTenMinutes = "schedule: { every: 10m }";

    private AppWorld _world = null!;

    public async Task InitializeAsync() => _world = await AppWorld.CreateAsync(azurite);

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task The_clock_runs_every_due_sync_and_never_waits_for_a_slow_one()
    {
        var quick = new[] { "one", "two", "three" }.Select(name => _world.AddVisitors(name, 20, EveryTenMinutes)).ToList();
        var slow = _world.AddVisitors("slow", 60, EveryTenMinutes, sql: PlannerTests.SlowSql("30000"));
        var unscheduled = _world.AddVisitors("unscheduled", 5);
        var app = await _world.StartAppAsync(AppWorld.Without("RequestedSync"));

        // Nobody knows yet how long they take: all are asked for, none is planned by the clock.
        await AppWorld.TickAsync(app);
        Assert.Equal(4, _world.Requests.ActiveMessageCount);
        Assert.Null(await _world.LastRunAsync(unscheduled));
        var planning = await _world.StartAppAsync();
        foreach (var sync in quick)
            AssertRun(await _world.LastEndedAsync(sync), RunState.Completed, (nameof(RunCounts.Accepted), 20));
        AssertRun(await _world.LastEndedAsync(slow), RunState.Completed, (nameof(RunCounts.Accepted), 60));
        await planning.StopAsync();
        // A run ends before the message of its last batch is completed, and the skip below would end that message's lock.
        await _world.Batches.WaitUntilEmptyAsync(TimeSpan.FromSeconds(30));

        // Nothing is due: an idle tick starts nothing and logs nothing.
        await AppWorld.TickAsync(app);
        Assert.Equal(0, _world.Requests.ActiveMessageCount);

        // Now the quick ones are planned by the clock, and the one that takes longer than it may wait is asked for.
        _world.Clock.Skip(TimeSpan.FromMinutes(11));
        var tooLong = Scheduler.LongestPlanningOnTheClock.TotalSeconds + 1;
        await _world.State.Checkpoints.ChangeAsync(slow, c => c with { PlanSeconds = tooLong }, CancellationToken.None);
        await AppWorld.TickAsync(app);
        Assert.Equal(1, _world.Requests.ActiveMessageCount);
        Assert.Equal(RunState.Requested, (await _world.LastRunAsync(slow))!.State);
        foreach (var sync in quick)
        {
            var run = await _world.LastEndedAsync(sync);
            AssertRun(run, RunState.Completed, (nameof(RunCounts.Unchanged), 20), (nameof(RunCounts.Planned), 0));
            Assert.Equal("timer", run.Trigger);
        }

        Assert.DoesNotContain(_world.Logs, line => line.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task A_request_that_got_lost_is_asked_for_again()
    {
        var sync = _world.AddVisitors("visitors", rows: 20);
        var app = await _world.StartAppAsync(AppWorld.Without("RequestedSync"));
        var id = await _world.StartRunAsync(app, sync);
        await _world.TakeAsync("sync-requests");

        await AppWorld.TickAsync(app);
        Assert.Equal(0, _world.Requests.ActiveMessageCount);
        _world.Clock.Skip(TimeSpan.FromMinutes(2));
        await AppWorld.TickAsync(app);
        await _world.StartAppAsync();

        AssertRun(await _world.EndedAsync(id), RunState.Completed, (nameof(RunCounts.Accepted), 20));
    }
}
