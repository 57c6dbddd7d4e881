using Azure.Messaging.ServiceBus;
using PendoSync.Tests.Worlds;
using ServiceBusBroker;

namespace PendoFunctions.Tests.Brokers;

/// <summary>A broker by a clock that stands still, with one queue, and the real client.</summary>
public abstract class BrokerWorld : IAsyncDisposable
{
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    protected static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(300);

    private readonly List<ServiceBusClient> _clients = [];

    protected BrokerWorld()
    {
        Broker = new Broker(Clock);
        Queue = Broker.Queue("orders");
        Client = NewClient();
        Sender = Client.CreateSender("orders");
        Receiver = Client.CreateReceiver("orders");
    }

    protected ManualClock Clock { get; } = new();

    protected Broker Broker { get; }

    protected BrokerQueue Queue { get; }

    protected ServiceBusClient Client { get; }

    protected ServiceBusSender Sender { get; }

    protected ServiceBusReceiver Receiver { get; }

    public async ValueTask DisposeAsync()
    {
        // First the broker: a client that cannot reach it closes at once.
        await Broker.DisposeAsync();
        foreach (var client in _clients)
            await client.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected ServiceBusClient NewClient(int retries = 3, TimeSpan? tryTimeout = null)
    {
        var options = new ServiceBusClientOptions
        {
            RetryOptions = new ServiceBusRetryOptions
            {
                MaxRetries = retries,
                TryTimeout = tryTimeout ?? Patience,
                Delay = TimeSpan.FromMilliseconds(10),
                MaxDelay = TimeSpan.FromMilliseconds(50),
            },
        };
        var client = new ServiceBusClient(Broker.ConnectionString, options);
        _clients.Add(client);
        return client;
    }

    protected async Task<ServiceBusReceivedMessage> ReceiveAsync(ServiceBusReceiver? from = null)
    {
        var message = await (from ?? Receiver).ReceiveMessageAsync(Patience);
        Assert.NotNull(message);
        return message;
    }

    protected async Task AssertNothingToReceiveAsync(ServiceBusReceiver? from = null) =>
        Assert.Null(await (from ?? Receiver).ReceiveMessageAsync(Moment));

    protected ServiceBusReceiver DeadLetters() =>
        Client.CreateReceiver("orders", new ServiceBusReceiverOptions { SubQueue = SubQueue.DeadLetter });

    protected static async Task<ServiceBusFailureReason> FailsAsync(Func<Task> what) =>
        (await Assert.ThrowsAsync<ServiceBusException>(what)).Reason;

    protected static async Task UntilAsync(Func<bool> holds)
    {
        for (var left = Patience; !holds(); left -= TimeSpan.FromMilliseconds(10))
        {
            Assert.True(left > TimeSpan.Zero, "it did not happen");
            await Task.Delay(10);
        }
    }
}
