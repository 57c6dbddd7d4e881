using System.Collections.Concurrent;
using System.Threading.Channels;
using PendoSync.Batches;

namespace PendoSync.Engine;

/// <summary>
/// The queue of one machine: a bounded channel, so that reading never runs far ahead of sending. It lives as long as its
/// process; what is in it then is cancelled by the next planner and planned again.
/// </summary>
/// <param name="clock">Time of delayed copies.</param>
/// <param name="capacity">Batches held before the planner waits.</param>
public sealed class LocalQueue(TimeProvider clock, int capacity = 4) : IBatchQueue
{
    private readonly Channel<RecordBatch> _batches = Channel.CreateBounded<RecordBatch>(capacity);
    private readonly Channel<SyncRequest> _requests = Channel.CreateUnbounded<SyncRequest>();
    private readonly ConcurrentDictionary<string, Task> _delayed = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _closed = new();

    /// <summary>Batches to deliver.</summary>
    public ChannelReader<RecordBatch> Batches => _batches.Reader;

    /// <summary>Requests to plan.</summary>
    public ChannelReader<SyncRequest> Requests => _requests.Reader;

    /// <inheritdoc/>
    public async Task SendAsync(RecordBatch batch, TimeSpan delay, CancellationToken ct)
    {
        if (batch.Copy == 0 && delay <= TimeSpan.Zero)
        {
            await _batches.Writer.WriteAsync(batch, ct);
            return;
        }

        // A deliverer never waits for room: all of them waiting for each other would stand still for ever.
        _delayed[batch.MessageId] = PutBackAsync(batch, delay);
    }

    /// <inheritdoc/>
    public Task RequestAsync(SyncRequest request, CancellationToken ct) => _requests.Writer.WriteAsync(request, ct).AsTask();

    /// <summary>Drops delayed copies; nothing is received any more.</summary>
    public async Task CloseAsync()
    {
        await _closed.CancelAsync();
        _batches.Writer.TryComplete();
        _requests.Writer.TryComplete();
        await Task.WhenAll(_delayed.Values);
    }

    private async Task PutBackAsync(RecordBatch batch, TimeSpan delay)
    {
        try
        {
            await Task.Delay(delay, clock, _closed.Token);
            await _batches.Writer.WriteAsync(batch, _closed.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or ChannelClosedException)
        {
            // Closing: the next planner settles what was not delivered.
        }
        finally
        {
            _delayed.TryRemove(batch.MessageId, out _);
        }
    }
}
