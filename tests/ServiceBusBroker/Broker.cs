using System.Collections.Concurrent;
using Amqp;
using Amqp.Framing;
using Amqp.Handler;
using Amqp.Listener;
using Amqp.Sasl;
using ServiceBusBroker.Links;

namespace ServiceBusBroker;

/// <summary>
/// A Service Bus namespace on a free local port, for clients that speak AMQP 1.0 to it: queues with peek-lock, dead letters, schedules,
/// time to live and duplicate detection, by a clock that a test may set, and faults. What it holds outlives its clients.
/// </summary>
/// <remarks>The protocol as Microsoft documents it: https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-protocol-guide
/// and https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-request-response.</remarks>
public sealed class Broker : IAsyncDisposable
{
    // How often time is looked at: a clock that jumps cannot say so.
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);

    private readonly ConcurrentDictionary<string, BrokerQueue> _queues = new(StringComparer.OrdinalIgnoreCase);
    private readonly CancellationTokenSource _stop = new();
    private readonly ContainerHost _host = new(new Address("amqp://broker"));
    private readonly Task _looking;

    /// <summary>Opens the broker.</summary>
    /// <param name="time">The clock of locks, schedules, times to live and duplicate detection; the machine's when left out.</param>
    public Broker(TimeProvider? time = null)
    {
        Time = time ?? TimeProvider.System;
        _host.CustomTransports.Add("amqp", Network);
        _host.AddressResolver = (_, attach) => Attaching.AddressOf(attach);
        var listener = _host.Listeners[0];
        listener.SASL.EnableAnonymousMechanism = true;
        listener.SASL.EnableMechanism("MSSBCBS", SaslProfile.Anonymous);
        listener.HandlerFactory = _ => new LockTokens();
        _host.RegisterRequestProcessor("$cbs", new Tokens(this));
        _host.RegisterLinkProcessor(new Attaching(this));
        _host.Open();
        _looking = LookAtTimeAsync();
    }

    /// <summary>The clock; it may be set and may jump, and what falls due comes within some milliseconds.</summary>
    public TimeProvider Time { get; set; }

    /// <summary>What a client connects with: plain AMQP, as for the emulator.</summary>
    public string ConnectionString =>
        $"Endpoint=sb://127.0.0.1:{Network.Port};SharedAccessKeyName=any;SharedAccessKey=any;UseDevelopmentEmulator=true";

    /// <summary>The connections, and their faults.</summary>
    public Network Network { get; } = new();

    /// <summary>Whether every token is refused (401), as for an identity without a role.</summary>
    public bool Unauthorized { get; set; }

    // One lock for all that is stored: the order of what happens is plain.
    internal Lock Gate { get; } = new();

    internal DateTimeOffset Now => Time.GetUtcNow();

    /// <summary>The queue of a name, made with the defaults of Azure if there is none. Clients find only queues that were made.</summary>
    public BrokerQueue Queue(string name)
    {
        lock (Gate)
        {
            if (_queues.TryGetValue(name, out var queue))
                return queue;
            queue = new BrokerQueue(this, name);
            foreach (var each in new[] { queue, queue.DeadLetters! })
                _host.RegisterRequestProcessor($"{each.Name}/$management", new Management(each));
            return _queues[name] = queue;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _looking;
        Network.Dispose();
        _host.Close();
        _stop.Dispose();
    }

    internal BrokerQueue? Find(string address)
    {
        const string deadLetters = "/$deadletterqueue";
        return address.EndsWith(deadLetters, StringComparison.OrdinalIgnoreCase)
            ? _queues.GetValueOrDefault(address[..^deadLetters.Length])?.DeadLetters
            : _queues.GetValueOrDefault(address);
    }

    private async Task LookAtTimeAsync()
    {
        using var timer = new PeriodicTimer(Look);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                foreach (var queue in _queues.Values)
                {
                    queue.Deliver();
                    queue.DeadLetters!.Deliver();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The broker was disposed.
        }
    }

    // The tag of a delivery is the token of its lock.
    private sealed class LockTokens : IHandler
    {
        public bool CanHandle(EventId id) => id == EventId.SendDelivery;

        public void Handle(Event protocolEvent)
        {
            if (protocolEvent is { Id: EventId.SendDelivery, Context: IDelivery { Message: Outgoing message } delivery })
                delivery.Tag = message.LockToken.ToByteArray();
        }
    }
}
