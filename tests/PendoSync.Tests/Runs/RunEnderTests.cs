using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Runs;
using PendoSync.State;
using PendoSync.Tests.Records;
using PendoSync.Tests.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Runs;

/// <summary>How a run ends, from receipts made by hand.</summary>
public sealed class RunEnderTests
{
    private const RecordOutcome A = RecordOutcome.Accepted, R = RecordOutcome.Rejected, N = RecordOutcome.NotFound,
        G = RecordOutcome.GivenUp, U = RecordOutcome.Unknown;

    private readonly ManualClock _clock = new();
    private readonly StateStore _state;
    private readonly RunEnder _ender;
    private readonly EngineOptions _options;

    public RunEnderTests()
    {
        _state = new StateStore(new MemoryTableStore(_clock));
        _options = new EngineOptions { Clock = _clock, Owner = "me" };
        _ender = new RunEnder(_ => TestSyncs.Visitors with { Name = "s", Limits = new Limits { MinRecords = 4 } }, _state, new RunObserver());
    }

    [Fact]
    public async Task A_run_ends_when_its_last_receipt_is_there_and_moves_the_cursor()
    {
        await StartAsync(batches: 2, planned: 4);
        await AddAsync(TestBatches.Receipt(1, "n:2", A, A));
        Assert.Equal((RunState.Delivering, "n:0"), await LookAsync());
        await AddAsync(TestBatches.Receipt(0, "n:1", A, N));
        Assert.Equal((RunState.Completed, "n:9"), await LookAsync());

        var checkpoint = await _state.Checkpoints.ReadAsync("s", default);
        Assert.Null(checkpoint.Active);
        Assert.Equal([new EndedAttempt("s-1", 2, 4, true)], checkpoint.Ended);
        Assert.Equal(_clock.Now, checkpoint.LastSuccess);
        Assert.Equal("hash", checkpoint.DefinitionHash);
        var run = await _state.Runs.ReadAsync("s", "s-1", default);
        Assert.Equal((3L, 1L), (run!.Counts.Accepted, run.Counts.NotFound));
    }

    [Fact]
    public async Task An_intent_is_no_receipt()
    {
        await StartAsync(batches: 1, planned: 2);
        await AddAsync(TestBatches.Row(2));

        Assert.Equal(RunState.Delivering, (await LookAsync()).State);
    }

    [Fact]
    public async Task The_cursor_stays_below_what_nobody_answered()
    {
        await StartAsync(batches: 3, planned: 6);
        await AddAsync(TestBatches.Receipt(0, "n:3", A, A));
        await AddAsync(TestBatches.Receipt(1, "n:5", A, G));
        await AddAsync(TestBatches.Receipt(2, "n:4", A, U));

        Assert.Equal((RunState.Partial, "n:4"), await LookAsync());
    }

    [Theory]
    [InlineData(new[] { A, A, A, A, R }, RunState.Completed)]
    [InlineData(new[] { A, A, A, R, R }, RunState.Stopped)]
    [InlineData(new[] { A, R, R }, RunState.Completed)]
    [InlineData(new[] { N, N, N, N, N }, RunState.Completed)]
    [InlineData(new[] { G, G, G, G, G }, RunState.Failed)]
    public async Task Too_many_rejected_records_stop_the_run(RecordOutcome[] outcomes, RunState expected)
    {
        await StartAsync(batches: 1, planned: outcomes.Length);
        await AddAsync(TestBatches.Receipt(0, null, outcomes));

        Assert.Equal(expected, (await LookAsync()).State);
        var run = await _state.Runs.ReadAsync("s", "s-1", default);
        Assert.Equal(expected is RunState.Stopped or RunState.Failed, run!.Error?.Fix is not null);
    }

    [Theory]
    [InlineData("bad field", "bad field", RunState.Failed)]
    [InlineData("bad field", "other", RunState.Completed)]
    [InlineData("bad field", null, RunState.Completed)]
    [InlineData(null, "bad field", RunState.Completed)]
    public async Task The_first_two_batches_refused_whole_with_one_reason_are_a_wrong_configuration(string? first,
        string? second, RunState expected)
    {
        await StartAsync(batches: 2, planned: 2);
        var (one, two) = (TestBatches.Receipt(0, null, R), TestBatches.Receipt(1, null, R));
        (one.RefusedWhole, two.RefusedWhole) = (first, second);
        await AddAsync(one);
        await AddAsync(two);

        Assert.Equal(expected, (await LookAsync()).State);
        var error = (await _state.Runs.ReadAsync("s", "s-1", default))!.Error;
        Assert.Equal(expected == RunState.Failed ? ProblemKind.Configuration : null, error?.Kind);
    }

