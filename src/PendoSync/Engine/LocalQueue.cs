using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using PendoSync.Batches;

namespace PendoSync.Engine;

/// <summary>
/// The queue of one machine: a line for each sync, so that none stands behind another. A few batches wait in memory; where they do not
/// go soon, the others wait in a file that nobody else can read, so that a warehouse is not kept reading while Pendo's rate is waited for.
/// Reading waits a moment for room in memory, and else only when the file is full. It lives as long as its process; what is in it then is
/// cancelled by the next planner and planned again.
/// </summary>
/// <param name="clock">Time of delayed copies.</param>
/// <param name="mostWaiting">Bytes of batches that wait in the file, of all syncs together. Default 1 GiB.</param>
public sealed class LocalQueue(TimeProvider clock, long mostWaiting = 1L << 30) : IBatchQueue, IDisposable
{
    /// <summary>Batches of a sync that wait in memory.</summary>
    public const int InMemory = 4;

    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _glance = TimeSpan.FromMilliseconds(1);
    // Where batches go as fast as they come, the disk would only cost: a seventh of the processor's time of a first run.
    private static readonly TimeSpan _patience = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<string, Line> _lines = new(StringComparer.Ordinal);
    private readonly Channel<SyncRequest> _requests = Channel.CreateUnbounded<SyncRequest>();
    private readonly ConcurrentDictionary<string, Task> _delayed = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _closed = new();
    private readonly Spool _spool = new(mostWaiting);

    /// <summary>Requests to plan.</summary>
    public ChannelReader<SyncRequest> Requests => _requests.Reader;

    /// <summary>Batches of a sync to deliver, until the queue is closed.</summary>
    public async IAsyncEnumerable<RecordBatch> BatchesOf(string sync, [EnumeratorCancellation] CancellationToken ct)
    {
        var line = LineOf(sync).Reader;
        while (await line.WaitToReadAsync(ct))
            while (line.TryRead(out var take))
                yield return take();
    }

    /// <summary>Batches of a sync that nobody has taken yet.</summary>
    public int WaitingOf(string sync) => LineOf(sync).Reader.Count;

    /// <inheritdoc/>
    public async Task SendAsync(RecordBatch batch, TimeSpan delay, CancellationToken ct)
    {
        if (batch.Copy > 0 || delay > TimeSpan.Zero)
        {
            // A deliverer never waits for room: all of them waiting for each other would stand still for ever.
            _delayed[batch.MessageId] = PutBackAsync(batch, delay);
            return;
        }

        var line = LineOf(batch.Id.Sync);
        if (line.Reader.Count < InMemory)
            line.IsSlow = false;
        byte[]? body = null;
        for (var began = Stopwatch.GetTimestamp(); line.Reader.Count >= InMemory;)
        {
            line.IsSlow |= Stopwatch.GetElapsedTime(began) > _patience;
            if (line.IsSlow && _spool.TryStore(body ??= RecordBatchFormat.WritePlain(batch), RecordBatchFormat.ReadPlain) is { } stored)
            {
                await line.Writer.WriteAsync(stored, ct);
                return;
            }

            await Task.Delay(line.IsSlow ? _look : _glance, TimeProvider.System, ct);
        }

        await line.Writer.WriteAsync(() => batch, ct);
    }

    /// <inheritdoc/>
    public Task RequestAsync(SyncRequest request, CancellationToken ct) => _requests.Writer.WriteAsync(request, ct).AsTask();

    /// <summary>Drops delayed copies; nothing is received any more.</summary>
    public async Task CloseAsync()
    {
        await _closed.CancelAsync();
        foreach (var line in _lines.Values)
            line.Writer.TryComplete();
        _requests.Writer.TryComplete();
        await Task.WhenAll(_delayed.Values);
    }

    /// <summary>Gives up what waits; nobody receives any more.</summary>
    public void Dispose()
    {
        _spool.Dispose();
        _closed.Dispose();
    }

    private Line LineOf(string sync) => _lines.GetOrAdd(sync, _ => new Line());

    private async Task PutBackAsync(RecordBatch batch, TimeSpan delay)
    {
        try
        {
            await Task.Delay(delay, clock, _closed.Token);
            await LineOf(batch.Id.Sync).Writer.WriteAsync(() => batch, _closed.Token);
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

    /// <summary>The batches of a sync.</summary>
    private sealed class Line
    {
        private readonly Channel<Func<RecordBatch>> _batches = Channel.CreateUnbounded<Func<RecordBatch>>();

        public ChannelReader<Func<RecordBatch>> Reader => _batches.Reader;

        public ChannelWriter<Func<RecordBatch>> Writer => _batches.Writer;

        /// <summary>True while no batch gets room in memory soon.</summary>
        public bool IsSlow { get; set; }
    }
}
