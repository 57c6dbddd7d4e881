using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Hosting;
using PendoFunctions.Tests.Worlds;
using static PendoFunctions.Tests.Scenarios.RunTests;

namespace PendoFunctions.Tests.Scenarios;

/// <summary>Runs by the clock, and planners that do not get to their end.</summary>
[Collection(AzuriteCollection.Name)]
public sealed class TimerTests(Azurite azurite) : IAsyncLifetime
{
    private const string EveryMinute = "schedule: { every: 1m }";

    private AppWorld _world = null!;

    // Counts to three million for each of its rows: slow, but it streams.
    private const string SlowSql =
        "SELECT id, plan FROM slow WHERE (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000 + length(slow.id)) SELECT count(*) FROM n) > 0";

    public async Task InitializeAsync() => _world = await AppWorld.CreateAsync(azurite);

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task The_clock_runs_every_due_sync_and_never_waits_for_a_slow_one()
    {
        string[] quick = [_world.AddVisitors("one", 20, EveryMinute), _world.AddVisitors("two", 20, EveryMinute), _world.AddVisitors("three", 20, EveryMinute)];
        var slow = _world.AddVisitors("slow", 60, EveryMinute, sql: SlowSql);
        _world.AddVisitors("unscheduled", 5);
        var app = await _world.StartAppAsync();

        var watch = Stopwatch.StartNew();
        await AppWorld.TickAsync(app);
        var tick = watch.Elapsed;

        foreach (var sync in quick)
            AssertRun(await LastRun(app, sync), "completed", ("accepted", 20));
        var slowRun = await LastRun(app, slow);
        AssertRun(slowRun, "completed", ("accepted", 60));
        Assert.True(tick < watch.Elapsed / 2, $"the tick took {tick} of {watch.Elapsed}");
        Assert.Equal(125 - 5, await _world.VisitorsAsync());

        await AppWorld.TickAsync(app);
        Assert.Single((await _world.GetAsync(app, $"/api/syncs/{quick[0]}/runs")).GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task A_planning_that_outlives_its_message_lock_is_done_once()
    {
        _world.Requests.LockDuration = TimeSpan.FromMilliseconds(200);
        var slow = _world.AddVisitors("slow", 40, sql: SlowSql);
        var app = await _world.StartAppAsync("--AzureFunctionsJobHost:extensions:serviceBus:maxAutoLockRenewalDuration", "00:00:00");

        var run = await _world.EndedAsync(app, await _world.StartRunAsync(app, slow));

        AssertRun(run, "completed", ("read", 40), ("accepted", 40), ("calls", 4));
        Assert.Equal(0, _world.Requests.DeadLetterMessageCount);
    }

    [Fact]
    public async Task A_host_that_stops_while_planning_closes_the_plan_and_the_next_tick_goes_on()
    {
        var slow = _world.AddVisitors("slow", 400, EveryMinute, sql: SlowSql);
        var first = await _world.StartAppAsync();
        var id = await _world.StartRunAsync(first, slow);
        await _world.UntilAsync(async () => await _world.VisitorsAsync() >= 20, "some batches delivered");
        await _world.StopAsync(first);

        var second = await _world.StartAppAsync();
        var partial = await _world.EndedAsync(second, id, () => AppWorld.TickAsync(second));
        Assert.Equal("partial", partial.GetProperty("state").GetString());
        var sent = partial.GetProperty("accepted").GetInt32();
        Assert.InRange(sent, 20, 399);

        _world.Clock.Skip(TimeSpan.FromMinutes(2));
        await AppWorld.TickAsync(second);
        var rest = await LastRun(second, slow);
        AssertRun(rest, "completed", ("read", 400), ("unchanged", sent), ("accepted", 400 - sent));
    }

    private async Task<JsonElement> LastRun(IHost app, string sync)
    {
        JsonElement run = default;
        await _world.UntilAsync(async () =>
        {
            var runs = (await _world.GetAsync(app, $"/api/syncs/{sync}/runs")).GetProperty("items");
            if (runs.GetArrayLength() == 0)
                return false;
            run = runs[0];
            return run.GetProperty("state").GetString() is not ("requested" or "planning" or "delivering");
        }, $"the run of {sync}");
        return run;
    }
}
