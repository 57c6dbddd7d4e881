using Azure.Messaging.ServiceBus;
using PendoFunctions.Tests.Worlds;
using PendoSync.State;
using static PendoFunctions.Tests.Scenarios.RunTests;

namespace PendoFunctions.Tests.Scenarios;

/// <summary>Messages nobody can work on.</summary>
public sealed class PoisonTests(Azurite azurite) : IAsyncLifetime, IClassFixture<Azurite>
{
    private AppWorld _world = null!;

    public async Task InitializeAsync() => _world = await AppWorld.CreateAsync(azurite);

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task An_unreadable_batch_goes_to_the_dead_letters_and_its_run_ends()
    {
        var (id, message) = await OneBatchTakenOut();
        await _world.PutAsync("record-batches", new(message) { MessageId = "broken", Body = new BinaryData("no batch at all") });

        await _world.StartAppAsync();
        var run = await _world.EndedAsync(id);

        AssertRun(run, RunState.CompletedWithErrors, (nameof(RunCounts.Planned), 20), (nameof(RunCounts.Accepted), 10),
            (nameof(RunCounts.GivenUp), 10));
        await _world.UntilAsync(() => _world.Batches.DeadLetterMessageCount == 0, "the dead letter is settled");
    }

    [Fact]
    public async Task A_dead_letter_that_names_no_batch_is_settled_once_and_logged()
    {
        _world.AddVisitors("visitors", rows: 1);
        await _world.PutAsync("record-batches", new("who knows") { MessageId = "stranger" });
        await _world.StartAppAsync();

        await _world.UntilAsync(() => _world.Batches is { ActiveMessageCount: 0, DeadLetterMessageCount: 0 }, "the stranger is gone");

        Assert.InRange(_world.Logs.Count(line => line.Message.Contains("stranger", StringComparison.Ordinal)), 1, 3);
    }

    [Fact]
    public async Task A_batch_of_a_newer_version_is_put_back_and_never_dead_lettered()
    {
        var (id, message) = await OneBatchTakenOut();
        var newer = message.Body.ToArray();
        newer[2]++;
        await _world.PutAsync("record-batches", new(message) { MessageId = "newer", Body = new BinaryData(newer) });

        await _world.StartAppAsync();
        await _world.UntilAsync(() => _world.Batches is { ActiveMessageCount: 0, ScheduledMessageCount: 1 }, "put back");
        Assert.Equal(0, _world.Batches.DeadLetterMessageCount);
        Assert.Equal(RunState.Delivering, (await _world.RunAsync(id)).State);

        await _world.PutAsync("record-batches", new(message) { MessageId = "readable" });
        AssertRun(await _world.EndedAsync(id), RunState.Completed, (nameof(RunCounts.Accepted), 20));
    }

    [Fact]
    public async Task A_batch_that_expired_in_the_queue_is_given_up()
    {
        var (id, message) = await OneBatchTakenOut();
        await _world.PutAsync("record-batches", new(message) { MessageId = "slow", TimeToLive = TimeSpan.FromMinutes(5) });
        _world.Clock.Skip(TimeSpan.FromMinutes(6));
        await _world.StartAppAsync();

        var run = await _world.EndedAsync(id);

        AssertRun(run, RunState.CompletedWithErrors, (nameof(RunCounts.Accepted), 10), (nameof(RunCounts.GivenUp), 10));
    }

    [Fact]
    public async Task An_unreadable_request_goes_to_the_dead_letters_with_its_reason()
    {
        _world.AddVisitors("visitors", rows: 1);
        await _world.StartAppAsync();

        await _world.PutAsync("sync-requests", new("{}") { MessageId = "odd" });

        await _world.UntilAsync(() => _world.Requests is { ActiveMessageCount: 0, DeadLetterMessageCount: 1 }, "dead-lettered");
        var dead = await _world.TakeAsync("sync-requests/$deadletterqueue");
        Assert.Equal(("odd", "Unreadable"), (dead.MessageId, dead.DeadLetterReason));
        Assert.NotEmpty(dead.DeadLetterErrorDescription);
    }

    // A run of two batches, one of which is in the test's hands.
    private async Task<(string Run, ServiceBusReceivedMessage Message)> OneBatchTakenOut()
    {
        var sync = _world.AddVisitors("visitors", rows: 20);
        var planning = await _world.StartAppAsync(AppWorld.Without("DeliverBatch"));
        var id = await _world.StartRunAsync(planning, sync);
        await _world.UntilAsync(() => _world.Batches.ActiveMessageCount == 2, "two batches");
        await _world.UntilAsync(async () => (await _world.RunAsync(id)).State == RunState.Delivering, "planned");
        var message = await _world.TakeAsync("record-batches");
        await planning.StopAsync();
        return (id, message);
    }
}
