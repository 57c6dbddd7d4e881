using System.Text.Json;
using PendoFunctions.Tests.Worlds;
using PendoSimulator.Control;
using PendoSimulator.Faults;

namespace PendoFunctions.Tests.Scenarios;

/// <summary>Runs from HTTP to Pendo and back.</summary>
[Collection(AzuriteCollection.Name)]
public sealed class RunTests(Azurite azurite) : IAsyncLifetime
{
    private AppWorld _world = null!;

    public async Task InitializeAsync() => _world = await AppWorld.CreateAsync(azurite);

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task A_run_started_by_HTTP_is_planned_delivered_and_ended()
    {
        var sync = _world.AddVisitors("visitors", rows: 45);
        var app = await _world.StartAppAsync();

        var run = await _world.EndedAsync(app, await _world.StartRunAsync(app, sync));

        AssertRun(run, "completed", ("read", 45), ("planned", 45), ("accepted", 45), ("calls", 5));
        Assert.Equal(45, await _world.VisitorsAsync());
        Assert.Equal((0, 0), (_world.Batches.ActiveMessageCount, _world.Batches.DeadLetterMessageCount));
        var runs = await _world.GetAsync(app, $"/api/syncs/{sync}/runs");
        Assert.Equal(run.GetProperty("run_id").GetString(), runs.GetProperty("items")[0].GetProperty("run_id").GetString());

        var second = await _world.EndedAsync(app, await _world.StartRunAsync(app, sync));
        AssertRun(second, "completed", ("read", 45), ("unchanged", 45), ("planned", 0), ("calls", 0));
    }

    [Fact]
    public async Task Messages_that_come_twice_or_late_change_nothing()
    {
        var sync = _world.AddVisitors("visitors", rows: 60);
        var paused = await _world.StartAppAsync("--AzureWebJobs.DeliverBatch.Disabled", "true");
        var id = await _world.StartRunAsync(paused, sync);
        await _world.UntilAsync(() => Task.FromResult(_world.Batches.ActiveMessageCount == 6), "six batches");
        var late = await _world.TakeAsync("record-batches");
        await _world.PutAsync("record-batches", new(late) { MessageId = "again-1" });
        await _world.StopAsync(paused);
        _world.Batches.DuplicateNextDeliveries(3);

        var app = await _world.StartAppAsync();
        var run = await _world.EndedAsync(app, id);
        AssertRun(run, "completed", ("planned", 60), ("accepted", 60), ("calls", 6));

        await _world.PutAsync("record-batches", new(late) { MessageId = "again-2" });
        await _world.Batches.WaitUntilEmptyAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(6, (await _world.Pendo.Control.StateAsync()).Calls.Count("value_bulk"));
        Assert.Equal(run.ToString(), (await _world.GetAsync(app, $"/api/runs/{id}")).ToString());
    }

    [Fact]
    public async Task A_failing_Pendo_is_tried_again_by_delayed_copies_until_it_works()
    {
        var sync = _world.AddVisitors("visitors", rows: 20);
        await _world.Pendo.Control.AddFaultsAsync(new FaultRule { Endpoint = "value_bulk", Action = FaultAction.Status, Status = 503, RetryAfter = "120", Times = 2 });
        var app = await _world.StartAppAsync();
        var id = await _world.StartRunAsync(app, sync);
        await _world.UntilAsync(() => Task.FromResult(_world.Batches.ScheduledMessageCount > 0), "a delayed copy");

        var run = await _world.EndedAsync(app, id, SkipAhead);

        AssertRun(run, "completed", ("accepted", 20), ("given_up", 0));
        Assert.Equal(20, await _world.VisitorsAsync());
    }

    [Fact]
    public async Task A_Pendo_that_never_works_ends_the_run_with_its_records_given_up()
    {
        var sync = _world.AddVisitors("visitors", rows: 5);
        await _world.Pendo.Control.AddFaultsAsync(new FaultRule { Endpoint = "value_bulk", Action = FaultAction.Status, Status = 503 });
        var app = await _world.StartAppAsync();

        var run = await _world.EndedAsync(app, await _world.StartRunAsync(app, sync), SkipAhead, seconds: 60);

        Assert.Equal(5, run.GetProperty("given_up").GetInt32());
        Assert.Equal(0, await _world.VisitorsAsync());
    }

    [Fact]
    public async Task Throttling_waits_by_a_delayed_copy_and_loses_nothing()
    {
        var sync = _world.AddVisitors("visitors", rows: 40);
        await _world.Pendo.Control.AddFaultsAsync(new FaultRule { Endpoint = "value_bulk", Action = FaultAction.Status, Status = 429, RetryAfter = "300", Times = 1 });
        var app = await _world.StartAppAsync();
        var id = await _world.StartRunAsync(app, sync);
        await _world.UntilAsync(() => Task.FromResult(_world.Batches.ScheduledMessageCount > 0), "a delayed copy");

        var run = await _world.EndedAsync(app, id, SkipAhead);

        AssertRun(run, "completed", ("accepted", 40), ("given_up", 0));
    }

    [Fact]
    public async Task A_rotated_secret_is_read_afresh_in_the_middle_of_a_run()
    {
        var sync = _world.AddVisitors("visitors", rows: 10);
        var app = await _world.StartAppAsync();
        AssertRun(await _world.EndedAsync(app, await _world.StartRunAsync(app, sync)), "completed", ("accepted", 10));
        await _world.Pendo.Control.ChangeKeysAsync(new KeyRequest(new Dictionary<string, bool>(StringComparer.Ordinal) { ["new-key"] = true }, Revoke: ["demo-key"]));
        _world.Vault.Secrets["pendo-integration-key"] = "new-key";

        var run = await _world.EndedAsync(app, await _world.StartRunAsync(app, sync, """{"mode":"full"}"""));

        AssertRun(run, "completed", ("accepted", 10), ("given_up", 0));
    }

    [Fact]
    public async Task Two_instances_share_one_state_and_deliver_each_batch_once()
    {
        var sync = _world.AddVisitors("visitors", rows: 300);
        var first = await _world.StartAppAsync();
        var second = await _world.StartAppAsync();

        var run = await _world.EndedAsync(second, await _world.StartRunAsync(first, sync));

        AssertRun(run, "completed", ("accepted", 300), ("calls", 30));
        Assert.Equal(30, (await _world.Pendo.Control.StateAsync()).Calls.Count("value_bulk"));
        Assert.Equal(run.ToString(), (await _world.GetAsync(first, $"/api/runs/{run.GetProperty("run_id").GetString()}")).ToString());
    }

    private Task SkipAhead()
    {
        if (_world.Batches.ScheduledMessageCount > 0)
            _world.Clock.Skip(TimeSpan.FromMinutes(10));
        return Task.CompletedTask;
    }

    internal static void AssertRun(JsonElement run, string state, params (string Name, int Count)[] counts)
    {
        Assert.True(run.GetProperty("state").GetString() == state, run.ToString());
        foreach (var (name, count) in counts)
            Assert.True(run.GetProperty(name).GetInt32() == count, $"{name} is not {count} in {run}");
    }
}
