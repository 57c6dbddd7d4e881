using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Azure.Messaging.ServiceBus;
using ServiceBusBroker;

namespace PendoFunctions.Tests.Brokers;

public sealed class FaultTests : BrokerWorld
{
    [Fact]
    public async Task A_queue_that_was_not_made_is_not_found()
    {
        await using var receiver = Client.CreateReceiver("other");

        Assert.Equal(ServiceBusFailureReason.MessagingEntityNotFound,
            await FailsAsync(() => Client.CreateSender("other").SendMessageAsync(new ServiceBusMessage("a"))));
        Assert.Equal(ServiceBusFailureReason.MessagingEntityNotFound, await FailsAsync(() => receiver.ReceiveMessageAsync(Moment)));
        Assert.Equal(ServiceBusFailureReason.MessagingEntityNotFound, await FailsAsync(() => receiver.PeekMessageAsync()));
    }

    [Fact]
    public async Task A_disabled_queue_says_so_on_links_that_were_open_and_on_new_ones_and_works_again_when_enabled()
    {
        await Sender.SendMessageAsync(new ServiceBusMessage("a"));
        await Receiver.AbandonMessageAsync(await ReceiveAsync());
        var waiting = DeadLetters().ReceiveMessageAsync(Patience);
        await UntilAsync(() => Queue.DeadLetters!.ReceiverCount == 1);

        Queue.Disabled = true;

        Assert.Null(await waiting);
        foreach (var attempt in new Func<Task>[]
        {
            () => Sender.SendMessageAsync(new ServiceBusMessage("b")),
            () => Sender.ScheduleMessageAsync(new ServiceBusMessage("b"), Clock.Now),
            () => Receiver.ReceiveMessageAsync(Moment),
        })
            Assert.Equal(ServiceBusFailureReason.MessagingEntityDisabled, await FailsAsync(attempt));
        Queue.Disabled = false;
        await Sender.SendMessageAsync(new ServiceBusMessage("b"));
        Assert.Equal("a", (await ReceiveAsync()).Body.ToString());
    }

