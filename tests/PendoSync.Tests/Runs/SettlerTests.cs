using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Pendo;
using PendoSync.Runs;
using PendoSync.State;
using PendoSync.Tests.Faults;
using PendoSync.Tests.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Runs;

/// <summary>What becomes of intents that an ended attempt left, and who is waited for.</summary>
public sealed class SettlerTests
{
    private readonly ManualClock _clock = new();
    private readonly StateStore _state;

    public SettlerTests() => _state = new StateStore(new MemoryTableStore(_clock));

    [Fact]
    public async Task A_value_whose_deliverer_died_is_unknown_and_in_doubt_until_330_s_after_its_call_began()
    {
        await AddAsync(TestBatches.Row(2, cursor: "n:5"));
        var began = _clock.Now;
        _clock.Now += TimeSpan.FromMinutes(1);

        var (ended, doubt) = await SettleAsync(Options());
        Assert.Equal((true, new Doubt(began + TimeSpan.FromSeconds(330), "n:5")), (ended.Single().Settled, doubt));
        var receipt = await ReceiptAsync();
        Assert.Equal((BatchRowKind.Receipt, RecordOutcome.Unknown, doubt!.Until), (receipt.Kind, receipt.OutcomeOf(0), receipt.DoubtUntil));
    }

    [Fact]
    public async Task What_was_let_go_before_any_call_is_cancelled_and_in_no_doubt()
    {
        var released = TestBatches.Row(2);
        released.Kind = BatchRowKind.Released;
        await AddAsync(released);

        Assert.Null((await SettleAsync(Options())).Doubt);
        Assert.Equal((RecordOutcome.Cancelled, null), ((await ReceiptAsync()).OutcomeOf(0), (await ReceiptAsync()).DoubtUntil));
    }

    [Fact]
    public async Task What_was_let_go_after_a_call_without_answer_stays_in_its_doubt()
    {
        var released = TestBatches.Row(2);
        released.Timestamp = _clock.Now;
        released.NotAnswered();
        released.Kind = BatchRowKind.Released;
        await AddAsync(released);
        _clock.Now += TimeSpan.FromMinutes(3);

        Assert.Equal(_clock.Now.AddMinutes(-3) + PendoClient.AppliedLate, (await SettleAsync(Options())).Doubt!.Until);
        Assert.Equal(RecordOutcome.Unknown, (await ReceiptAsync()).OutcomeOf(0));
    }

    [Theory]
    [InlineData(DeliveryPolicy.AtLeastOnce)]
    [InlineData(DeliveryPolicy.AtMostOnce)]
    public async Task Events_under_way_become_unknown_once_and_the_others_are_cancelled(DeliveryPolicy policy)
    {
        var intent = TestBatches.Row(3, events: true, delivery: policy);
        intent.Set(0, RecordOutcome.Accepted);
        intent.Set(1, RecordOutcome.Started);
        await AddAsync(intent);
        _clock.Now += IntentOwners.Events;

        Assert.Null((await SettleAsync(Options())).Doubt);
        var receipt = await ReceiptAsync();
        Assert.Equal([RecordOutcome.Accepted, RecordOutcome.Unknown, RecordOutcome.Cancelled], Enumerable.Range(0, 3)
            .Select(receipt.OutcomeOf));
        Assert.Equal(["unknown"], (await _state.Rejections.IdsAsync("s", default)).Select(r => r.Outcome));
    }

    [Theory]
    // events, owner, on one machine, in work here -> seconds that it is left
    [InlineData(false, "other", false, false, 10)]
    [InlineData(true, "other", false, false, 150)]
    [InlineData(false, "other", true, false, 0)]
    [InlineData(true, "other", true, false, 0)]
    [InlineData(false, "me", true, true, 10)]
    [InlineData(true, "me", true, true, 150)]
    [InlineData(true, "me", true, false, 0)]
    [InlineData(true, "me", false, false, 0)]
    public void Nobody_waits_for_the_dead(bool events, string owner, bool oneMachine, bool inWork, int seconds)
    {
        var owners = new IntentOwners(Options() with { OnlyOwner = oneMachine });
        var intent = TestBatches.Row(1, events: events);
        (intent.Owner, intent.Timestamp) = (owner, _clock.Now);
        using var work = inWork ? owners.Begin(intent) : null;

        Assert.Equal(TimeSpan.FromSeconds(seconds), owners.Left(intent, _clock.Now));
        Assert.Equal(TimeSpan.Zero, owners.Left(intent, _clock.Now.AddSeconds(seconds)));
        // Written by a clock that was ahead: it is not waited for that long.
        Assert.Equal(TimeSpan.Zero, owners.Left(intent, _clock.Now.AddDays(-30)));
        intent.Kind = BatchRowKind.Released;
        Assert.Equal(TimeSpan.Zero, owners.Left(intent, _clock.Now));
    }