    [Fact]
    public async Task Counts_that_do_not_add_up_fail_the_run_loudly()
    {
        await StartAsync(batches: 1, planned: 3);
        await AddAsync(TestBatches.Receipt(0, null, A, A));

        Assert.Equal(RunState.Failed, (await LookAsync()).State);
        Assert.Equal(ProblemKind.Internal, (await _state.Runs.ReadAsync("s", "s-1", default))!.Error!.Kind);
    }

    [Fact]
    public async Task A_stopped_run_counts_its_receipts_and_the_rest_is_cancelled()
    {
        await StartAsync(batches: 2, planned: 5);
        await AddAsync(TestBatches.Receipt(0, null, A, R));

        Assert.True(await _ender.StopAsync("s", "s-1", 2, RunState.Cancelled, null, default));
        Assert.False(await _ender.StopAsync("s", "s-1", 2, RunState.Cancelled, null, default));
        var run = (await _state.Runs.ReadAsync("s", "s-1", default))!;
        Assert.Equal((RunState.Cancelled, 1L, 1L, 3L), (run.State, run.Counts.Accepted, run.Counts.Rejected, run.Counts.Cancelled));
        Assert.Null(run.Counts.BrokenSum());
        Assert.False((await _state.Checkpoints.ReadAsync("s", default)).Ended.Single().Settled);
    }

    [Fact]
    public async Task Settling_waits_for_live_intents_and_puts_lost_ones_in_doubt()
    {
        await StartAsync(batches: 2, planned: 4);
        await AddAsync(TestBatches.Receipt(0, null, A, A));
        var lost = TestBatches.Row(2, number: 1);
        lost.Set(0, A);
        await AddAsync(lost);
        await _ender.StopAsync("s", "s-1", 2, RunState.Failed, null, default);
        var settler = new Settler(_state, _ender, _options);
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await settler.SettleAsync(await _state.Checkpoints.ReadAsync("s", default), soon.Token));

        _clock.Now += BatchRow.Deadline + BatchRow.DeadlineMargin + TimeSpan.FromSeconds(1);
        Assert.Equal([new EndedAttempt("s-1", 2, 4, true)],
            await settler.SettleAsync(await _state.Checkpoints.ReadAsync("s", default), default));
        var receipt = (await _state.Receipts.ReadAsync("s-1", 2, 1, default)).Value!;
        Assert.Equal((BatchRowKind.Receipt, A, U), (receipt.Kind, receipt.OutcomeOf(0), receipt.OutcomeOf(1)));
        Assert.False(await _state.Receipts.TryReplaceAsync(lost, default));
        Assert.Equal(1L, (await _state.Runs.ReadAsync("s", "s-1", default))!.Counts.Unknown);
    }

    private async Task StartAsync(int batches, long planned)
    {
        await _state.Runs.WriteAsync(new RunRecord { Sync = "s", RunId = "s-1", RequestedAt = _clock.Now, Attempt = 2,
            State = RunState.Delivering, Counts = new RunCounts { Read = planned, Planned = planned } }, default);
        await _state.Checkpoints.ChangeAsync("s", c => c with
        {
            Cursor = "n:0",
            Active = new ActiveRun { RunId = "s-1", Attempt = 2, State = ActiveState.Delivering, Batches = batches, Planned = planned,
                Complete = true, CursorAfter = "n:9", DefinitionHash = "hash", Since = _clock.Now },
        }, default);
    }

    private async Task AddAsync(BatchRow row) => Assert.True(await _state.Receipts.TryAddAsync(row, default));

    private async Task<(RunState State, string? Cursor)> LookAsync()
    {
        await _ender.LookAsync("s", "s-1", 2, default);
        return ((await _state.Runs.ReadAsync("s", "s-1", default))!.State, (await _state.Checkpoints.ReadAsync("s", default)).Cursor);
    }
}
