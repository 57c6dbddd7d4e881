using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;
using PendoSync.Batches;
using PendoSync.Engine;

namespace PendoSync.Tests.Conformance;

public sealed class LocalQueueConformanceTests : BatchQueueConformance
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly LocalQueue _queue;

    public LocalQueueConformanceTests() => _queue = new LocalQueue(_clock);

    protected override IBatchQueue Queue => _queue;

    protected override DateTimeOffset Now => _clock.GetUtcNow();

    public override Task InitializeAsync() => Task.CompletedTask;

    public override Task DisposeAsync() => _queue.CloseAsync();

    protected override async Task<RecordBatch?> ReceiveAsync(TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        try
        {
            // The line of the suite's sync.
            await foreach (var batch in _queue.BatchesOf("visitors", limit.Token))
                return batch;
        }
        catch (OperationCanceledException)
        {
        }

        return null;
    }

    protected override Task<SyncRequest?> ReceiveRequestAsync(TimeSpan patience) => NextAsync(_queue.Requests, patience);

    protected override void Pass(TimeSpan time) => _clock.Advance(time);

    private static async Task<T?> NextAsync<T>(ChannelReader<T> reader, TimeSpan patience)
        where T : class
    {
        using var limit = new CancellationTokenSource(patience);
        try
        {
            return await reader.ReadAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }
}
