using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging.Abstractions;
using PendoFunctions.Azure;
using PendoFunctions.Tests.Brokers;
using PendoSync.Batches;
using PendoSync.Engine;
using PendoSync.Tests.Worlds;

namespace PendoFunctions.Tests;

/// <summary>Plans in one process are bounded: by the real client against the broker.</summary>
public sealed class RequestedSyncTests : BrokerWorld
{
    private readonly PlanSlots _slots = new(1);
    private readonly ServiceBusBatchQueue _queue;

    public RequestedSyncTests() => _queue = new ServiceBusBatchQueue(Client, "record-batches", "orders", Clock);

    [Fact]
    public async Task A_request_that_finds_every_slot_taken_comes_again_later_and_uses_up_no_delivery()
    {
        Queue.MaxDeliveryCount = 2;
        Queue.DefaultMessageTimeToLive = TimeSpan.FromDays(1);
        await RequestAsync();
        using var taken = _slots.TryTake();
        var first = await ReceiveAsync();

        var message = first;
        for (var time = 1; time <= 5; time++)
        {
            await WorkOnAsync(message);
            await AssertNothingToReceiveAsync();
            Clock.Now += RequestedSync.ForSlot;
            message = await ReceiveAsync();
        }

        Assert.Equal(1, message.DeliveryCount);
        Assert.Equal(first.Body.ToString(), message.Body.ToString());
        Assert.Equal((first.CorrelationId, first.ApplicationProperties.Count),
            (message.CorrelationId, message.ApplicationProperties.Count));
        Assert.Equal(first.ExpiresAt, message.ExpiresAt, TimeSpan.FromSeconds(1));
        await AssertNothingToReceiveAsync(DeadLetters());
    }

    [Fact]
    public async Task Requests_for_one_run_that_all_wait_become_one()
    {
        Queue.DuplicateDetectionWindow = TimeSpan.FromHours(1);
        using var taken = _slots.TryTake();
        for (var asked = 1; asked <= 3; asked++)
        {
            await RequestAsync();
            await WorkOnAsync(await ReceiveAsync());
        }

        Clock.Now += RequestedSync.ForSlot;
        await ReceiveAsync();
        await AssertNothingToReceiveAsync();
    }

    [Fact]
    public async Task A_machine_whose_clock_is_behind_loses_no_request_to_duplicate_detection()
    {
        Queue.DuplicateDetectionWindow = TimeSpan.FromHours(1);
        var behind = TimeSpan.FromSeconds(15);
        var late = new ManualClock { Now = Clock.Now - behind };
        var queue = new ServiceBusBatchQueue(Client, "record-batches", "orders", late);
        using var taken = _slots.TryTake();
        await RequestAsync();
        var message = await ReceiveAsync();

        for (var time = 1; time <= 8; time++)
        {
            await new RequestedSync(null!, queue, _slots, NullLogger<RequestedSync>.Instance)
                .Run(message, new Settling(Receiver), CancellationToken.None);
            Clock.Now += RequestedSync.ForSlot - behind;
            late.Now = Clock.Now - behind;
            message = await ReceiveAsync();
        }
    }

    // The engine is not asked as long as there is no slot.
    private Task WorkOnAsync(ServiceBusReceivedMessage message) =>
        new RequestedSync(null!, _queue, _slots, NullLogger<RequestedSync>.Instance)
            .Run(message, new Settling(Receiver), CancellationToken.None);

    private Task RequestAsync() => _queue.RequestAsync(new SyncRequest("people", "people-1", RunMode.Incremental, "timer", Clock.Now),
        CancellationToken.None);

    private sealed class Settling(ServiceBusReceiver receiver) : ServiceBusMessageActions
    {
        public override Task CompleteMessageAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default) =>
            receiver.CompleteMessageAsync(message, cancellationToken);
    }
}
