using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Pendo;
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
        _ender = new RunEnder(_ => TestSyncs.Visitors with { Name = "s", Limits = new Limits { MinRecords = 4 } }, _state,
            new RunObserver());
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

        Assert.Equal((RunState.CompletedWithErrors, "n:4"), await LookAsync());
    }

    [Fact]
    public async Task The_cursor_stays_below_what_was_cancelled()
    {
        await StartAsync(batches: 2, planned: 4);
        await AddAsync(TestBatches.Receipt(0, "n:3", A, A));
        await AddAsync(TestBatches.Receipt(1, "n:5", A, RecordOutcome.Cancelled));

        Assert.Equal((RunState.Partial, "n:5"), await LookAsync());
    }

    [Fact]
    public async Task A_partial_run_is_no_success_keeps_the_old_mapping_and_the_cursor_and_goes_on()
    {
        await StartAsync(batches: 1, planned: 1, active => active with
        {
            Complete = false,
            Full = true,
            CursorAfter = null,
            Trigger = "timer"
        });
        await AddAsync(TestBatches.Receipt(0, null, A));

        Assert.Equal((RunState.Partial, "n:0"), await LookAsync());
        var checkpoint = await _state.Checkpoints.ReadAsync("s", default);
        Assert.Equal((null, null, "old", true), (checkpoint.LastSuccess, checkpoint.LastFull, checkpoint.DefinitionHash,
            checkpoint.GoesOn));
    }

    [Fact]
    public async Task A_complete_run_in_which_something_was_given_up_is_a_success_with_errors()
    {
        await StartAsync(batches: 1, planned: 2);
        await AddAsync(TestBatches.Receipt(0, "n:3", A, G));

        Assert.Equal(RunState.CompletedWithErrors, (await LookAsync()).State);
        var ended = await _state.Checkpoints.ReadAsync("s", default);
        Assert.Equal((_clock.Now, "n:3"), (ended.LastSuccess, ended.Cursor));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Only_a_full_read_counts_as_the_full_one(bool full)
    {
        await StartAsync(batches: 1, planned: 1, active => active with { Full = full });
        await AddAsync(TestBatches.Receipt(0, null, A));
        await LookAsync();

        Assert.Equal(full ? _clock.Now : null, (await _state.Checkpoints.ReadAsync("s", default)).LastFull);
    }

    [Fact]
    public async Task Keys_in_doubt_stay_until_a_complete_read_that_began_when_they_were_due()
    {
        var (due, later) = (new Doubt(_clock.Now, "n:1"), new Doubt(_clock.Now.AddSeconds(1), "n:2"));
        await StartAsync(batches: 2, planned: 2, active => active with { ReadAt = _clock.Now });
        await _state.Checkpoints.ChangeAsync("s", c => c with { Doubts = [due, later] }, default);
        await AddAsync(TestBatches.Receipt(0, "n:7", A));
        var doubted = TestBatches.Receipt(1, "n:8", A);
        doubted.Timestamp = _clock.Now;
        doubted.NotAnswered();
        await AddAsync(doubted);
        await LookAsync();

        Assert.Equal([later, new Doubt(_clock.Now + PendoClient.AppliedLate, "n:8")], (await _state.Checkpoints.ReadAsync("s", default))
            .Doubts);
    }

    [Theory]
    [InlineData(new[] { A, A, A, A, R }, RunState.CompletedWithErrors)]
    [InlineData(new[] { A, A, A, R, R }, RunState.Stopped)]
    [InlineData(new[] { A, R, R }, RunState.CompletedWithErrors)]
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
    [InlineData("bad field", "other", RunState.CompletedWithErrors)]
    [InlineData("bad field", null, RunState.CompletedWithErrors)]
    [InlineData(null, "bad field", RunState.CompletedWithErrors)]
    public async Task The_first_two_batches_refused_whole_with_one_reason_are_a_wrong_configuration(string? first,
        string? second, RunState expected)
    {
        await StartAsync(batches: 2, planned: 2);
        var (one, two) = (TestBatches.Receipt(0, null, R), TestBatches.Receipt(1, null, R));
        (one.RejectedWhole, two.RejectedWhole) = (first, second);
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
    public async Task The_checkpoint_says_how_a_run_was_stopped_whose_stopper_died_before_its_record()
    {
        await StartAsync(batches: 2, planned: 5);
        await AddAsync(TestBatches.Receipt(0, null, A, R));
        var why = new Problem(ProblemKind.Conflict, "the run was cancelled", "s-1", "Run it again.");
        await _state.Checkpoints.ChangeAsync("s", c => c.Stop("s-1", 2, RunState.Cancelled, problem: why), default);

        await _ender.EndLastRecordAsync(await _state.Checkpoints.ReadAsync("s", default), default);
        var run = (await _state.Runs.ReadAsync("s", "s-1", default))!;
        Assert.Equal((RunState.Cancelled, why, 3L), (run.State, run.Error, run.Counts.Cancelled));
        await StartAsync(batches: 1, planned: 1);
        await AddAsync(TestBatches.Receipt(1, null, A));
        await _state.Checkpoints.ChangeAsync("s", c => c.End(RunState.Completed, null, null), default);
        Assert.Null((await _state.Checkpoints.ReadAsync("s", default)).LastStop);
    }

    [Fact]
    public async Task How_the_keys_stand_follows_what_the_planner_of_a_stopped_run_tells_and_what_is_answered_later()
    {
        await StartAsync(batches: 2, planned: 4, active => active with { State = ActiveState.Planning });
        await _state.Checkpoints.ChangeAsync("s", c => c with { Standing = new Standing { InStep = 7 } }, default);
        await AddAsync(TestBatches.Receipt(0, null, A, N));
        await _ender.StopAsync("s", "s-1", 2, RunState.Cancelled, null, default);
        Assert.Equal((7, 7), await StandingAsync());

        // Its planner notices, and alone knows what it met.
        _clock.Now += TimeSpan.FromMinutes(1);
        var rest = new Standing { InStep = 10, Invalid = 1 };
        await _ender.RefreshAsync("s", "s-1", 2, null, null, default, new RunCounts { Read = 15, Unchanged = 10, Invalid = 1, Planned = 4 },
            rest);
        Assert.Equal((11, 15), await StandingAsync());
        await AddAsync(TestBatches.Receipt(1, null, A, A));
        await _ender.RefreshAsync("s", "s-1", 2, null, null, default);
        Assert.Equal((13, 15), await StandingAsync());
        Assert.Equal(_clock.Now, (await _state.Checkpoints.ReadAsync("s", default)).Standing!.At);

        async Task<(long, long)> StandingAsync() => (await _state.Checkpoints.ReadAsync("s", default)).Standing is { } standing
            ? (standing.InStep, standing.Rows) : default;
    }

    [Fact]
    public async Task Settling_gives_a_call_a_moment_and_puts_what_was_not_answered_in_doubt()
    {
        await StartAsync(batches: 2, planned: 4);
        await AddAsync(TestBatches.Receipt(0, null, A, A));
        var lost = TestBatches.Row(2, number: 1, cursor: "n:7");
        lost.Set(0, A);
        await AddAsync(lost);
        await _ender.StopAsync("s", "s-1", 2, RunState.Failed, null, default);
        var settler = new Settler(_state, _ender, new IntentOwners(_options), _options);
        using (var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(50)))
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
                await settler.SettleAsync(await _state.Checkpoints.ReadAsync("s", default), soon.Token));
        Assert.Equal(BatchRowKind.Intent, (await _state.Receipts.ReadAsync("s-1", 2, 1, default)).Value!.Kind);
        var until = _clock.Now + PendoClient.AppliedLate;
        _clock.Now += IntentOwners.Values;
        var (ended, doubt) = await settler.SettleAsync(await _state.Checkpoints.ReadAsync("s", default), default);
        Assert.Equal([new EndedAttempt("s-1", 2, 4, true)], ended);
        Assert.Equal(new Doubt(until, "n:7"), doubt);
        var receipt = (await _state.Receipts.ReadAsync("s-1", 2, 1, default)).Value!;
        Assert.Equal((BatchRowKind.Receipt, A, U), (receipt.Kind, receipt.OutcomeOf(0), receipt.OutcomeOf(1)));
        Assert.False(await _state.Receipts.TryReplaceAsync(lost, default));
        Assert.Equal(1L, (await _state.Runs.ReadAsync("s", "s-1", default))!.Counts.Unknown);
    }

    private Task StartAsync(int batches, long planned, Func<ActiveRun, ActiveRun>? change = null) =>
        DeliveringRun.StartAsync(_state, batches, planned, change: active =>
        {
            var mine = active with { CursorAfter = "n:9", DefinitionHash = "hash" };
            return change is null ? mine : change(mine);
        }, known: before => before with { Cursor = "n:0", DefinitionHash = "old" });

    private async Task AddAsync(BatchRow row) => Assert.True(await _state.Receipts.TryAddAsync(row, default));

    private async Task<(RunState State, string? Cursor)> LookAsync()
    {
        await _ender.LookAsync("s", "s-1", 2, default);
        return ((await _state.Runs.ReadAsync("s", "s-1", default))!.State, (await _state.Checkpoints.ReadAsync("s", default)).Cursor);
    }
}
