using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Runs;
using PendoSync.State;
using PendoSync.Tests.Records;
using PendoSync.Tests.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Runs;

/// <summary>Who ends and stops runs, who hears of it, and what is said when nobody could say it.</summary>
public sealed class RunStoppingTests
{
    private const RecordOutcome A = RecordOutcome.Accepted, G = RecordOutcome.GivenUp;
    private readonly ManualClock _clock = new();
    private readonly MemoryTableStore _tables;
    private readonly MemoryMarks _marks = new();
    private readonly StateStore _state;
    private readonly RunEnder _ender;
    private readonly RunObserver _observer = new();
    private readonly List<RunRecord> _told = [];
    private readonly SyncDefinition _sync = TestSyncs.Visitors with { Name = "s" };

    public RunStoppingTests()
    {
        _tables = new MemoryTableStore(_clock);
        _state = new StateStore(_tables, _marks);
        _ender = new RunEnder(_ => _sync, _state, _observer)
        {
            Ended = (run, _) =>
            {
                _told.Add(run);
                return Task.CompletedTask;
            },
        };
    }

    [Fact]
    public async Task Of_a_run_that_ends_everybody_hears_once_and_its_counts_are_forgotten()
    {
        await StartAsync(batches: 2);
        _observer.Planned("s-1", new RunCounts { Read = 2 });
        await AddAsync(TestBatches.Receipt(0, null, A));
        await _ender.LookAsync("s", "s-1", 2, default);
        Assert.Equal((0, 1, 0), (_told.Count, _ender.KnownReceipts("s-1", 2), _ender.KnownReceipts("s-1", 1)));
        await AddAsync(TestBatches.Receipt(1, null, A));
        await _ender.LookAsync("s", "s-1", 3, default);
        Assert.Empty(_told);

        await _ender.LookAsync("s", "s-1", 2, default);
        await _ender.LookAsync("s", "s-1", 2, default);
        var run = Assert.Single(_told);
        Assert.Equal((RunState.Completed, _clock.Now, 2, Health.Healthy), (run.State, run.EndedAt, run.Batches, run.Health!.Health));
        Assert.Equal((0, 0L), (_ender.KnownReceipts("s-1", 2), _observer.Of("s-1").Read));
    }

    [Fact]
    public async Task A_run_that_is_still_planned_does_not_end_with_its_receipts()
    {
        await StartAsync(batches: 1, state: ActiveState.Planning);
        await AddAsync(TestBatches.Receipt(0, null, A));
        await _ender.LookAsync("s", "s-1", 2, default);

        Assert.NotNull((await CheckpointAsync()).Active);
    }

    [Theory]
    [InlineData("s-1", 2, true)]
    [InlineData("s-1", null, true)]
    [InlineData("s-1", 1, false)]
    [InlineData("s-2", null, false)]
    public async Task Only_the_run_that_is_meant_is_stopped_and_heard_of(string runId, int? attempt, bool stopped)
    {
        await StartAsync(batches: 1);
        _observer.Planned("s-1", new RunCounts { Read = 2 });
        var why = new Problem(ProblemKind.Connection, "away", "w", "Wait.");

        Assert.Equal(stopped, await _ender.StopAsync("s", runId, attempt, RunState.Failed, why, default));
        Assert.Equal(stopped ? 1 : 0, _told.Count);
        if (!stopped)
            return;
        Assert.Equal((RunState.Failed, why, _clock.Now, Health.Failing, 0L), (_told[0].State, _told[0].Error, _told[0].EndedAt,
            _told[0].Health!.Health, _observer.Of("s-1").Read));
        var mark = await _state.Marks.LookAsync(await CheckpointAsync(), default);
        Assert.Equal((false, null), (mark.IsBehind, mark.Notice));
    }

    [Theory]
    [InlineData(ActiveState.Planning, true, true)]
    [InlineData(ActiveState.Delivering, true, true)]
    [InlineData(ActiveState.Requested, true, false)]
    [InlineData(ActiveState.Delivering, false, false)]
    public async Task A_run_at_work_in_a_state_that_was_restored_is_stopped(ActiveState state, bool restored, bool stopped)
    {
        await StartAsync(batches: 1, state: state);
        var checkpoint = await CheckpointAsync();
        await _state.Marks.WriteAsync(checkpoint with { Marks = [checkpoint.Mark + (restored ? 5 : 0)] }, default);

        Assert.Equal(stopped, await _ender.StopRestoredAsync(checkpoint, default));
        var error = _told.SingleOrDefault()?.Error;
        Assert.Equal(stopped ? "the state is older than this run, as after restoring a backup" : null, error?.Message);
        Assert.Equal(stopped ? ProblemKind.State : null, error?.Kind);
        Assert.False(await _ender.StopRestoredAsync(checkpoint with { Active = null }, default));
    }

    [Fact]
    public async Task A_record_whose_stopper_died_without_a_word_is_ended_before_the_next_run_begins()
    {
        await StartAsync(batches: 1);
        await _state.Checkpoints.ChangeAsync("s", now => now with { Active = null, LastRun = "s-1" }, default);
        await _ender.EndLastRecordAsync(await CheckpointAsync() with { Active = new ActiveRun { RunId = "s-2" } }, default);
        Assert.Empty(_told);

        await _ender.EndLastRecordAsync(await CheckpointAsync(), default);
        await _ender.EndLastRecordAsync(await CheckpointAsync(), default);
        var run = Assert.Single(_told);
        Assert.Equal((RunState.Failed, ProblemKind.Transient, "the process that stopped it ended before it could say why", "s-1"),
            (run.State, run.Error!.Kind, run.Error.Message, run.Error.Place));
        Assert.Null(await _ender.RefreshAsync("s", "s-9", 1, null, null, default));
    }

