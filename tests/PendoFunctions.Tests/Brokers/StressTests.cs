using System.Collections.Concurrent;
using Azure.Messaging.ServiceBus;
using ServiceBusBroker;

namespace PendoFunctions.Tests.Brokers;

public sealed class StressTests : BrokerWorld
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Nothing_is_lost_or_stored_twice_by_many_clients_while_connections_break_answers_get_lost_and_the_clock_jumps(int seed)
    {
        const int count = 300;
        Queue.MaxDeliveryCount = 1000;
        Queue.DuplicateDetectionWindow = TimeSpan.FromDays(1);
        var random = new Random(seed);
        // By message id, the number it was stored with, for each delivery.
        var handled = new ConcurrentDictionary<string, ConcurrentBag<long>>();
        var processors = Enumerable.Range(0, 3).Select(i => NewClient(retries: 20).CreateProcessor("orders",
            new ServiceBusProcessorOptions { MaxConcurrentCalls = 4, PrefetchCount = i * 5, AutoCompleteMessages = false })).ToList();
        foreach (var processor in processors)
        {
            processor.ProcessErrorAsync += _ => Task.CompletedTask;
            processor.ProcessMessageAsync += async m =>
            {
                var deliveries = handled.GetOrAdd(m.Message.MessageId, _ => []);
                deliveries.Add(m.Message.EnqueuedSequenceNumber);
                if (deliveries.Count == 1 && int.Parse(m.Message.MessageId) % 5 == 0)
                    await m.AbandonMessageAsync(m.Message);
                else
                    await m.CompleteMessageAsync(m.Message);
            };
            await processor.StartProcessingAsync();
        }

        var sending = Task.WhenAll(Enumerable.Range(0, 3).Select(async s =>
        {
            var sender = NewClient(retries: 50).CreateSender("orders");
            for (var i = s; i < count; i += 3)
            {
                await sender.SendMessageAsync(new ServiceBusMessage("a")
                {
                    MessageId = $"{i}",
                    ScheduledEnqueueTime = i % 7 == 0 ? Clock.Now.AddMinutes(5) : default,
                });
            }
        }));
        while (!sending.IsCompleted || Queue.ActiveMessageCount + Queue.ScheduledMessageCount > 0)
        {
            switch (random.Next(sending.IsCompleted ? 8 : 4))
            {
                case 0:
                    Broker.Network.Sever();
                    break;
                case 1:
                    Queue.Fail(new Fault(Operation.Send, Done: true, Cut: true));
                    break;
                case 2:
                    Queue.Fail(new Fault(Operation.Settle, Conditions.LockLost));
                    break;
                default:
                    Clock.Now += Queue.LockDuration;
                    break;
            }

            await Task.Delay(50);
        }

        await sending;
        Assert.Equal(count, handled.Count);
        Assert.All(handled.Values, deliveries => Assert.Single(deliveries.Distinct()));
        Assert.Equal((0, 0), (Queue.LockedMessageCount, Queue.DeadLetterMessageCount));
    }
}
