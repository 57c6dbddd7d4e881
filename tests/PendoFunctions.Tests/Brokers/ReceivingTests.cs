using Azure.Messaging.ServiceBus;

namespace PendoFunctions.Tests.Brokers;

public sealed class ReceivingTests : BrokerWorld
{
    [Fact]
    public async Task A_message_arrives_as_it_was_sent_with_what_the_broker_adds()
    {
        var sent = new ServiceBusMessage(BinaryData.FromBytes([0, 1, 255]))
        {
            MessageId = "m1",
            CorrelationId = "c",
            Subject = "s",
            ContentType = "t",
            To = "to",
            ReplyTo = "r",
            PartitionKey = "p",
            ApplicationProperties =
            {
                ["text"] = "ä",
                ["int"] = 1,
                ["long"] = long.MaxValue,
                ["double"] = 0.1,
                ["decimal"] = 1.50m,
                ["bool"] = true,
                ["char"] = 'x',
                ["guid"] = Guid.Empty,
                ["time"] = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc),
                ["span"] = TimeSpan.FromTicks(7),
                ["offset"] = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
                ["uri"] = new Uri("https://example.com/a"),
            },
        };
        await Sender.SendMessageAsync(sent);

        var got = await ReceiveAsync();

        Assert.Equal(sent.Body.ToArray(), got.Body.ToArray());
        Assert.Equal(("m1", "c", "s", "t", "to", "r", "p"),
            (got.MessageId, got.CorrelationId, got.Subject, got.ContentType, got.To, got.ReplyTo, got.PartitionKey));
        Assert.Equal(sent.ApplicationProperties, got.ApplicationProperties);
        Assert.Equal((1, 1L, 1L), (got.DeliveryCount, got.SequenceNumber, got.EnqueuedSequenceNumber));
        Assert.Equal((Clock.Now, Clock.Now + Queue.LockDuration), (got.EnqueuedTime, got.LockedUntil));
        Assert.Equal(TimeSpan.MaxValue, got.TimeToLive);
        Assert.Equal((1, 1), (Queue.ActiveMessageCount, Queue.LockedMessageCount));
        await Receiver.CompleteMessageAsync(got);
        Assert.Equal(0, Queue.ActiveMessageCount);
    }

    [Fact]
    public async Task A_lock_that_runs_out_gives_the_message_to_the_next_and_cannot_be_settled()
    {
        await Sender.SendMessageAsync(new ServiceBusMessage("a"));
        var first = await ReceiveAsync();
        await AssertNothingToReceiveAsync();

        Clock.Now += Queue.LockDuration;
        var second = await ReceiveAsync();

        Assert.Equal((2, first.SequenceNumber), (second.DeliveryCount, second.SequenceNumber));
        Assert.NotEqual(first.LockToken, second.LockToken);
        Assert.Equal(ServiceBusFailureReason.MessageLockLost, await FailsAsync(() => Receiver.CompleteMessageAsync(first)));
        await Receiver.CompleteMessageAsync(second);
    }

    [Fact]
    public async Task A_renewed_lock_holds_and_a_lost_one_cannot_be_renewed()
    {
        await Sender.SendMessageAsync(new ServiceBusMessage("a"));
        var message = await ReceiveAsync();
        Clock.Now += TimeSpan.FromSeconds(50);

        await Receiver.RenewMessageLockAsync(message);

        Assert.Equal(Clock.Now + Queue.LockDuration, message.LockedUntil);
        Clock.Now += TimeSpan.FromSeconds(50);
        await AssertNothingToReceiveAsync();
        Clock.Now += TimeSpan.FromSeconds(10);
        Assert.Equal(ServiceBusFailureReason.MessageLockLost, await FailsAsync(() => Receiver.RenewMessageLockAsync(message)));
    }

    [Fact]
    public async Task An_abandoned_message_comes_again_with_its_changes_until_it_becomes_a_dead_letter()
    {
        Queue.MaxDeliveryCount = 3;
        await Sender.SendMessagesAsync([new ServiceBusMessage("a"), new ServiceBusMessage("b")]);
        for (var delivery = 1; delivery <= 3; delivery++)
        {
            var message = await ReceiveAsync();
            Assert.Equal(("a", delivery), (message.Body.ToString(), message.DeliveryCount));
            await Receiver.AbandonMessageAsync(message, new Dictionary<string, object> { ["try"] = delivery });
        }

        Assert.Equal("b", (await ReceiveAsync()).Body.ToString());
        var dead = await ReceiveAsync(DeadLetters());

        Assert.Equal(("a", "MaxDeliveryCountExceeded"), (dead.Body.ToString(), dead.DeadLetterReason));
        Assert.Equal(3, dead.ApplicationProperties["try"]);
    }

    [Fact]
    public async Task Locks_that_run_out_count_as_deliveries()
    {
        Queue.MaxDeliveryCount = 2;
        await Sender.SendMessageAsync(new ServiceBusMessage("a"));
        await ReceiveAsync();
        Clock.Now += Queue.LockDuration;
        await ReceiveAsync();
        Clock.Now += Queue.LockDuration;

        Assert.Equal((0, 1), (Queue.ActiveMessageCount, Queue.DeadLetterMessageCount));
    }

    [Fact]
    public async Task A_dead_letter_has_a_reason_and_can_be_completed_but_not_sent()
    {
        await Sender.SendMessagesAsync([new ServiceBusMessage("a"), new ServiceBusMessage("b")]);
        var properties = new Dictionary<string, object> { ["by"] = "test" };
        await Receiver.DeadLetterMessageAsync(await ReceiveAsync(), properties, "broken", "no batch");
        await Receiver.DeadLetterMessageAsync(await ReceiveAsync());
        await using var receiver = DeadLetters();

        var dead = await ReceiveAsync(receiver);

        Assert.Equal(("a", "broken", "no batch"), (dead.Body.ToString(), dead.DeadLetterReason, dead.DeadLetterErrorDescription));
        Assert.Equal("test", dead.ApplicationProperties["by"]);
        Assert.Equal(2, Queue.DeadLetterMessageCount);
        await receiver.RenewMessageLockAsync(dead);
        await receiver.CompleteMessageAsync(dead);
        dead = await ReceiveAsync(receiver);
        Assert.Null(dead.DeadLetterReason);
        await receiver.CompleteMessageAsync(dead);
        Assert.Equal(0, Queue.DeadLetterMessageCount);
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => Client.CreateSender("orders/$DeadLetterQueue").SendMessageAsync(new ServiceBusMessage("c")));
    }

    [Fact]
    public async Task A_deferred_message_is_received_by_its_number_and_settled_in_every_way()
    {
        await Sender.SendMessagesAsync([new ServiceBusMessage("a"), new ServiceBusMessage("b"), new ServiceBusMessage("c")]);
        var numbers = new List<long>();
        for (var i = 0; i < 3; i++)
        {
            var message = await ReceiveAsync();
            numbers.Add(message.SequenceNumber);
            await Receiver.DeferMessageAsync(message, new Dictionary<string, object> { ["i"] = i });
        }

        Assert.Equal((0, 3), (Queue.ActiveMessageCount, Queue.DeferredMessageCount));
        await AssertNothingToReceiveAsync();
        var deferred = await Receiver.ReceiveDeferredMessagesAsync(numbers);

        Assert.Equal(["a", "b", "c"], deferred.Select(d => d.Body.ToString()));
        Assert.All(deferred, d => Assert.Equal((ServiceBusMessageState.Deferred, 2), (d.State, d.DeliveryCount)));
        Assert.Equal(1, deferred[1].ApplicationProperties["i"]);
        await Receiver.CompleteMessageAsync(deferred[0]);
        await Receiver.AbandonMessageAsync(deferred[1]);
        await Receiver.DeadLetterMessageAsync(deferred[2], "broken", "no batch");
        Assert.Equal((1, 1), (Queue.DeferredMessageCount, Queue.DeadLetterMessageCount));
        Assert.Equal("broken", (await ReceiveAsync(DeadLetters())).DeadLetterReason);
        Assert.Equal(ServiceBusFailureReason.MessageNotFound, await FailsAsync(() => Receiver.ReceiveDeferredMessageAsync(numbers[0])));
        var again = await Receiver.ReceiveDeferredMessageAsync(numbers[1]);
        await Receiver.DeferMessageAsync(again);
        Assert.Equal(1, Queue.DeferredMessageCount);
    }

    [Fact]
    public async Task What_is_received_and_deleted_is_gone()
    {
        await Sender.SendMessagesAsync([new ServiceBusMessage("a"), new ServiceBusMessage("b")]);
        var options = new ServiceBusReceiverOptions { ReceiveMode = ServiceBusReceiveMode.ReceiveAndDelete };
        await using var receiver = Client.CreateReceiver("orders", options);

        Assert.Equal("a", (await ReceiveAsync(receiver)).Body.ToString());
        await UntilAsync(() => Queue is { ActiveMessageCount: 1, LockedMessageCount: 0 });
    }

    [Fact]
    public async Task Peeking_shows_messages_of_every_state_and_takes_none()
    {
        await Sender.SendMessagesAsync(new[] { "locked", "deferred", "active" }.Select(state => new ServiceBusMessage(state)));
        await Sender.ScheduleMessageAsync(new ServiceBusMessage("scheduled"), Clock.Now.AddMinutes(1));
        await ReceiveAsync();
        await Receiver.DeferMessageAsync(await ReceiveAsync());

        var peeked = await Receiver.PeekMessagesAsync(10);

        Assert.Equal(["locked", "deferred", "active", "scheduled"], peeked.Select(p => p.Body.ToString()));
        const ServiceBusMessageState active = ServiceBusMessageState.Active;
        Assert.Equal([active, ServiceBusMessageState.Deferred, active, ServiceBusMessageState.Scheduled], peeked.Select(p => p.State));
        Assert.Equal([1, 1, 0, 0], peeked.Select(p => p.DeliveryCount));
        Assert.Empty(await Receiver.PeekMessagesAsync(10));
        Assert.Equal("active", (await Receiver.PeekMessageAsync(3)).Body.ToString());
        Assert.Equal("active", (await ReceiveAsync()).Body.ToString());
    }
}