    [Fact]
    public async Task A_refused_token_is_unauthorized()
    {
        Broker.Unauthorized = true;

        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => Sender.SendMessageAsync(new ServiceBusMessage("a")));
        Broker.Unauthorized = false;
        await Sender.SendMessageAsync(new ServiceBusMessage("a"));
    }

    [Fact]
    public async Task Refused_connections_fail_at_once_and_the_port_stays_the_brokers()
    {
        Broker.Network.RefusesConnections = true;
        await using var client = NewClient(retries: 0);
        Assert.Equal(ServiceBusFailureReason.ServiceCommunicationProblem,
            await FailsAsync(() => client.CreateSender("orders").SendMessageAsync(new ServiceBusMessage("a"))));

        Broker.Network.RefusesConnections = false;

        await client.CreateSender("orders").SendMessageAsync(new ServiceBusMessage("a"));
        Assert.Equal(1, Queue.ActiveMessageCount);
    }

    [Fact]
    public async Task A_silent_broker_accepts_connections_and_answers_nothing_until_it_speaks_again()
    {
        await Sender.SendMessageAsync(new ServiceBusMessage("a"));
        Broker.Network.Silent = true;
        using var second = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        // The client itself waits for its TryTimeout and five seconds more here, whatever its token says.
        using var fresh = new TcpClient();
        await fresh.ConnectAsync(IPAddress.Loopback, Broker.Network.Port);
        await fresh.GetStream().WriteAsync("AMQP\x3\x1\0\0"u8.ToArray());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Sender.SendMessageAsync(new ServiceBusMessage("b"), second.Token));

        Assert.Equal((1, 0), (Queue.ActiveMessageCount, fresh.Available));
        Broker.Network.Silent = false;
        await fresh.GetStream().ReadExactlyAsync(new byte[8]).AsTask().WaitAsync(Patience);
        await Sender.SendMessageAsync(new ServiceBusMessage("c"));
        await UntilAsync(() => Queue.ActiveMessageCount == 3);
    }

    [Fact]
    public async Task Severed_connections_are_made_anew_and_locks_outlive_them()
    {
        await Sender.SendMessageAsync(new ServiceBusMessage("a"));
        var message = await ReceiveAsync();
        await using var processor = Client.CreateProcessor("orders");
        var handled = new TaskCompletionSource<string>();
        processor.ProcessErrorAsync += _ => Task.CompletedTask;
        processor.ProcessMessageAsync += m =>
        {
            handled.TrySetResult(m.Message.Body.ToString());
            return Task.CompletedTask;
        };
        await processor.StartProcessingAsync();
        await UntilAsync(() => Queue.ReceiverCount == 2);

        Broker.Network.Sever();

        await UntilAsync(() => Broker.Network.Connections == 1);
        Assert.Equal(1, Queue.LockedMessageCount);
        await Receiver.CompleteMessageAsync(message);
        Assert.Equal(0, Queue.ActiveMessageCount);
        await Sender.SendMessageAsync(new ServiceBusMessage("b"));
        Assert.Equal("b", await handled.Task.WaitAsync(Patience));
    }

    [Theory]
    [InlineData(Operation.Attach)]
    [InlineData(Operation.Send)]
    [InlineData(Operation.Manage)]
    public async Task A_busy_broker_is_service_busy(Operation operation)
    {
        await using var client = NewClient(retries: 0);
        var sender = client.CreateSender("orders");
        Queue.Fail(new Fault(operation, Conditions.Busy));

        Assert.Equal(ServiceBusFailureReason.ServiceBusy, await FailsAsync(() => operation == Operation.Manage
            ? sender.ScheduleMessageAsync(new ServiceBusMessage("a"), Clock.Now)
            : sender.SendMessageAsync(new ServiceBusMessage("a"))));
        Assert.Equal(0, Queue.ActiveMessageCount);
    }

    [Fact]
    public async Task A_settlement_that_fails_is_a_lost_lock_and_the_message_comes_again()
    {
        await Sender.SendMessageAsync(new ServiceBusMessage("a"));
        var message = await ReceiveAsync();
        Queue.Fail(new Fault(Operation.Settle, Conditions.LockLost));

        Assert.Equal(ServiceBusFailureReason.MessageLockLost, await FailsAsync(() => Receiver.CompleteMessageAsync(message)));
        Clock.Now += Queue.LockDuration;
        Assert.Equal(2, (await ReceiveAsync()).DeliveryCount);
    }

    [Fact]
    public async Task A_settlement_of_which_the_answer_is_lost_was_made()
    {
        await using var receiver = NewClient(retries: 0).CreateReceiver("orders");
        await Sender.SendMessageAsync(new ServiceBusMessage("a"));
        var message = await ReceiveAsync(receiver);
        Queue.Fail(new Fault(Operation.Settle, Conditions.Timeout, Done: true));

        Assert.Equal(ServiceBusFailureReason.ServiceTimeout, await FailsAsync(() => receiver.CompleteMessageAsync(message)));
        Assert.Equal(0, Queue.ActiveMessageCount);
    }

    [Theory]
    [InlineData(true, true, true, 1)]
    [InlineData(true, true, false, 2)]
    [InlineData(true, false, false, 1)]
    [InlineData(false, true, true, 1)]
    [InlineData(false, false, true, 1)]
    public async Task A_send_without_an_answer_is_made_again_and_only_duplicate_detection_notices_that_it_was_stored(
        bool cut, bool done, bool detects, int stored)
    {
        Queue.DuplicateDetectionWindow = detects ? TimeSpan.FromMinutes(10) : null;
        await using var client = NewClient(tryTimeout: cut ? Patience : TimeSpan.FromSeconds(1));
        Queue.Fail(new Fault(Operation.Send, Done: done, Cut: cut));

        await client.CreateSender("orders").SendMessageAsync(new ServiceBusMessage("a") { MessageId = "1" });

        Assert.Equal(stored, Queue.ActiveMessageCount);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_send_that_times_out_was_stored_or_was_not(bool done)
    {
        await using var client = NewClient(retries: 0);
        Queue.Fail(new Fault(Operation.Send, Conditions.Timeout, done));

        Assert.Equal(ServiceBusFailureReason.ServiceTimeout,
            await FailsAsync(() => client.CreateSender("orders").SendMessageAsync(new ServiceBusMessage("a"))));
        Assert.Equal(done ? 1 : 0, Queue.ActiveMessageCount);
    }

    [Fact]
    public async Task A_fault_happens_as_often_as_it_was_asked_for()
    {
        await using var client = NewClient(retries: 0);
        var sender = client.CreateSender("orders");
        Queue.Fail(new Fault(Operation.Send, Conditions.Timeout), times: 2);

        for (var i = 0; i < 2; i++)
            await FailsAsync(() => sender.SendMessageAsync(new ServiceBusMessage("a")));
        await sender.SendMessageAsync(new ServiceBusMessage("a"));

        Assert.Equal(1, Queue.ActiveMessageCount);
    }

    [Fact]
    public async Task Answers_can_take_their_time()
    {
        await Sender.SendMessageAsync(new ServiceBusMessage("a"));
        Broker.Network.Delay = TimeSpan.FromMilliseconds(200);
        var watch = Stopwatch.StartNew();

        await Sender.SendMessageAsync(new ServiceBusMessage("b"));

        Assert.True(watch.Elapsed >= TimeSpan.FromMilliseconds(190), $"{watch.Elapsed}");
    }

    [Fact]
    public async Task A_message_may_be_delivered_twice_at_once()
    {
        Queue.DuplicateNextDeliveries(1);
        await Sender.SendMessageAsync(new ServiceBusMessage("a") { MessageId = "1" });

        var (first, second) = (await ReceiveAsync(), await ReceiveAsync());

        Assert.Equal(("1", "1"), (first.MessageId, second.MessageId));
        await Receiver.CompleteMessageAsync(first);
        await Receiver.CompleteMessageAsync(second);
        Assert.Equal(0, Queue.ActiveMessageCount);
    }

    [Fact]
    public async Task A_client_that_connects_and_says_nothing_keeps_nobody_waiting()
    {
        using var mute = new TcpClient();
        await mute.ConnectAsync(IPAddress.Loopback, Broker.Network.Port);

        await Sender.SendMessageAsync(new ServiceBusMessage("a"));

        Assert.Equal(1, Queue.ActiveMessageCount);
    }

    [Fact]
    public async Task What_the_broker_holds_outlives_its_clients()
    {
        var client = NewClient();
        await client.CreateSender("orders").SendMessagesAsync([new ServiceBusMessage("a"), new ServiceBusMessage("b")]);
        await ReceiveAsync(client.CreateReceiver("orders"));
        Broker.Network.Sever();
        await client.DisposeAsync();

        Assert.Equal("b", (await ReceiveAsync()).Body.ToString());
        await AssertNothingToReceiveAsync();
        Clock.Now += Queue.LockDuration;
        Assert.Equal(("a", 2), await ReceiveAsync() is var again ? (again.Body.ToString(), again.DeliveryCount) : default);
    }
}
