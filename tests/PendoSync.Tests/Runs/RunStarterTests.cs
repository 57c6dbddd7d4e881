using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Runs;
using PendoSync.State;
using PendoSync.Tests.Records;
using PendoSync.Tests.State;
using PendoSync.Tests.Worlds;
using PendoSync.Values;

namespace PendoSync.Tests.Runs;

/// <summary>Who may start a run and take its lease.</summary>
public sealed class RunStarterTests
{
    private readonly ManualClock _clock = new();
    private readonly StateStore _state;
    private readonly SyncDefinition _sync = TestSyncs.Visitors with { Name = "s" };

    public RunStarterTests() => _state = new StateStore(new MemoryTableStore(_clock));

    [Fact]
    public async Task A_request_writes_a_run_that_waits_and_a_second_one_is_answered_with_it()
    {
        var (run, started) = await Starter("a").RequestAsync(_sync, RunMode.Full, "http", default);
        var (same, again) = await Starter("b").RequestAsync(_sync, RunMode.Incremental, "timer", default);

        Assert.Equal((true, false, RunState.Requested, RunMode.Full), (started, again, run.State, same.Mode));
        Assert.Equal(run.RunId, same.RunId);
        var (claimed, _) = await Starter("b").ClaimAsync(_sync, run.RunId, RunMode.Incremental, "timer", default);
        Assert.Equal((run.RunId, RunMode.Full, "http", "b"),
            (claimed!.Active!.RunId, claimed.Active.Mode, claimed.Active.Trigger, claimed.Active.Owner));
    }

    [Fact]
    public async Task A_paused_sync_is_neither_asked_for_nor_claimed()
    {
        await _state.Checkpoints.ChangeAsync("s", now => now.Pause(), default);

        foreach (var sync in new[] { _sync, _sync with { Paused = true } })
        {
            Assert.Equal(ProblemKind.Conflict, (await Assert.ThrowsAsync<ProblemException>(() => Starter("a").RequestAsync(sync,
                RunMode.Full, "http", default))).Problem.Kind);
            Assert.Equal(ProblemKind.Conflict, (await Assert.ThrowsAsync<ProblemException>(() => Starter("a").ClaimAsync(sync, null,
                RunMode.Full, "cli", default))).Problem.Kind);
            await _state.Checkpoints.ChangeAsync("s", now => now.Resume(), default);
        }
    }

    [Fact]
    public async Task In_Azure_a_lease_is_taken_over_when_nobody_renewed_it_and_its_attempt_is_settled_later()
    {
        var (first, _) = await Starter("a").ClaimAsync(_sync, null, RunMode.Incremental, "timer", default);
        _clock.Now += TimeSpan.FromMinutes(2);
        var (refused, active) = await Starter("b").ClaimAsync(_sync, null, RunMode.Incremental, "timer", default);
        Assert.Equal((null, first!.Active!.RunId), (refused, active));

        _clock.Now += TimeSpan.FromSeconds(1);
        var (taken, _) = await Starter("b").ClaimAsync(_sync, null, RunMode.Incremental, "timer", default);
        Assert.Equal((first.Active.RunId, 2, "b"), (taken!.Active!.RunId, taken.Active.Attempt, taken.Active.Owner));
        Assert.Equal([new EndedAttempt(first.Active.RunId, 1, 0, Settled: false)], taken.Ended);
    }

    [Theory]
    [InlineData(ActiveState.Planning)]
    [InlineData(ActiveState.Delivering)]
    public async Task On_one_machine_a_run_of_another_process_is_over_and_a_new_one_begins_at_once(ActiveState state)
    {
        var (dead, _) = await Starter("a", alone: true).ClaimAsync(_sync, null, RunMode.Incremental, "cli", default);
        await _state.Checkpoints.ChangeAsync("s", now => now with { Active = now.Active! with { State = state, Batches = 1 } }, default);

        var (next, _) = await Starter("b", alone: true).ClaimAsync(_sync, null, RunMode.Incremental, "cli", default);
        Assert.NotEqual(dead!.Active!.RunId, next!.Active!.RunId);
        Assert.Equal([dead.Active.RunId], next.Ended.Select(e => e.RunId));
    }

