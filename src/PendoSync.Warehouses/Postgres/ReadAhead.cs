using System.Buffers;
using System.IO.Pipelines;

namespace PendoSync.Warehouses.Postgres;

/// <summary>
/// Reads a stream to its end on another thread, at most a megabyte ahead of whoever takes the bytes, so that receiving rows and working on
/// them overlap.
/// </summary>
internal sealed class ReadAhead : IAsyncDisposable
{
    private const int Most = 1024 * 1024;
    private const int Block = 64 * 1024;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);
    private readonly Pipe _pipe = new(new PipeOptions(
        pauseWriterThreshold: Most, resumeWriterThreshold: Most / 2, minimumSegmentSize: Block, useSynchronizationContext: false));
    private readonly CancellationTokenSource _breaking = new();
    private readonly Task _reading;

    /// <summary>Starts at once.</summary>
    public ReadAhead(Stream source)
    {
        Bytes = _pipe.Reader.AsStream();
        _reading = Task.Run(() => ReadAsync(source, _breaking.Token), CancellationToken.None);
    }

    /// <summary>What was read; it ends also where the source failed.</summary>
    public Stream Bytes { get; }

    /// <summary>What the source failed with; null once <see cref="Bytes"/> has ended: it came to its end.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>
    /// Waits until the source is left alone: it ended, or ends at the next row since nobody takes it; one that says nothing is broken
    /// off after two seconds.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        await Bytes.DisposeAsync();
        _breaking.CancelAfter(_patience);
        await _reading;
        _breaking.Dispose();
    }

    // The source may give a row at a time: they are handed over by the block, or when the next one is waited for.
    private async Task ReadAsync(Stream source, CancellationToken ct)
    {
        var chunk = new byte[Block];
        var held = 0;
        try
        {
            for (var wanted = true; wanted;)
            {
                var next = source.ReadAsync(chunk, ct);
                if (held >= Block || (held > 0 && !next.IsCompleted))
                {
                    held = 0;
                    wanted = !(await _pipe.Writer.FlushAsync(CancellationToken.None)).IsCompleted;
                }

                var read = await next;
                wanted &= read > 0;
                _pipe.Writer.Write(chunk.AsSpan(0, read));
                held += read;
            }
        }
        catch (Exception error)
        {
            Failure = error;
        }

        await _pipe.Writer.CompleteAsync();
    }
}