    [Fact]
    public async Task What_was_given_up_altogether_says_what_the_last_try_met()
    {
        await StartAsync(batches: 2);
        var one = TestBatches.Receipt(0, null, G);
        one.GivenUpReason = "HTTP 503: away";
        var two = TestBatches.Receipt(1, null, G);
        two.GivenUpReason = "HTTP 500";
        await AddAsync(one);
        await AddAsync(two);
        await _ender.LookAsync("s", "s-1", 2, default);

        Assert.Equal((RunState.Failed, "Pendo answered none of the batches: HTTP 503: away"), (_told[0].State, _told[0].Error!.Message));
        Assert.Equal("Pendo answered none of the batches: HTTP 503: away", (await CheckpointAsync()).Trouble!.Reason);
    }

    [Theory]
    [InlineData(ProblemKind.Limit, RunState.Stopped)]
    [InlineData(ProblemKind.Configuration, RunState.Completed)]
    public async Task The_planners_verdict_over_the_whole_read_stops_a_run_that_broke_a_limit(ProblemKind kind, RunState expected)
    {
        var verdict = new Problem(kind, "too many rows are invalid", "sync 's'", "Correct the model.");
        await StartAsync(batches: 1, error: verdict, planned: 1);
        await AddAsync(TestBatches.Receipt(0, null, A));
        await _ender.LookAsync("s", "s-1", 2, default);

        Assert.Equal((expected, expected == RunState.Stopped ? verdict : null), (_told[0].State, _told[0].Error));
    }

    [Fact]
    public async Task Counts_that_do_not_add_up_are_told_with_the_sum_that_is_broken()
    {
        await StartAsync(batches: 1, planned: 3);
        await AddAsync(TestBatches.Receipt(0, null, A));
        await _ender.LookAsync("s", "s-1", 2, default);

        Assert.Equal("the run's counts do not add up: planned 3 is not the sum of its outcomes 1", _told[0].Error!.Message);
    }

    [Fact]
    public async Task After_a_run_has_ended_its_state_is_not_taken_for_a_restored_one()
    {
        await StartAsync(batches: 1, planned: 1);
        await AddAsync(TestBatches.Receipt(0, null, A));
        var backup = new StateStore(_tables.CopyFor(_clock), _marks);
        await _ender.LookAsync("s", "s-1", 2, default);

        Assert.False(await IsBehindAsync(_state));
        // The mark went on with the run: a state that was saved before it ended is behind.
        Assert.True(await IsBehindAsync(backup));

        static async Task<bool> IsBehindAsync(StateStore state) =>
            (await state.Marks.LookAsync(await state.Checkpoints.ReadAsync("s", default), default)).IsBehind;
    }

    [Fact]
    public async Task What_is_told_of_a_run_says_what_to_do()
    {
        await StartAsync(batches: 1);
        var gone = TestBatches.Receipt(0, null, G, G);
        await AddAsync(gone);
        await _ender.LookAsync("s", "s-1", 2, default);
        Assert.Equal(("Pendo answered none of the batches: no answer", "s-1",
            "Run the sync again later; the records are tried again by themselves after an hour."),
            (_told[0].Error!.Message, _told[0].Error!.Place, _told[0].Error!.Fix));
    }

    [Fact]
    public async Task Two_batches_refused_whole_say_why_and_what_to_compare()
    {
        await StartAsync(batches: 3, planned: 3);
        foreach (var number in new[] { 0, 1 })
        {
            var refused = TestBatches.Receipt(number, null, RecordOutcome.Rejected);
            refused.RejectedWhole = "no such field";
            await AddAsync(refused);
        }

        await _ender.LookAsync("s", "s-1", 2, default);
        var error = Assert.Single(_told).Error!;
        Assert.Equal(("Pendo rejected the first two batches whole, with one reason: no such field", "sync 's'",
            "Compare the sync's fields and types with Pendo's (pendosync check), then run again."),
            (error.Message, error.Place, error.Fix));
        Assert.Equal(1L, _told[0].Counts.Cancelled);
    }

    [Fact]
    public async Task A_planner_that_notices_late_changes_nothing_of_the_attempt_that_came_after_it()
    {
        await StartAsync(batches: 1);
        await AddAsync(TestBatches.Receipt(0, null, A, A));
        var counts = new RunCounts { Read = 9, Planned = 9 };
        await _ender.RefreshAsync("s", "s-1", 1, null, null, default, counts);
        Assert.Equal((2, 2L), ((await RunAsync()).Attempt, (await RunAsync()).Counts.Read));

        // Who stops the run decides.
        await _ender.RefreshAsync("s", "s-1", 1, RunState.Failed, null, default, counts);
        Assert.Equal((1, RunState.Failed, 9L), ((await RunAsync()).Attempt, (await RunAsync()).State, (await RunAsync()).Counts.Cancelled));

        async Task<RunRecord> RunAsync() => (await _state.Runs.ReadAsync("s", "s-1", default))!;
    }

    private Task StartAsync(int batches, ActiveState state = ActiveState.Delivering, Problem? error = null, long planned = 2) =>
        DeliveringRun.StartAsync(_state, batches, planned, error, active => active with { State = state });

    private async Task AddAsync(BatchRow row) => Assert.True(await _state.Receipts.TryAddAsync(row, default));

    private Task<Checkpoint> CheckpointAsync() => _state.Checkpoints.ReadAsync("s", default);
}