    [Fact]
    public async Task A_run_that_was_asked_for_by_its_id_and_is_over_is_not_begun_again()
    {
        var (run, _) = await Starter("a").RequestAsync(_sync, RunMode.Incremental, "http", default);
        await _state.Checkpoints.ChangeAsync("s", now => now.Stop(run.RunId, null, RunState.Cancelled), default);

        Assert.Equal((null, null), await Starter("a").ClaimAsync(_sync, run.RunId, RunMode.Incremental, "http", default));
    }

    [Theory]
    [InlineData(false, "Run `pendosync resume s`.")]
    [InlineData(true, "Remove `paused: true` from syncs/visitors.yaml.")]
    public void Who_is_refused_a_paused_sync_hears_how_to_go_on(bool inFile, string fix)
    {
        var now = new Checkpoint { Sync = "s", Seeds = HashSeeds.Random(), Paused = !inFile };
        var refused = Assert.Throws<ProblemException>(() => RunStarter.RefusePaused(_sync with { Paused = inFile }, now)).Problem;
        Assert.Equal(("the sync is paused", "sync 's'", fix), (refused.Message, refused.Place, refused.Fix));
        RunStarter.RefusePaused(_sync, now with { Paused = false });
    }

    [Fact]
    public async Task A_request_that_nobody_took_is_taken_back_and_one_that_was_taken_is_not()
    {
        var (run, _) = await Starter("a").RequestAsync(_sync, RunMode.Full, "http", default);
        await Starter("a").WithdrawAsync("s", run.RunId);
        Assert.Null((await _state.Checkpoints.ReadAsync("s", default)).Active);
        Assert.Null(await _state.Runs.ReadAsync("s", run.RunId, default));

        var (next, _) = await Starter("a").RequestAsync(_sync, RunMode.Full, "http", default);
        await Starter("b").ClaimAsync(_sync, next.RunId, RunMode.Full, "http", default);
        await Starter("a").WithdrawAsync("s", next.RunId);
        Assert.NotNull((await _state.Checkpoints.ReadAsync("s", default)).Active);
        Assert.NotNull(await _state.Runs.ReadAsync("s", next.RunId, default));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_run_whose_last_receipt_is_there_is_ended_by_whoever_starts_the_next(bool request)
    {
        var first = await DeliveredAsync(receipt: true);
        var starter = Starter("b");
        var next = request ? (await starter.RequestAsync(_sync, RunMode.Incremental, "http", default)).Run.RunId
            : (await starter.ClaimAsync(_sync, null, RunMode.Incremental, "timer", default)).Claimed!.Active!.RunId;

        Assert.NotEqual(first, next);
        Assert.Equal((first, next), ((await _state.Checkpoints.ReadAsync("s", default)).LastRun,
            (await _state.Checkpoints.ReadAsync("s", default)).Active!.RunId));
    }

    [Fact]
    public async Task A_run_that_is_still_delivered_is_the_answer_to_whoever_starts_the_next()
    {
        var first = await DeliveredAsync(receipt: false);

        Assert.Equal((null, first), await Starter("b").ClaimAsync(_sync, null, RunMode.Incremental, "timer", default));
        Assert.Equal((null, first), await Starter("b").ClaimAsync(_sync, "s-other", RunMode.Incremental, "timer", default));
        var (run, started) = await Starter("b").RequestAsync(_sync, RunMode.Incremental, "http", default);
        Assert.Equal((first, false, 1L), (run.RunId, started, run.Counts.Read));
    }

    [Fact]
    public async Task A_run_whose_process_is_gone_from_the_machine_says_so()
    {
        var (dead, _) = await Starter("a", alone: true).ClaimAsync(_sync, null, RunMode.Incremental, "cli", default);
        await _state.Runs.ChangeAsync("s", dead!.Active!, (run, _) => run, default);
        await Starter("b", alone: true).ClaimAsync(_sync, null, RunMode.Incremental, "cli", default);

        var run = (await _state.Runs.ReadAsync("s", dead.Active!.RunId, default))!;
        Assert.Equal((RunState.Failed, ProblemKind.Transient, "the process that ran it ended before it did"),
            (run.State, run.Error!.Kind, run.Error.Message));
        Assert.Equal("Nothing is lost: what Pendo answered counts, the next run goes on.", run.Error.Fix);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_run_whose_stopper_died_before_it_could_say_so_is_ended_by_whoever_starts_the_next(bool request)
    {
        var first = await DeliveredAsync(receipt: false);
        await _state.Checkpoints.ChangeAsync("s", now => now.Stop(first, null, RunState.Cancelled), default);
        if (request)
            await Starter("b").RequestAsync(_sync, RunMode.Incremental, "http", default);
        else
            await Starter("b").ClaimAsync(_sync, null, RunMode.Incremental, "timer", default);

        Assert.Equal(RunState.Cancelled, (await _state.Runs.ReadAsync("s", first, default))!.State);
    }

    [Fact]
    public async Task A_run_of_a_restored_state_is_stopped_by_whoever_starts_the_next()
    {
        var marks = new MemoryMarks();
        var state = new StateStore(new MemoryTableStore(_clock), marks);
        var starter = new RunStarter(state, new RunEnder(_ => _sync, state, new RunObserver()),
            new EngineOptions { Clock = _clock, Owner = "a" });
        var (claimed, _) = await starter.ClaimAsync(_sync, null, RunMode.Incremental, "timer", default);
        await state.Runs.ChangeAsync("s", claimed!.Active!, (run, _) => run, default);
        await state.Marks.WriteAsync(claimed with { Marks = [claimed.Mark + 5] }, default);
        var (next, _) = await starter.ClaimAsync(_sync, null, RunMode.Incremental, "timer", default);

        Assert.NotEqual(claimed.Active!.RunId, next!.Active!.RunId);
        var error = (await state.Runs.ReadAsync("s", claimed.Active.RunId, default))!.Error!;
        Assert.Equal((ProblemKind.State, "Run the sync: it says what is in doubt."), (error.Kind, error.Fix));
    }

    private async Task<string> DeliveredAsync(bool receipt)
    {
        var (claimed, _) = await Starter("a").ClaimAsync(_sync, null, RunMode.Incremental, "timer", default);
        var run = claimed!.Active!;
        await _state.Checkpoints.ChangeAsync("s", now => now with
        {
            Active = run with { State = ActiveState.Delivering, Batches = 1, Planned = 1, Complete = true },
        }, default);
        await _state.Runs.ChangeAsync("s", run, (r, _) => r with { Counts = new RunCounts { Read = 1, Planned = 1 } }, default);
        var batch = TestBatches.Batch(1, runId: run.RunId);
        var row = new BatchRow(new RecordBatch
        {
            Id = batch.Id with { Attempt = run.Attempt },
            Target = batch.Target,
            Records = batch.Records,
            FirstEnqueued = batch.FirstEnqueued,
        }, "a");
        row.Set(0, RecordOutcome.Accepted);
        row.Kind = receipt ? BatchRowKind.Receipt : BatchRowKind.Intent;
        Assert.True(await _state.Receipts.TryAddAsync(row, default));
        return run.RunId;
    }

    private RunStarter Starter(string owner, bool alone = false) =>
        new(_state, new RunEnder(_ => _sync, _state, new RunObserver()),
            new EngineOptions { Clock = _clock, Owner = owner, OnlyOwner = alone });
}
