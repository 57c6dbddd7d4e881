using System.Diagnostics;
using PendoSync.Batches;
using PendoSync.Engine;
using PendoSync.Tests.Batches;

namespace PendoSync.Tests.Engine;

/// <summary>
/// Where a batch waited can be told by what comes out: from memory it is the same object, from the disk another one like it.
/// </summary>
public sealed class LocalQueueTests
{
    [Fact]
    public async Task Batches_that_go_as_fast_as_they_come_never_touch_the_disk()
    {
        using var queue = new LocalQueue(TimeProvider.System);
        var sent = Batches(300);
        var receiving = ReceiveAsync(queue, sent.Count);
        foreach (var batch in sent)
            await queue.SendAsync(batch, TimeSpan.Zero, CancellationToken.None);

        Assert.All(sent.Zip(await receiving), pair => Assert.Same(pair.First, pair.Second));
    }

    [Fact]
    public async Task Reading_goes_on_while_nobody_takes_a_batch_and_memory_is_used_again_once_the_line_is_short()
    {
        using var queue = new LocalQueue(TimeProvider.System);
        var sent = Batches(200);
        var began = Stopwatch.GetTimestamp();
        foreach (var batch in sent)
            await queue.SendAsync(batch, TimeSpan.Zero, CancellationToken.None);
        // Each waiting for itself would take twenty seconds.
        Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(10));

        var got = await ReceiveAsync(queue, sent.Count);

        Assert.Equal(LocalQueue.InMemory, sent.Zip(got).Count(pair => ReferenceEquals(pair.First, pair.Second)));
        Assert.Equal(sent.Select(b => b.Id), got.Select(b => b.Id));
        await queue.SendAsync(sent[0], TimeSpan.Zero, CancellationToken.None);
        Assert.Same(sent[0], (await ReceiveAsync(queue, 1))[0]);
    }

    private static List<RecordBatch> Batches(int count) => [.. Enumerable.Range(0, count)
        .Select(i => RecordBatchFormatTests.Batch([$"{{\"id\":\"{i}\"}}"], events: false)).Select((batch, i) => new RecordBatch
        {
            Id = batch.Id with { Number = i },
            Target = batch.Target,
            Records = batch.Records,
            FirstEnqueued = batch.FirstEnqueued,
        })];

    private static async Task<List<RecordBatch>> ReceiveAsync(LocalQueue queue, int count)
    {
        var got = new List<RecordBatch>();
        await foreach (var batch in queue.BatchesOf("visitor-health", CancellationToken.None))
        {
            got.Add(batch);
            if (got.Count == count)
                break;
        }

        return got;
    }
}
