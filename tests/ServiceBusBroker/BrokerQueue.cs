using System.Diagnostics;
using Amqp;
using Amqp.Framing;
using ServiceBusBroker.Links;

namespace ServiceBusBroker;

/// <summary>A queue of a <see cref="Broker"/>: its settings, what is in it, and its faults.</summary>
public sealed partial class BrokerQueue
{
    private readonly Broker _broker;
    private readonly BrokerQueue? _source;
    private readonly List<Fault> _faults = [];
    private readonly List<QueueLink> _links = [];

    internal BrokerQueue(Broker broker, string name, BrokerQueue? source = null)
    {
        (_broker, Name, _source) = (broker, name, source);
        DeadLetters = source is null ? new BrokerQueue(broker, $"{name}/$deadletterqueue", this) : null;
    }

    /// <summary>The address, without a slash before it.</summary>
    public string Name { get; }

    /// <summary>The queue of its dead letters; null for that queue itself.</summary>
    public BrokerQueue? DeadLetters { get; }

    /// <summary>How long a receiver has a message to itself. One minute.</summary>
    public TimeSpan LockDuration { get => _source?.LockDuration ?? field; set; } = TimeSpan.FromMinutes(1);

    /// <summary>After how many deliveries a message becomes a dead letter. Ten.</summary>
    public int MaxDeliveryCount { get; set; } = 10;

    /// <summary>How long a message lives at most, and by default. For ever.</summary>
    public TimeSpan DefaultMessageTimeToLive { get; set; } = TimeSpan.MaxValue;

    /// <summary>Whether a message that has expired becomes a dead letter; else it is gone. No.</summary>
    public bool DeadLetteringOnMessageExpiration { get; set; }

    /// <summary>For how long a message id is remembered, so that the same one again is dropped. Null, as by default: not at all.</summary>
    public TimeSpan? DuplicateDetectionWindow { get; set; }

    /// <summary>The largest message or batch, in bytes as sent. 256 KB, as of the Standard tier.</summary>
    public int MaxMessageSize { get; set; } = 256 * 1024;

    /// <summary>Whether nothing can be sent or received; its links are closed when it becomes so.</summary>
    public bool Disabled
    {
        get => _source?.Disabled ?? field;
        set
        {
            field = value;
            if (value)
                CloseLinks(new Error(Conditions.Disabled) { Description = $"Messaging entity '{Name}' is currently disabled." });
        }
    }

    /// <summary>Messages to be received now, locked ones among them.</summary>
    public int ActiveMessageCount => Count(m => m is { Scheduled: null, Deferred: false });

    /// <summary>Messages that a receiver has under a lock.</summary>
    public int LockedMessageCount => Count(m => _locked.ContainsKey(m.LockToken));

    /// <summary>Messages that become active later.</summary>
    public int ScheduledMessageCount => Count(m => m.Scheduled is not null);

    /// <summary>Messages that are received by their number only.</summary>
    public int DeferredMessageCount => Count(m => m.Deferred);

    /// <summary>Dead letters.</summary>
    public int DeadLetterMessageCount => DeadLetters?.ActiveMessageCount ?? 0;

    /// <summary>How many links receive from it.</summary>
    public int ReceiverCount => Guarded(() => _receivers.Count);

    /// <summary>Lets the next operations of a kind go wrong.</summary>
    /// <param name="fault">How.</param>
    /// <param name="times">How many of them.</param>
    public void Fail(Fault fault, int times = 1) => Guarded(() => _faults.AddRange(Enumerable.Repeat(fault, times)));

    /// <summary>Delivers each of the next messages once more, as when a lock is lost while its receiver goes on.</summary>
    public void DuplicateNextDeliveries(int count) => Guarded(() => _duplicates += count);

    /// <summary>Waits, in real time, until no message is active.</summary>
    /// <exception cref="TimeoutException">Some still are.</exception>
    public async Task WaitUntilEmptyAsync(TimeSpan patience)
    {
        var watch = Stopwatch.StartNew();
        while (ActiveMessageCount > 0)
        {
            if (watch.Elapsed > patience)
                throw new TimeoutException($"{Name} still has {ActiveMessageCount} active messages after {patience}");
            await Task.Delay(10);
        }
    }

    internal Broker Broker => _broker;

    internal Fault? TakeFault(Operation operation) => Guarded(() =>
    {
        var fault = _faults.Find(f => f.Operation == operation);
        if (fault is not null)
            _faults.Remove(fault);
        return fault;
    });

    internal void Add(QueueLink link) => Guarded(() =>
    {
        _links.Add(link);
        if (link is ReceivingLink receiver)
            _receivers.Add(receiver);
    });

    internal void Remove(QueueLink link) => Guarded(() =>
    {
        _links.Remove(link);
        if (link is ReceivingLink receiver)
            _receivers.Remove(receiver);
    });

    private void CloseLinks(Error error)
    {
        foreach (var link in Guarded(() => _links.Concat(DeadLetters?._links ?? []).ToList()))
            link.Close(error);
    }

    private int Count(Func<StoredMessage, bool> which) => Guarded(() =>
    {
        FallDue();
        return _messages.Values.Count(which);
    });

    private T Guarded<T>(Func<T> read)
    {
        lock (_broker.Gate)
            return read();
    }

    private void Guarded(Action change)
    {
        lock (_broker.Gate)
            change();
    }
}
