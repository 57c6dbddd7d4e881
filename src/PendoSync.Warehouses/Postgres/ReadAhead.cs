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

    /// <summary>What was read; a failure of the source is thrown from here.</summary>
    public Stream Bytes { get; }

    /// <summary>
    /// Waits until the source is left alone: it ended, or ends at the next block since nobody takes it; one that says nothing is broken
    /// off after two seconds.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        await Bytes.DisposeAsync();
        _breaking.CancelAfter(_patience);
        await _reading;
        _breaking.Dispose();
    }

    // The source may give a row at a time: whole blocks are handed over.
    private async Task ReadAsync(Stream source, CancellationToken ct)
    {
        try
        {
            for (var wanted = true; wanted;)
            {
                var block = _pipe.Writer.GetMemory(Block);
                var filled = await source.ReadAtLeastAsync(block, block.Length, throwOnEndOfStream: false, ct);
                _pipe.Writer.Advance(filled);
                wanted = !(await _pipe.Writer.FlushAsync(CancellationToken.None)).IsCompleted && filled == block.Length;
            }

            await _pipe.Writer.CompleteAsync();
        }
        catch (Exception error)
        {
            await _pipe.Writer.CompleteAsync(error);
        }
    }
}
