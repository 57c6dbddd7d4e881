using PendoSync.Batches;

namespace PendoSync.Tests.Worlds;

/// <summary>A message with the bytes it travels as.</summary>
internal sealed class WorldMessage(byte[] body, BatchId batch)
{
    public byte[] Body { get; } = body;

    public BatchId Batch { get; } = batch;

    public DateTimeOffset VisibleAt { get; set; }

    public string? LockedBy { get; set; }

    public DateTimeOffset LockedUntil { get; set; }
}

/// <summary>
/// A queue that delivers at least once; with a chaos it also repeats, delays and reorders. Where it has many receivers, it drops what has
/// an id that was sent within the last hour, as Service Bus does.
/// </summary>
internal sealed class WorldQueue(World world)
{
    private static readonly TimeSpan Lock = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan DetectionWindow = TimeSpan.FromHours(1);
    private readonly List<WorldMessage> _messages = [];
    private readonly Dictionary<string, DateTimeOffset> _sent = new(StringComparer.Ordinal);

    public int Count => _messages.Count;

    /// <summary>True while a message of the batch waits or is worked on.</summary>
    public bool Holds(BatchId batch) => _messages.Any(m => m.Batch == batch);

    public void Send(RecordBatch batch, TimeSpan delay)
    {
        var now = world.Clock.GetUtcNow();
        if (!world.Setup.OneMachine && _sent.TryGetValue(batch.MessageId, out var before) && now - before < DetectionWindow)
            return;
        _sent[batch.MessageId] = now;
        var body = RecordBatchFormat.Write(batch);
        var copies = world.Chaos is { } chaos && chaos.NextDouble() < 0.15 ? 2 : 1;
        for (var i = 0; i < copies; i++)
        {
            var late = world.Chaos is { } luck && luck.NextDouble() < 0.15 ? TimeSpan.FromSeconds(luck.Next(1, 1200)) : TimeSpan.Zero;
            _messages.Add(new WorldMessage(body, batch.Id) { VisibleAt = now + delay + late });
        }
    }

    public WorldMessage? Receive(string by)
    {
        var now = world.Clock.GetUtcNow();
        var free = _messages.Where(m => m.VisibleAt <= now && (m.LockedBy is null || m.LockedUntil <= now)).ToList();
        if (free.Count == 0)
            return null;
        var message = free[world.Chaos?.Next(free.Count) ?? 0];
        (message.LockedBy, message.LockedUntil) = (by, now + Lock + Lock);
        return message;
    }

    /// <summary>How long an idle worker sleeps: until something may come, and not too long since something may be sent.</summary>
    public TimeSpan UntilNext()
    {
        var now = world.Clock.GetUtcNow();
        var next = _messages.Count == 0 ? now : _messages.Min(m => m.VisibleAt > m.LockedUntil ? m.VisibleAt : m.LockedUntil);
        return TimeSpan.FromSeconds(Math.Clamp((next - now).TotalSeconds, 1, 20));
    }

    public bool Complete(WorldMessage message)
    {
        var removed = _messages.Remove(message);
        world.Watch.Completed(message.Batch, this);
        return removed;
    }

    public void Abandon(WorldMessage message, TimeSpan delay) =>
        (message.LockedBy, message.VisibleAt) = (null, world.Clock.GetUtcNow() + delay);

    /// <summary>Of a copied world.</summary>
    public void CopyFrom(WorldQueue other)
    {
        _messages.AddRange(other._messages.Select(m => new WorldMessage(m.Body, m.Batch) { VisibleAt = m.VisibleAt }));
        foreach (var (id, at) in other._sent)
            _sent[id] = at;
    }
}

/// <summary>The queue as one process sees it.</summary>
internal sealed class ProcessQueue(World world, WorldProcess process) : IBatchQueue
{
    public Task SendAsync(RecordBatch batch, TimeSpan delay, CancellationToken ct) => process.EffectAsync("send batch", () =>
    {
        ct.ThrowIfCancellationRequested();
        if (world.BeforeSend?.Invoke(process) is { } fault)
            throw fault;
        process.Queue.Send(batch, delay);
        return Task.FromResult(true);
    });

    public Task RequestAsync(SyncRequest request, CancellationToken ct) => process.EffectAsync("send request", () => Task.FromResult(true));
}
