using Amqp;
using Amqp.Framing;
using Amqp.Sasl;
using Azure.Messaging.ServiceBus;

namespace PendoFunctions.Tests.Brokers;

public sealed class LinkTests : BrokerWorld
{
    [Fact]
    public async Task Receivers_compete_and_each_message_goes_to_one_of_them()
    {
        await using var other = NewClient();
        var receivers = new[] { Receiver, other.CreateReceiver("orders", new ServiceBusReceiverOptions { PrefetchCount = 5 }) };
        await Sender.SendMessagesAsync(Enumerable.Range(0, 40).Select(i => new ServiceBusMessage($"{i}")));

        var got = await Task.WhenAll(receivers.Select(async receiver =>
        {
            var bodies = new List<string>();
            while (await receiver.ReceiveMessageAsync(Moment) is { } message)
            {
                bodies.Add(message.Body.ToString());
                await receiver.CompleteMessageAsync(message);
            }

            return bodies;
        }));

        Assert.All(got, Assert.NotEmpty);
        Assert.Equal(Enumerable.Range(0, 40), got.SelectMany(g => g).Select(int.Parse).Order());
        Assert.Equal(0, Queue.ActiveMessageCount);
    }

    [Fact]
    public async Task Prefetched_messages_are_locked_as_far_as_the_credit_goes_and_put_back_when_the_receiver_closes()
    {
        await Sender.SendMessagesAsync(Enumerable.Range(0, 9).Select(i => new ServiceBusMessage($"{i}")));
        var receiver = Client.CreateReceiver("orders", new ServiceBusReceiverOptions { PrefetchCount = 4 });
        await ReceiveAsync(receiver);
        await UntilAsync(() => Queue.LockedMessageCount == 4);

        await receiver.CloseAsync();

        await UntilAsync(() => Queue.LockedMessageCount == 1);
        Assert.Equal(("1", 1), await ReceiveAsync() is var next ? (next.Body.ToString(), next.DeliveryCount) : default);
    }

    [Fact]
    public async Task A_receiver_that_gives_the_same_credit_twice_is_sent_no_more_than_that()
    {
        var session = await OpenSessionAsync();
        var receiver = new ReceiverLink(session, "receiver", "/orders");
        receiver.SetCredit(2, CreditMode.Manual);
        receiver.SetCredit(0, CreditMode.Manual);
        await UntilAsync(() => Queue.ReceiverCount == 1);
        await Task.Delay(Moment);
        await Sender.SendMessagesAsync(Enumerable.Range(0, 9).Select(i => new ServiceBusMessage($"{i}")));
        for (var i = 0; i < 2; i++)
            Assert.NotNull(await receiver.ReceiveAsync(Patience));

        receiver.SetCredit(2, CreditMode.Manual);

        for (var i = 0; i < 2; i++)
            Assert.NotNull(await receiver.ReceiveAsync(Patience));
        Assert.Null(await receiver.ReceiveAsync(Moment));
        Assert.Equal(4, Queue.LockedMessageCount);
        await session.Connection.CloseAsync();
    }

    [Fact]
    public async Task A_connection_that_the_broker_closes_over_nonsense_leaves_its_locks_until_their_time_and_makes_no_dead_letters()
    {
        await Sender.SendMessageAsync(new ServiceBusMessage("a"));
        var session = await OpenSessionAsync();
        Assert.NotNull(await new ReceiverLink(session, "receiver", "orders").ReceiveAsync(Patience));
        var batchOfNoMessage = new Message { Format = 0x80013700, BodySection = new Data { Binary = [1, 2, 3] } };

        await Assert.ThrowsAnyAsync<Exception>(() => new SenderLink(session, "sender", "orders").SendAsync(batchOfNoMessage, Patience));

        // The wire may be gone before its receiver is, which would take the message anew.
        await UntilAsync(() => Broker.Network.Connections == 1 && Queue.ReceiverCount == 0);
        Assert.Equal((1, 1, 0), (Queue.ActiveMessageCount, Queue.LockedMessageCount, Queue.DeadLetterMessageCount));
        Clock.Now += Queue.LockDuration;
        Assert.Equal(2, (await ReceiveAsync()).DeliveryCount);
    }

    [Fact]
    public async Task A_receiver_that_waited_in_vain_closes_at_once_and_the_next_message_goes_elsewhere()
    {
        await AssertNothingToReceiveAsync();
        await AssertNothingToReceiveAsync();
        await Receiver.CloseAsync();
        await Sender.SendMessageAsync(new ServiceBusMessage("a"));

        var next = await ReceiveAsync(Client.CreateReceiver("orders"));
        Assert.Equal(("a", 1), (next.Body.ToString(), next.DeliveryCount));
        Assert.Equal(1, Queue.ReceiverCount);
    }

    [Fact]
    public async Task A_processor_handles_messages_side_by_side()
    {
        var inside = 0;
        var together = new TaskCompletionSource();
        await using var processor = Client.CreateProcessor("orders", new ServiceBusProcessorOptions { MaxConcurrentCalls = 3 });
        processor.ProcessErrorAsync += _ => Task.CompletedTask;
        processor.ProcessMessageAsync += _ =>
        {
            if (Interlocked.Increment(ref inside) == 3)
                together.SetResult();
            return together.Task;
        };
        await processor.StartProcessingAsync();
        await Sender.SendMessagesAsync(Enumerable.Range(0, 20).Select(i => new ServiceBusMessage($"{i}")));

        await together.Task.WaitAsync(Patience);
        await Queue.WaitUntilEmptyAsync(Patience);

        Assert.Equal(20, inside);
    }

    [Fact]
    public async Task A_processor_puts_back_what_its_handler_throws_on()
    {
        Queue.MaxDeliveryCount = 2;
        await using var processor = Client.CreateProcessor("orders");
        processor.ProcessErrorAsync += _ => Task.CompletedTask;
        processor.ProcessMessageAsync += _ => throw new InvalidOperationException("no");
        await processor.StartProcessingAsync();
        await Sender.SendMessageAsync(new ServiceBusMessage("a"));

        await UntilAsync(() => Queue.DeadLetterMessageCount == 1);
    }

    // Another client than the real one, for what that one never does.
    private async Task<Session> OpenSessionAsync()
    {
        var factory = new ConnectionFactory { SASL = { Profile = SaslProfile.Anonymous } };
        return new Session(await factory.CreateAsync(new Address($"amqp://127.0.0.1:{Broker.Network.Port}")));
    }
}
