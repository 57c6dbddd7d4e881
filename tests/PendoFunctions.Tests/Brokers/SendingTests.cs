using Azure.Messaging.ServiceBus;

namespace PendoFunctions.Tests.Brokers;

public sealed class SendingTests : BrokerWorld
{
    [Fact]
    public async Task A_batch_of_one_and_a_batch_of_many_arrive_as_messages()
    {
        using var one = await Sender.CreateMessageBatchAsync();
        Assert.True(one.TryAddMessage(new ServiceBusMessage("a")));
        await Sender.SendMessagesAsync(one);
        using var many = await Sender.CreateMessageBatchAsync();
        foreach (var body in new[] { "b", "c" })
            Assert.True(many.TryAddMessage(new ServiceBusMessage(body) { MessageId = body, ApplicationProperties = { ["p"] = body } }));
        await Sender.SendMessagesAsync(many);

        Assert.Equal("a", (await ReceiveAsync()).Body.ToString());
        Assert.Equal(("b", "b"), await ReceiveAsync() is var b ? (b.MessageId, b.ApplicationProperties["p"]) : default);
        Assert.Equal(("c", "c"), await ReceiveAsync() is var c ? (c.MessageId, c.ApplicationProperties["p"]) : default);
    }

    [Fact]
    public async Task The_client_learns_the_largest_size_and_the_broker_keeps_to_it()
    {
        using var batch = await Sender.CreateMessageBatchAsync();
        Assert.Equal(256 * 1024, batch.MaxSizeInBytes);
        Assert.False(batch.TryAddMessage(new ServiceBusMessage(new byte[256 * 1024])));
        await Sender.SendMessageAsync(new ServiceBusMessage(new byte[250 * 1024]));
        Assert.Equal(250 * 1024, (await ReceiveAsync()).Body.ToMemory().Length);

        Assert.Equal(ServiceBusFailureReason.MessageSizeExceeded,
            await FailsAsync(() => Sender.SendMessageAsync(new ServiceBusMessage(new byte[256 * 1024]))));
        Queue.MaxMessageSize = 1000;
        Assert.Equal(ServiceBusFailureReason.MessageSizeExceeded,
            await FailsAsync(() => Sender.SendMessageAsync(new ServiceBusMessage(new byte[1000]))));
        Assert.Equal(ServiceBusFailureReason.MessageSizeExceeded,
            await FailsAsync(() => Sender.ScheduleMessageAsync(new ServiceBusMessage(new byte[1000]), Clock.Now.AddHours(1))));
        Assert.Equal(1, Queue.ActiveMessageCount);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_scheduled_message_comes_at_its_time_even_if_the_clock_jumps_past_it(bool byManagement)
    {
        var at = Clock.Now.AddMinutes(5);
        if (byManagement)
            Assert.Equal(1, await Sender.ScheduleMessageAsync(new ServiceBusMessage("a"), at));
        else
            await Sender.SendMessageAsync(new ServiceBusMessage("a") { ScheduledEnqueueTime = at });
        Assert.Equal((0, 1), (Queue.ActiveMessageCount, Queue.ScheduledMessageCount));
        Clock.Now = at.AddMilliseconds(-1);
        await AssertNothingToReceiveAsync();
        var waiting = ReceiveAsync();

        Clock.Now = at.AddHours(1);
        var message = await waiting;

        Assert.Equal(("a", at, at), (message.Body.ToString(), message.ScheduledEnqueueTime, message.EnqueuedTime));
        Assert.Equal((2, 1), (message.SequenceNumber, message.EnqueuedSequenceNumber));
        Assert.Equal(0, Queue.ScheduledMessageCount);
    }

    [Fact]
    public async Task Messages_scheduled_in_the_past_come_at_once_and_others_in_the_order_of_their_times()
    {
        await Sender.ScheduleMessagesAsync([new ServiceBusMessage("c"), new ServiceBusMessage("d")], Clock.Now.AddMinutes(2));
        await Sender.ScheduleMessageAsync(new ServiceBusMessage("b"), Clock.Now.AddMinutes(1));
        await Sender.ScheduleMessageAsync(new ServiceBusMessage("a"), Clock.Now.AddMinutes(-1));
        Assert.Equal((1, 3), (Queue.ActiveMessageCount, Queue.ScheduledMessageCount));

        Clock.Now += TimeSpan.FromHours(1);

        foreach (var body in new[] { "a", "b", "c", "d" })
            Assert.Equal(body, (await ReceiveAsync()).Body.ToString());
    }

    [Fact]
    public async Task A_cancelled_message_never_comes_and_cannot_be_cancelled_twice()
    {
        var number = await Sender.ScheduleMessageAsync(new ServiceBusMessage("a"), Clock.Now.AddMinutes(1));
        await Sender.CancelScheduledMessageAsync(number);

        Assert.Equal(0, Queue.ScheduledMessageCount);
        Assert.Equal(ServiceBusFailureReason.MessageNotFound, await FailsAsync(() => Sender.CancelScheduledMessageAsync(number)));
        Clock.Now += TimeSpan.FromMinutes(2);
        Assert.Equal(0, Queue.ActiveMessageCount);
    }

    [Fact]
    public async Task The_same_message_id_is_dropped_within_the_window_however_it_is_sent()
    {
        Queue.DuplicateDetectionWindow = TimeSpan.FromMinutes(10);
        await Sender.SendMessageAsync(new ServiceBusMessage("a") { MessageId = "1" });
        await Sender.SendMessageAsync(new ServiceBusMessage("b") { MessageId = "1" });
        await Sender.SendMessagesAsync([new ServiceBusMessage("c") { MessageId = "1" }, new ServiceBusMessage("d") { MessageId = "2" }]);
        await Sender.ScheduleMessageAsync(new ServiceBusMessage("e") { MessageId = "3" }, Clock.Now.AddHours(1));
        await Sender.SendMessageAsync(new ServiceBusMessage("f") { MessageId = "3" });
        await Sender.SendMessageAsync(new ServiceBusMessage("g") { MessageId = "3", ScheduledEnqueueTime = Clock.Now.AddHours(2) });
        await Sender.ScheduleMessageAsync(new ServiceBusMessage("h") { MessageId = "2" }, Clock.Now.AddHours(1));
        Assert.Equal((2, 1), (Queue.ActiveMessageCount, Queue.ScheduledMessageCount));
        await Receiver.CompleteMessageAsync(await ReceiveAsync());
        await Sender.SendMessageAsync(new ServiceBusMessage("i") { MessageId = "1" });
        Assert.Equal(1, Queue.ActiveMessageCount);

        Clock.Now += TimeSpan.FromMinutes(11);
        await Sender.SendMessageAsync(new ServiceBusMessage("j") { MessageId = "1" });

        Assert.Equal(2, Queue.ActiveMessageCount);
    }

    [Fact]
    public async Task Without_duplicate_detection_every_message_counts()
    {
        await Sender.SendMessageAsync(new ServiceBusMessage("a") { MessageId = "1" });
        await Sender.SendMessageAsync(new ServiceBusMessage("a") { MessageId = "1" });

        Assert.Equal(2, Queue.ActiveMessageCount);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_expired_message_becomes_a_dead_letter_or_is_gone(bool deadLetters)
    {
        Queue.DeadLetteringOnMessageExpiration = deadLetters;
        Queue.DefaultMessageTimeToLive = TimeSpan.FromHours(1);
        await Sender.SendMessageAsync(new ServiceBusMessage("own") { TimeToLive = TimeSpan.FromMinutes(1) });
        await Sender.SendMessageAsync(new ServiceBusMessage("default"));
        await Sender.SendMessageAsync(new ServiceBusMessage("too long") { TimeToLive = TimeSpan.FromDays(365) });
        await Sender.SendMessageAsync(new ServiceBusMessage("later") { ScheduledEnqueueTime = Clock.Now.AddMinutes(30) });
        var peeked = await Receiver.PeekMessagesAsync(3);
        Assert.Equal([TimeSpan.FromMinutes(1), TimeSpan.FromHours(1), TimeSpan.FromHours(1)], peeked.Select(p => p.TimeToLive));
        Assert.Equal(Clock.Now.AddHours(1), peeked[2].ExpiresAt);

        Clock.Now += TimeSpan.FromMinutes(1);
        Assert.Equal((2, deadLetters ? 1 : 0), (Queue.ActiveMessageCount, Queue.DeadLetterMessageCount));
        Clock.Now += TimeSpan.FromMinutes(59);

        Assert.Equal("later", (await ReceiveAsync()).Body.ToString());
        Assert.Equal(deadLetters ? 3 : 0, Queue.DeadLetterMessageCount);
        if (deadLetters)
            Assert.Equal("TTLExpiredException", (await ReceiveAsync(DeadLetters())).DeadLetterReason);
    }

    [Fact]
    public async Task A_message_expires_only_once_its_lock_is_over_and_a_dead_letter_never()
    {
        Queue.DeadLetteringOnMessageExpiration = true;
        foreach (var body in new[] { "a", "b" })
            await Sender.SendMessageAsync(new ServiceBusMessage(body) { TimeToLive = TimeSpan.FromSeconds(30) });
        var (first, second) = (await ReceiveAsync(), await ReceiveAsync());
        Clock.Now += TimeSpan.FromSeconds(31);

        await Receiver.CompleteMessageAsync(first);
        await Receiver.AbandonMessageAsync(second);

        Assert.Equal((0, 1), (Queue.ActiveMessageCount, Queue.DeadLetterMessageCount));
        Clock.Now += TimeSpan.FromDays(100);
        Assert.Equal(1, Queue.DeadLetterMessageCount);
    }
}