    [Fact]
    public void Work_that_two_messages_began_ends_with_the_second()
    {
        var owners = new IntentOwners(Options());
        var intent = TestBatches.Row(1);
        (intent.Owner, intent.Timestamp) = ("me", _clock.Now);
        var (one, two) = (owners.Begin(intent), owners.Begin(intent));
        one.Dispose();
        Assert.NotEqual(TimeSpan.Zero, owners.Left(intent, _clock.Now));
        two.Dispose();
        Assert.Equal(TimeSpan.Zero, owners.Left(intent, _clock.Now));
    }

    [Fact]
    public async Task An_attempt_that_left_nothing_is_dropped_and_one_that_counts_no_longer_when_nothing_is_in_doubt_any_more()
    {
        await AddAsync(TestBatches.Row(1));
        _clock.Now += TimeSpan.FromMinutes(1);
        var checkpoint = await CheckpointAsync() with
        {
            Ended = [new EndedAttempt("s-0", 1, 0, Settled: false),
            new EndedAttempt("s-1", 2, 1, Settled: false, Counts: false)]
        };

        var (ended, doubt) = await SettleAsync(Options(), checkpoint);
        Assert.Equal([new EndedAttempt("s-1", 2, 1, Settled: true, Counts: false)], ended);
        Assert.NotNull(doubt);
        _clock.Now += TimeSpan.FromMinutes(5);
        Assert.Equal(ended, (await SettleAsync(Options(), checkpoint with { Ended = ended, Doubts = [doubt], ReadAt = _clock.Now })).Ended);
        Assert.Empty((await SettleAsync(Options(), checkpoint with { Ended = ended, ReadAt = _clock.Now })).Ended);
    }

    [Fact]
    public async Task An_attempt_that_was_answered_or_settled_before_goes_on_counting()
    {
        await AddAsync(TestBatches.Receipt(0, null, RecordOutcome.Accepted));
        var known = new EndedAttempt("s-0", 1, 5, Settled: true);
        var checkpoint = await CheckpointAsync();
        var (ended, doubt) = await SettleAsync(Options(), checkpoint with { Ended = [known, .. checkpoint.Ended] });

        Assert.Equal([known, new EndedAttempt("s-1", 2, 0, Settled: true)], ended);
        Assert.Null(doubt);
    }

    [Fact]
    public async Task A_deliverer_that_writes_its_receipt_while_it_is_taken_for_dead_is_believed()
    {
        var tables = new MemoryTableStore(_clock);
        var state = new StateStore(new LateReceipt(tables));
        Assert.True(await state.Receipts.TryAddAsync(TestBatches.Row(1), default));
        _clock.Now += TimeSpan.FromMinutes(1);
        var options = Options() with { PollInterval = TimeSpan.FromMilliseconds(1) };
        var (ended, doubt) = await new Settler(state, new RunEnder(_ => null, state, new RunObserver()), new IntentOwners(options), options)
            .SettleAsync(await state.Checkpoints.ReadAsync("s", default) with { Ended = [new EndedAttempt("s-1", 2, 0, Settled: false)] },
                default);

        Assert.Equal((true, null), (ended.Single().Settled, doubt));
        Assert.Equal(RecordOutcome.Accepted, (await state.Receipts.ReadAsync("s-1", 2, 0, default)).Value!.OutcomeOf(0));
    }

    // Just before a receipt is written, the deliverer writes its own.
    private sealed class LateReceipt(ITableStore inner) : PassingTables(inner)
    {
        private bool _written;

        public override async Task<TableWrite> ReplaceAsync(string table, TableRow row, string version, CancellationToken ct)
        {
            if (table == Tables.Receipts && !_written)
            {
                _written = true;
                var mine = (await new StateStore(Inner).Receipts.ReadAsync("s-1", 2, 0, ct)).Value!;
                mine.Set(0, RecordOutcome.Accepted);
                mine.Kind = BatchRowKind.Receipt;
                Assert.True(await new StateStore(Inner).Receipts.TryReplaceAsync(mine, ct));
            }

            return await Inner.ReplaceAsync(table, row, version, ct);
        }
    }

    private EngineOptions Options() => new() { Clock = _clock, Owner = "me" };

    private async Task<(IReadOnlyList<EndedAttempt> Ended, Doubt? Doubt)> SettleAsync(EngineOptions options,
        Checkpoint? checkpoint = null) =>
        await new Settler(_state, new RunEnder(_ => null, _state, new RunObserver()), new IntentOwners(options), options)
            .SettleAsync(checkpoint ?? await CheckpointAsync(), default);

    private async Task<Checkpoint> CheckpointAsync() =>
        await _state.Checkpoints.ReadAsync("s", default) with { Ended = [new EndedAttempt("s-1", 2, 0, Settled: false)] };

    private async Task AddAsync(BatchRow row) => Assert.True(await _state.Receipts.TryAddAsync(row, default));

    private async Task<BatchRow> ReceiptAsync() => (await _state.Receipts.ReadAsync("s-1", 2, 0, default)).Value!;
}
