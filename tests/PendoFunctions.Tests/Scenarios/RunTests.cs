using PendoFunctions.Tests.Worlds;
using PendoSimulator.Control;
using PendoSimulator.Faults;
using PendoSync.Batches;
using PendoSync.State;

namespace PendoFunctions.Tests.Scenarios;

/// <summary>Runs from the request to the receipt of the last batch.</summary>
public sealed class RunTests(Azurite azurite) : IAsyncLifetime, IClassFixture<Azurite>
{
    private AppWorld _world = null!;

    public async Task InitializeAsync() => _world = await AppWorld.CreateAsync(azurite);

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task A_run_that_was_asked_for_is_planned_delivered_and_ended()
    {
        var sync = _world.AddVisitors("visitors", rows: 45);
        var app = await _world.StartAppAsync();

        var run = await _world.EndedAsync(await _world.StartRunAsync(app, sync));

        AssertRun(run, RunState.Completed, (nameof(RunCounts.Read), 45), (nameof(RunCounts.Planned), 45), (nameof(RunCounts.Accepted), 45),
            (nameof(RunCounts.Calls), 5));
        Assert.Equal(45, await _world.VisitorsAsync());
        // The run ends before the message of its last batch is completed.
        await _world.UntilAsync(() => _world.Batches.ActiveMessageCount == 0, "an empty queue");
        Assert.Equal(0, _world.Batches.DeadLetterMessageCount);
        var second = await _world.EndedAsync(await _world.StartRunAsync(app, sync));
        AssertRun(second, RunState.Completed, (nameof(RunCounts.Read), 45), (nameof(RunCounts.Unchanged), 45),
            (nameof(RunCounts.Planned), 0), (nameof(RunCounts.Calls), 0));
    }

    [Fact]
    public async Task Messages_that_come_twice_or_late_change_nothing()
    {
        var sync = _world.AddVisitors("visitors", rows: 60);
        var paused = await _world.StartAppAsync(AppWorld.Without("DeliverBatch"));
        var id = await _world.StartRunAsync(paused, sync);
        await _world.UntilAsync(() => _world.Batches.ActiveMessageCount == 6, "six batches");
        var late = await _world.TakeAsync("record-batches");
        await _world.PutAsync("record-batches", new(late) { MessageId = "again-1" });
        await paused.StopAsync();
        _world.Batches.DuplicateNextDeliveries(3);

        var app = await _world.StartAppAsync();
        var run = await _world.EndedAsync(id);
        AssertRun(run, RunState.Completed, (nameof(RunCounts.Planned), 60), (nameof(RunCounts.Accepted), 60), (nameof(RunCounts.Calls), 6));

        await _world.PutAsync("record-batches", new(late) { MessageId = "again-2" });
        await _world.Batches.WaitUntilEmptyAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(6, (await _world.Pendo.Control.StateAsync()).Calls.Count("value_bulk"));
        Assert.Equal(run.Counts, (await _world.RunAsync(id)).Counts);
    }

    [Fact]
    public async Task A_failing_Pendo_is_tried_again_by_delayed_copies_until_it_works()
    {
        var sync = _world.AddVisitors("visitors", rows: 20);
        await _world.Pendo.Control.AddFaultsAsync(new FaultRule
        {
            Endpoint = "value_bulk",
            Action = FaultAction.Status,
            Status = 503,
            RetryAfter = "120",
            Times = 2
        });
        var app = await _world.StartAppAsync();
        var id = await _world.StartRunAsync(app, sync);
        await _world.UntilAsync(() => _world.Batches.ScheduledMessageCount > 0, "a delayed copy");

        var run = await _world.EndedAsync(id, SkipAhead);

        AssertRun(run, RunState.Completed, (nameof(RunCounts.Accepted), 20), (nameof(RunCounts.GivenUp), 0));
        Assert.Equal(20, await _world.VisitorsAsync());
    }

    [Fact]
    public async Task A_Pendo_that_never_works_ends_the_run_with_its_records_given_up()
    {
        var sync = _world.AddVisitors("visitors", rows: 5);
        await _world.Pendo.Control.AddFaultsAsync(new FaultRule { Endpoint = "value_bulk", Action = FaultAction.Status, Status = 503 });
        var app = await _world.StartAppAsync();

        var run = await _world.EndedAsync(await _world.StartRunAsync(app, sync), SkipAhead);

        Assert.Equal((RunState.Failed, 5), (run.State, run.Counts.GivenUp));
        Assert.Equal(0, await _world.VisitorsAsync());
    }

    [Fact]
    public async Task Throttling_waits_by_a_delayed_copy_and_loses_nothing()
    {
        var sync = _world.AddVisitors("visitors", rows: 40);
        await _world.Pendo.Control.AddFaultsAsync(new FaultRule
        {
            Endpoint = "value_bulk",
            Action = FaultAction.Status,
            Status = 429,
            RetryAfter = "2",
            Times = 1
        });
        var app = await _world.StartAppAsync();
        var id = await _world.StartRunAsync(app, sync);
        await _world.UntilAsync(() => _world.Batches.ScheduledMessageCount > 0, "a delayed copy");

        var run = await _world.EndedAsync(id, SkipAhead);

        AssertRun(run, RunState.Completed, (nameof(RunCounts.Accepted), 40), (nameof(RunCounts.GivenUp), 0));
    }

    [Fact]
    public async Task A_rotated_secret_is_read_afresh_in_the_middle_of_a_run()
    {
        var sync = _world.AddVisitors("visitors", rows: 10);
        var app = await _world.StartAppAsync();
        AssertRun(await _world.EndedAsync(await _world.StartRunAsync(app, sync)), RunState.Completed, (nameof(RunCounts.Accepted), 10));
        await _world.Pendo.Control.ChangeKeysAsync(
            new KeyRequest(new Dictionary<string, bool>(StringComparer.Ordinal) { ["new-key"] = true }, Revoke: ["demo-key"]));
        _world.Vault.Secrets["pendo-key"] = "new-key";

        var run = await _world.EndedAsync(await _world.StartRunAsync(app, sync, RunMode.Full));

        AssertRun(run, RunState.Completed, (nameof(RunCounts.Accepted), 10), (nameof(RunCounts.GivenUp), 0));
    }

    [Fact]
    public async Task Two_instances_share_one_state_and_deliver_each_batch_once()
    {
        var sync = _world.AddVisitors("visitors", rows: 300);
        var first = await _world.StartAppAsync();
        var second = await _world.StartAppAsync();

        var run = await _world.EndedAsync(await _world.StartRunAsync(first, sync));

        AssertRun(run, RunState.Completed, (nameof(RunCounts.Accepted), 300), (nameof(RunCounts.Calls), 30));
        Assert.Equal(30, (await _world.Pendo.Control.StateAsync()).Calls.Count("value_bulk"));
    }

    private Task SkipAhead()
    {
        if (_world.Batches is { ActiveMessageCount: 0, ScheduledMessageCount: > 0 })
            _world.Clock.Skip(TimeSpan.FromMinutes(10));
        return Task.CompletedTask;
    }

    internal static void AssertRun(RunRecord run, RunState state, params (string Name, long Count)[] counts)
    {
        Assert.True(run.State == state, run.ToString());
        foreach (var (name, count) in counts)
            Assert.True(Convert.ToInt64(typeof(RunCounts).GetProperty(name)!.GetValue(run.Counts)) == count,
                $"{name} is not {count} in {run}");
    }
}
