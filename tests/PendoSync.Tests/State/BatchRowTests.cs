using PendoSync.Batches;
using PendoSync.Pendo;
using PendoSync.Definitions;
using PendoSync.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.State;

public sealed class BatchRowTests
{
    private readonly MemoryTableStore _store = new(new ManualClock());

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3855)]
    [InlineData(3856)]
    [InlineData(10_000)]
    public async Task A_receipt_comes_back_as_it_was_written(int count)
    {
        var table = new ReceiptTable(_store);
        var row = TestBatches.Row(count, number: 7, cursor: "n:5");
        for (var i = 0; i < count; i++)
            row.Set(i, (RecordOutcome)(i % 8), i % 3 == 0 ? $"reason {i % 5}" : null);
        for (var call = 0; call < 3; call++)
            row.Called(new PendoAnswer(200, [], null) { Took = TimeSpan.FromMilliseconds(70) });
        (row.RejectedWhole, row.Kind) = ("all bad", BatchRowKind.Receipt);

        Assert.True(await table.TryAddAsync(row, default));
        var read = (await table.ReadAsync("s-1", 2, 7, default)).Value!;

        Assert.Equal((row.Count, row.Owner, row.Cursor, row.Create, row.IsEvents, row.Remembers, row.Calls, row.RejectedWhole, row.Kind,
            row.RunId, row.Attempt, row.Number),
            (read.Count, read.Owner, read.Cursor, read.Create, read.IsEvents, read.Remembers, read.Calls, read.RejectedWhole, read.Kind,
            read.RunId, read.Attempt, read.Number));
        Assert.Equal(row.Totals(), read.Totals());
        for (var i = 0; i < count; i++)
            Assert.Equal((row.KeyHash(i), row.Fingerprint(i), row.OutcomeOf(i), row.ReasonOf(i)),
                (read.KeyHash(i), read.Fingerprint(i), read.OutcomeOf(i), read.ReasonOf(i)));
        await foreach (var summary in table.SummariesAsync(ReceiptTable.PartitionOf("s-1", 2), 0, default))
            Assert.Equal((7, true, (long)count, "n:5", "all bad", row.Totals()),
                (summary.Number, summary.Final, summary.Records, summary.Cursor, summary.RejectedWhole, summary.Totals));
    }

    [Fact]
    public async Task A_batch_is_added_once_and_replaced_only_by_who_read_it_last()
    {
        var table = new ReceiptTable(_store);
        var mine = TestBatches.Row(1);
        Assert.True(await table.TryAddAsync(mine, default));
        Assert.False(await table.TryAddAsync(TestBatches.Row(1), default));

        var other = (await table.ReadAsync("s-1", 2, 0, default)).Value!;
        Assert.True(await table.TryReplaceAsync(other, default));
        Assert.False(await table.TryReplaceAsync(mine, default));
        Assert.True(await table.TryReplaceAsync(other, default));
    }

    [Fact]
    public void Twenty_reasons_are_kept_and_a_record_with_another_one_has_none()
    {
        var row = TestBatches.Row(30);
        for (var i = 0; i < 30; i++)
            row.Set(i, RecordOutcome.Rejected, $"reason {i}");

        Assert.Equal(BatchRow.MaxReasons, row.Reasons.Count);
        Assert.Equal("reason 5", row.ReasonOf(5));
        Assert.Equal("reason 19", row.ReasonOf(19));
        Assert.Equal((RecordOutcome.Rejected, null), (row.OutcomeOf(25), row.ReasonOf(25)));
        row.Set(0, RecordOutcome.Accepted);
        Assert.Null(row.ReasonOf(0));
    }

    [Theory]
    [InlineData("\u0001")]
    [InlineData("ж")]
    [InlineData("😀")]
    [InlineData("\"")]
    public async Task Long_reasons_in_any_script_fit_the_table(string character)
    {
        var row = TestBatches.Row(20);
        for (var i = 0; i < 20; i++)
            row.Set(i, RecordOutcome.Rejected, $"{i:D3}" + string.Concat(Enumerable.Repeat(character, 600)));
        row.RejectedWhole = row.Reasons[0] + "😀";
        var table = new ReceiptTable(_store);

        Assert.True(await table.TryAddAsync(row, default));
        var read = (await table.ReadAsync("s-1", 2, 0, default)).Value!;
        for (var i = 0; i < 20; i++)
            Assert.StartsWith($"{i:D3}{character}", read.ReasonOf(i));
    }

    [Fact]
    public void What_has_no_outcome_yet_is_set_and_the_rest_left_alone()
    {
        var row = TestBatches.Row(3);
        row.Set(1, RecordOutcome.Accepted);
        row.SetRest(RecordOutcome.Cancelled, "stopped");

        Assert.Equal([RecordOutcome.Cancelled, RecordOutcome.Accepted, RecordOutcome.Cancelled], Enumerable.Range(0, 3)
            .Select(row.OutcomeOf));
        Assert.Equal(new RunCounts { Accepted = 1, Cancelled = 2 }, row.Totals());
    }

    [Theory]
    [InlineData("kind", "final")]
    [InlineData("reasons", "[")]
    public async Task A_broken_receipt_is_a_problem_of_the_state(string property, string text)
    {
        var row = TestBatches.Row(2).ToRow();
        row[property] = text;
        await _store.UpsertAsync(Tables.Receipts, row, default);

        Assert.Equal(ProblemKind.State,
            (await Assert.ThrowsAsync<DamagedRowException>(() => new ReceiptTable(_store).ReadAsync("s-1", 2, 0, default))).Problem.Kind);
    }

    [Fact]
    public async Task Bytes_of_a_broken_length_are_refused()
    {
        var row = TestBatches.Row(2).ToRow();
        row["b0"] = new byte[18];
        await _store.UpsertAsync(Tables.Receipts, row, default);

        await Assert.ThrowsAsync<DamagedRowException>(() => new ReceiptTable(_store).ReadAsync("s-1", 2, 0, default));
    }
}

