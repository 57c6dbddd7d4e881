using System.Text;
using PendoSync.Batches;
using PendoSync.Definitions;
using Xunit;

namespace PendoSync.Tests.Conformance;

/// <summary>What every queue must do; one subclass per queue.</summary>
public abstract class BatchQueueConformance : IAsyncLifetime
{
    /// <summary>Longest wait for what must come.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly CancellationToken Ct = CancellationToken.None;

    /// <summary>The queue; with a clock that <see cref="Pass"/> moves.</summary>
    protected abstract IBatchQueue Queue { get; }

    /// <summary>When the queue's clock was made.</summary>
    protected abstract DateTimeOffset Now { get; }

    public abstract Task InitializeAsync();

    public abstract Task DisposeAsync();

    /// <summary>The next batch, received for good; null when none came in time.</summary>
    protected abstract Task<RecordBatch?> ReceiveAsync(TimeSpan patience);

    /// <summary>The next request, received for good; null when none came in time.</summary>
    protected abstract Task<SyncRequest?> ReceiveRequestAsync(TimeSpan patience);

    /// <summary>Lets time pass.</summary>
    protected abstract void Pass(TimeSpan time);

    [Fact]
    public async Task A_batch_arrives_whole()
    {
        var sent = Batch(7).Again(countTry: true);
        await Queue.SendAsync(sent, TimeSpan.Zero, Ct);

        var got = (await ReceiveAsync(Patience))!;

        Assert.Equal((sent.Id, sent.Target, sent.Try, sent.Copy, sent.Cursor, sent.FirstEnqueued),
            (got.Id, got.Target, got.Try, got.Copy, got.Cursor, got.FirstEnqueued));
        Assert.Equal(2, got.Records.Count);
        for (var i = 0; i < got.Records.Count; i++)
            Assert.Equal((sent.Records.KeyOf(i), Encoding.UTF8.GetString(sent.Records.PayloadOf(i).Span)),
                (got.Records.KeyOf(i), Encoding.UTF8.GetString(got.Records.PayloadOf(i).Span)));
    }

    [Fact]
    public async Task Every_batch_arrives_in_whatever_order()
    {
        for (var i = 0; i < 3; i++)
            await Queue.SendAsync(Batch(i), TimeSpan.Zero, Ct);

        var numbers = new List<int>();
        for (var i = 0; i < 3; i++)
            numbers.Add((await ReceiveAsync(Patience))!.Id.Number);
        Assert.Equal([0, 1, 2], numbers.Order());
    }

    [Fact]
    public async Task A_delayed_copy_comes_when_its_time_has_come_and_not_before()
    {
        await Queue.SendAsync(Batch(1).Again(countTry: false), TimeSpan.FromMinutes(5), Ct);
        await Queue.SendAsync(Batch(2), TimeSpan.Zero, Ct);

        Assert.Equal(2, (await ReceiveAsync(Patience))!.Id.Number);
        Pass(TimeSpan.FromMinutes(4));
        Assert.Null(await ReceiveAsync(TimeSpan.FromMilliseconds(300)));
        Pass(TimeSpan.FromMinutes(2));
        Assert.Equal((1, 1), await ReceiveAsync(Patience) is { } late ? (late.Id.Number, late.Copy) : default);
    }

    [Fact]
    public async Task Each_copy_of_a_batch_arrives()
    {
        var batch = Batch(1);
        for (var copy = 1; copy <= 3; copy++)
            await Queue.SendAsync(batch = batch.Again(countTry: copy % 2 == 0), TimeSpan.Zero, Ct);

        var copies = new List<(int, int)>();
        for (var i = 0; i < 3; i++)
            copies.Add(await ReceiveAsync(Patience) is { } got ? (got.Copy, got.Try) : default);
        Assert.Equal([(1, 0), (2, 1), (3, 1)], copies.Order());
    }

    [Fact]
    public async Task A_copy_that_was_sent_twice_arrives_at_least_once()
    {
        var copy = Batch(1).Again(countTry: false);
        await Queue.SendAsync(copy, TimeSpan.Zero, Ct);
        await Queue.SendAsync(copy, TimeSpan.Zero, Ct);

        Assert.Equal(copy.MessageId, (await ReceiveAsync(Patience))?.MessageId);
    }

    [Fact]
    public async Task A_batch_of_ordinary_size_fits() => Assert.True(await Task.FromResult(Queue.Fits(Batch(1))));

    [Fact]
    public async Task A_request_arrives_and_may_be_asked_again()
    {
        var request = new SyncRequest("visitors", "visitors-1", RunMode.Full, "http", Now,
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        for (var i = 0; i < 2; i++)
        {
            await Queue.RequestAsync(request, Ct);
            Assert.Equal(request, await ReceiveRequestAsync(Patience));
        }
    }

    [Fact]
    public async Task A_caller_who_went_away_sends_nothing()
    {
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Queue.SendAsync(Batch(1), TimeSpan.Zero, gone.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            Queue.RequestAsync(new SyncRequest("visitors", "visitors-1", RunMode.Full, "http", Now), gone.Token));
        Assert.Null(await ReceiveAsync(TimeSpan.FromMilliseconds(300)));
    }

    private RecordBatch Batch(int number)
    {
        var payloads = new[] { """{"visitorId":"Zoë \"1\"","values":{"plan":"日本"}}"""u8.ToArray(),
            """{"visitorId":"b","values":{"plan":null}}"""u8.ToArray() };
        return new RecordBatch
        {
            Id = new BatchId("visitors", "visitors-1", 2, number),
            Target = new BatchTarget { Connection = "production", Object = PendoObject.Visitor, Group = "agent", Create = true },
            Records = new PackedRecords([.. payloads.SelectMany(p => p)], [payloads[0].Length, payloads.Sum(p => p.Length)], [1, 2],
                [3, 4], [0, 1], null),
            Cursor = "n:7",
            FirstEnqueued = Now,
        };
    }
}
