using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Runs;
using PendoSync.State;
using PendoSync.Tests.Records;
using PendoSync.Tests.Worlds;

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

    private RunStarter Starter(string owner, bool alone = false) =>
        new(_state, new RunEnder(_ => _sync, _state, new RunObserver()),
            new EngineOptions { Clock = _clock, Owner = owner, OnlyOwner = alone });
}
