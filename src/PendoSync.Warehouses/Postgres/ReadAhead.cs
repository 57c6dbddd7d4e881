using System.IO.Pipelines;

namespace PendoSync.Warehouses.Postgres;

/// <summary>
/// Reads a stream to its end on another thread, at most a megabyte ahead of whoever takes the bytes, so that waiting for them and working
/// on them overlap.
/// </summary>
internal sealed class ReadAhead : IAsyncDisposable
{
    private const int Most = 1024 * 1024;
    private const int Block = 64 * 1024;
    private readonly Pipe _pipe =
        new(new PipeOptions(pauseWriterThreshold: Most, resumeWriterThreshold: Most / 2, minimumSegmentSize: Block,
        useSynchronizationContext: false));
    private readonly Stream _source;
    private readonly Task _reading;

    /// <summary>Starts at once.</summary>
    public ReadAhead(Stream source)
    {
        _source = source;
        Bytes = _pipe.Reader.AsStream();
        _reading = Task.Run(ReadAsync);
    }

    /// <summary>What was read; a failure of the source is thrown from here.</summary>
    public Stream Bytes { get; }

    /// <summary>
    /// Waits until the source is left alone; it ends by itself, or because it was cancelled, or at the next block since nobody takes it.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        await Bytes.DisposeAsync();
        await _reading;
    }

    // The source may give a row at a time: whole blocks are handed over.
    private async Task ReadAsync()
    {
        Exception? failure = null;
        try
        {
            for (var (more, wanted) = (true, true); more && wanted;)
            {
                var block = _pipe.Writer.GetMemory(Block);
                var filled = 0;
                while (more && filled < Block)
                {
                    var read = await _source.ReadAsync(block[filled..], CancellationToken.None);
                    filled += read;
                    more = read > 0;
                }

                _pipe.Writer.Advance(filled);
                wanted = !(await _pipe.Writer.FlushAsync()).IsCompleted;
            }
        }
        catch (Exception error)
        {
            failure = error;
        }

        await _pipe.Writer.CompleteAsync(failure);
    }
}
