using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Planning;
using PendoSync.Runs;
using PendoSync.Snapshot;
using PendoSync.State;
using PendoSync.Tests.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Planning;

public sealed class SnapshotLoaderTests
{
    private readonly ManualClock _clock = new();

    [Theory]
    // outcome, what is kept of a record: new fingerprint, old fingerprint, waiting, or nothing
    [InlineData(RecordOutcome.Accepted, "new")]
    [InlineData(RecordOutcome.NotFound, "waiting")]
    [InlineData(RecordOutcome.Rejected, "waiting")]
    [InlineData(RecordOutcome.GivenUp, "waiting")]
    [InlineData(RecordOutcome.Unknown, "nothing")]
    [InlineData(RecordOutcome.Cancelled, "nothing")]
    public void Only_what_Pendo_accepted_enters_the_snapshot(RecordOutcome outcome, string kept)
    {
        var index = new SnapshotIndex(events: false);
        index.SetAccepted(1, 55);
        SnapshotLoader.Apply(TestBatches.Receipt(0, null, outcome), index);

        Assert.Equal(kept, index.FindWaiting(1, 101) is not null ? "waiting"
            : index.FindAccepted(1, 0) switch { 101 => "new", 55 => "old", _ => "nothing" });
    }

    [Theory]
    [InlineData(RecordOutcome.None)]
    [InlineData(RecordOutcome.Accepted)]
    public void An_intent_leaves_its_records_in_doubt(RecordOutcome outcome)
    {
        var index = new SnapshotIndex(events: false);
        index.SetAccepted(1, 55);
        var intent = TestBatches.Row(1);
        intent.Set(0, outcome);
        SnapshotLoader.Apply(intent, index);

        Assert.Equal(0UL, index.FindAccepted(1, 0));
    }

    [Theory]
    [InlineData(RecordOutcome.Accepted, DeliveryPolicy.AtLeastOnce, BatchRowKind.Intent, true)]
    [InlineData(RecordOutcome.Started, DeliveryPolicy.AtLeastOnce, BatchRowKind.Intent, false)]
    [InlineData(RecordOutcome.Started, DeliveryPolicy.AtMostOnce, BatchRowKind.Intent, true)]
    [InlineData(RecordOutcome.Unknown, DeliveryPolicy.AtLeastOnce, BatchRowKind.Receipt, false)]
    [InlineData(RecordOutcome.Unknown, DeliveryPolicy.AtMostOnce, BatchRowKind.Receipt, true)]
    [InlineData(RecordOutcome.None, DeliveryPolicy.AtMostOnce, BatchRowKind.Intent, false)]
    [InlineData(RecordOutcome.Cancelled, DeliveryPolicy.AtMostOnce, BatchRowKind.Receipt, false)]
    public void An_unknown_event_counts_as_sent_only_under_at_most_once(RecordOutcome outcome, DeliveryPolicy delivery,
        BatchRowKind kind, bool sent)
    {
        var index = new SnapshotIndex(events: true);
        var row = TestBatches.Row(1, events: true, delivery: delivery);
        row.Set(0, outcome);
        row.Kind = kind;
        SnapshotLoader.Apply(row, index);

        Assert.Equal(sent ? 1UL : 0UL, index.FindAccepted(1, 101));
    }

    [Fact]
    public async Task An_event_that_waited_and_was_sent_is_not_sent_again_after_days_of_folding()
    {
        var state = new StateStore(new MemoryTableStore(_clock));
        var loader = new SnapshotLoader(state, new EngineOptions());
        var checkpoint = new Checkpoint { Sync = "s", Seeds = default };
        async Task FoldAsync(string run, RecordOutcome outcome)
        {
            var row = TestBatches.Row(1, events: true, runId: run);
            row.Set(0, outcome, outcome == RecordOutcome.Rejected ? "no" : null);
            row.Kind = BatchRowKind.Receipt;
            await state.Receipts.TryAddAsync(row, default);
            checkpoint = checkpoint with { ReadAt = _clock.Now, Ended = [new EndedAttempt(run, 2, 1, true)] };
            var planned = await loader.LoadAsync(checkpoint, events: true, default);
            checkpoint = checkpoint with
            {
                Parts = await loader.FoldAsync(checkpoint, planned, TimeSpan.FromDays(90), run, default),
                Ended = []
            };
            _clock.Now += TimeSpan.FromDays(1);
        }

        await FoldAsync("s-1", RecordOutcome.Rejected);
        await FoldAsync("s-2", RecordOutcome.Accepted);
        await FoldAsync("s-3", RecordOutcome.Cancelled);
        await FoldAsync("s-4", RecordOutcome.Cancelled);
        var index = await loader.LoadAsync(checkpoint, events: true, default);

        Assert.Equal(Decision.Unchanged, new Diff(index, create: false, everything: false, _clock.Now).Decide(1, 101));
        Assert.Equal(0, index.WaitingCount);
    }

    [Fact]
    public async Task An_id_is_remembered_to_the_last_day_and_not_longer()
    {
        var loader = new SnapshotLoader(new StateStore(new MemoryTableStore(_clock)), new EngineOptions());
        var days = new[] { "2025-11-30", "2025-12-01", "2025-12-02", "2026-02-28" };
        var checkpoint = new Checkpoint
        {
            Sync = "s",
            Seeds = default,
            ReadAt = _clock.Now,
            Parts = [.. days.Select(d => new BasePart(d, d, 0, 0))]
        };
        var planned = new SnapshotIndex(events: true);

        // Ninety days before the first of March is the first of December.
        Assert.Equal(["2025-12-01", "2025-12-02", "2026-02-28", "2026-03-01"],
            (await loader.FoldAsync(checkpoint, planned, TimeSpan.FromDays(90), "new", default)).Select(s => s.Day));
    }

    [Theory]
    [InlineData(100, 10, false)]
    [InlineData(100, 1001, true)]
    [InlineData(8000, 1001, false)]
    [InlineData(8000, 2001, true)]
    // A large one: every record costs the next run a look.
    [InlineData(8_000_000, 1025, true)]
    [InlineData(8_000_000, 1024, false)]
    public void Receipts_are_folded_when_they_outgrow_a_quarter_of_the_base(long accepted, long records, bool expected)
    {
        var loader = new SnapshotLoader(new StateStore(new MemoryTableStore(_clock)), new EngineOptions());
        var checkpoint = new Checkpoint
        {
            Sync = "s",
            Seeds = default,
            Parts = [new BasePart("a", "", accepted, 0, 0, new KeyCounts(accepted, 0, 0, 0))],
            Ended = [new EndedAttempt("s-1", 1, records, true)]
        };

        Assert.Equal(expected, loader.ShouldFold(checkpoint));
        Assert.True(loader.ShouldFold(
            checkpoint with { Ended = [.. Enumerable.Range(0, 33).Select(i => new EndedAttempt("s-1", i, 1, true))] }));
    }
}