/// <summary>Batches by hand.</summary>
internal static class TestBatches
{
    /// <summary>
    /// An intent of batch <paramref name="number"/> of attempt 2 of run s-1; record i has key hash i + 1 and fingerprint i + 101.
    /// </summary>
    public static BatchRow Row(int count, int number = 0, string? cursor = null, bool events = false,
        DeliveryPolicy delivery = DeliveryPolicy.AtLeastOnce, string runId = "s-1") =>
        new(Batch(count, number, cursor, events, delivery, runId), "owner");

    /// <summary>The message of such an intent.</summary>
    public static RecordBatch Batch(int count, int number = 0, string? cursor = null, bool events = false,
        DeliveryPolicy delivery = DeliveryPolicy.AtLeastOnce, string runId = "s-1", byte[]? tries = null) => new()
        {
            Id = new BatchId("s", runId, 2, number),
            Target = new BatchTarget
            {
                Connection = "p",
                Object = events ? PendoObject.TrackEvent : PendoObject.Visitor,
                Create = true,
                Delivery = delivery
            },
            Records = new PackedRecords(new byte[count], [.. Enumerable.Range(1, count)],
                [.. Enumerable.Range(1, count).Select(i => (ulong)i)],
            [.. Enumerable.Range(101, count).Select(i => (ulong)i)],
            tries ?? new byte[count], events ? [.. Enumerable.Range(0, count).Select(i => $"e{i}")] : null),
            FirstEnqueued = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero),
            Cursor = cursor,
        };

    /// <summary>A receipt with these outcomes, from record 0 on.</summary>
    public static BatchRow Receipt(int number, string? cursor, params RecordOutcome[] outcomes)
    {
        var row = Row(outcomes.Length, number, cursor);
        for (var i = 0; i < outcomes.Length; i++)
            row.Set(i, outcomes[i], outcomes[i] == RecordOutcome.Rejected ? "no" : null);
        row.Kind = BatchRowKind.Receipt;
        return row;
    }
}
