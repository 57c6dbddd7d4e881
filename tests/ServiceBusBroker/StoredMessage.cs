using Amqp;
using Amqp.Framing;
using Amqp.Types;

namespace ServiceBusBroker;

/// <summary>A message as a queue holds it. Its state follows from its fields: scheduled, deferred, locked, or ready.</summary>
internal sealed class StoredMessage(Message content)
{
    // What the sender gave; its header and annotations are never sent as they are.
    private readonly Message _content = content;

    public long SequenceNumber { get; set; }

    public long EnqueuedSequenceNumber { get; set; }

    public DateTimeOffset EnqueuedTime { get; set; }

    /// <summary>When it becomes active; null once it is.</summary>
    public DateTimeOffset? Scheduled { get; set; }

    public DateTimeOffset ExpiresAt { get; private set; } = DateTimeOffset.MaxValue;

    public bool Deferred { get; set; }

    /// <summary>The token of the last lock; it counts as long as the queue knows it.</summary>
    public Guid LockToken { get; set; }

    public DateTimeOffset LockedUntil { get; set; }

    /// <summary>How often it was delivered.</summary>
    public int Deliveries { get; set; }

    public string? MessageId => _content.Properties?.GetMessageId()?.ToString();

    /// <summary>When the sender wants it to become active, if it said so.</summary>
    public DateTimeOffset? WantedAt =>
        _content.MessageAnnotations?.Map.GetValueOrDefault((Symbol)"x-opt-scheduled-enqueue-time") is DateTime time
            ? new DateTimeOffset(time)
            : null;

    public StoredMessage Copy() =>
        new(Message.Decode(_content.Encode())) { EnqueuedTime = EnqueuedTime, Deliveries = Deliveries, ExpiresAt = ExpiresAt };

    /// <summary>Starts its time to live: what the sender asked for, at most what the queue allows.</summary>
    public void Live(DateTimeOffset from, TimeSpan atMost)
    {
        EnqueuedTime = from;
        var properties = _content.Properties ??= new Properties();
        var asked = _content.Header is { } header && header.Ttl < uint.MaxValue ? TimeSpan.FromMilliseconds(header.Ttl)
            : properties.HasField(8) && properties.HasField(9) ? properties.AbsoluteExpiryTime - properties.CreationTime
            : TimeSpan.MaxValue;
        var life = asked < atMost ? asked : atMost;
        ExpiresAt = life < DateTimeOffset.MaxValue - from ? from + life : DateTimeOffset.MaxValue;
        if (ExpiresAt == DateTimeOffset.MaxValue)
            return;
        (properties.CreationTime, properties.AbsoluteExpiryTime) = (from.UtcDateTime, ExpiresAt.UtcDateTime);
        (_content.Header ??= new Header()).Ttl = (uint)Math.Min(life.TotalMilliseconds, uint.MaxValue);
    }

    public void LiveForEver() => ExpiresAt = DateTimeOffset.MaxValue;

    /// <summary>Sets application properties.</summary>
    public void Set(IEnumerable<KeyValuePair<object, object>>? properties)
    {
        foreach (var (name, value) in properties ?? [])
            (_content.ApplicationProperties ??= new ApplicationProperties())[name.ToString()!] = value;
    }

    /// <summary>The message for a receiver, or for somebody who peeks.</summary>
    public Outgoing ForReceiver(bool peeked = false)
    {
        var header = new Header { DeliveryCount = (uint)(peeked ? Deliveries : Deliveries - 1) };
        if (_content.Header is { } given)
            (header.Durable, header.Priority) = (given.Durable, given.Priority);
        if (_content.Header is { } life && life.HasField(2))
            header.Ttl = life.Ttl;
        var annotations = new MessageAnnotations();
        foreach (var (name, value) in _content.MessageAnnotations?.Map ?? [])
            annotations[name] = value;
        annotations[(Symbol)"x-opt-sequence-number"] = SequenceNumber;
        annotations[(Symbol)"x-opt-enqueue-sequence-number"] = EnqueuedSequenceNumber;
        annotations[(Symbol)"x-opt-enqueued-time"] = EnqueuedTime.UtcDateTime;
        annotations[(Symbol)"x-opt-message-state"] = Scheduled is not null ? 2 : Deferred ? 1 : 0;
        if (!peeked)
            annotations[(Symbol)"x-opt-locked-until"] = LockedUntil.UtcDateTime;
        return new Outgoing(LockToken)
        {
            Header = header,
            MessageAnnotations = annotations,
            Properties = _content.Properties,
            ApplicationProperties = _content.ApplicationProperties,
            BodySection = _content.BodySection,
            Footer = _content.Footer,
        };
    }
}

/// <summary>A message on its way to a receiver, under a lock.</summary>
internal sealed class Outgoing(Guid lockToken) : Message
{
    public Guid LockToken { get; } = lockToken;
}
