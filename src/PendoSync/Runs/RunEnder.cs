using System.Collections.Concurrent;
using PendoSync.Definitions;
using PendoSync.State;
using PendoSync.Values;

namespace PendoSync.Runs;

/// <summary>
/// Looks whether a run can end, ends it by one checkpoint write, and stops runs. The planner, every deliverer and the clock look.
/// </summary>
public sealed class RunEnder(Func<string, SyncDefinition?> syncs, StateStore state, RunObserver observer)
{
    // What is known of an attempt never changes back, so a look goes on where the last one stopped.
    private readonly ConcurrentDictionary<string, Progress> _progress = new(StringComparer.Ordinal);

    /// <summary>Called once with every run that has ended, by whoever ended it; must not throw.</summary>
    public Func<RunRecord, CancellationToken, Task>? Ended { get; set; }

    /// <summary>Receipts known without a gap, counted from batch 0.</summary>
    public int KnownReceipts(string runId, int attempt) =>
        _progress.TryGetValue(ReceiptTable.PartitionOf(runId, attempt), out var progress) ? progress.Next : 0;

    /// <summary>
    /// One look: a range query over a few small columns from the first batch not known receipted, ending at the first gap.
    /// Ends the run when its plan is closed and every batch has its receipt; stops it when a limit is hit.
    /// </summary>
    public async Task LookAsync(string sync, string runId, int attempt, CancellationToken ct)
    {
        var checkpoint = await state.Checkpoints.ReadAsync(sync, ct);
        if (!checkpoint.IsActive(runId, attempt))
            return;
        var progress = await AdvanceAsync(runId, attempt, ct);
        if (Judge(syncs(sync), progress) is { } problem)
        {
            await StopAsync(sync, runId, attempt, problem.Kind == ProblemKind.Limit ? RunState.Stopped : RunState.Failed, problem, ct);
            return;
        }

        if (checkpoint.Active!.State == ActiveState.Delivering && progress.Next >= checkpoint.Active.Batches)
            await EndAsync(checkpoint, progress, ct);
    }

    /// <summary>Stops a run that is active, in whatever state; messages of its attempt do nothing from then on (promise 7).</summary>
    /// <param name="sync">The sync.</param>
    /// <param name="runId">The run.</param>
    /// <param name="attempt">The attempt it must be in; null: any.</param>
    /// <param name="end">Its final state.</param>
    /// <param name="problem">Why.</param>
    /// <param name="ct">Ends the work.</param>
    /// <param name="plan">What was planned so far, when the plan was not closed.</param>
    /// <param name="sent">False: its planner knows that no batch of the attempt was sent, so there is nothing to settle.</param>
    /// <param name="rest">How the keys stand that were not planned, when the plan was not closed; null: nobody knows.</param>
    /// <returns>False when the run was over already.</returns>
    public async Task<bool> StopAsync(string sync, string runId, int? attempt, RunState end, Problem? problem, CancellationToken ct,
        RunCounts? plan = null, bool sent = true, Standing? rest = null)
    {
        ActiveRun? stopped = null;
        var idle = await state.Checkpoints.ChangeAsync(sync, before =>
        {
            var after = before.Stop(runId, attempt, end, sent, problem);
            stopped = after is null ? null : before.Active;
            return after;
        }, ct);
        if (stopped is null)
            return false;
        await state.Marks.WriteAsync(idle, ct);
        var run = await RefreshAsync(sync, stopped, end, problem, ct, plan, stopped.Rest ?? rest);
        if (Ended is { } ended)
            await ended(run, ct);
        return true;
    }

    /// <summary>
    /// Stops a run of a state that was restored: what was to be delivered may have been, and nobody brings it again.
    /// </summary>
    /// <returns>True when it was stopped.</returns>
    public async Task<bool> StopRestoredAsync(Checkpoint checkpoint, CancellationToken ct) =>
        checkpoint.Active is { State: not ActiveState.Requested } active && (await state.Marks.LookAsync(checkpoint, ct)).IsBehind
        && await StopAsync(checkpoint.Sync, active.RunId, active.Attempt, RunState.Failed, new Problem(ProblemKind.State,
            "the state is older than this run, as after restoring a backup", active.RunId, "Run the sync: it says what is in doubt."), ct);

    /// <summary>Counts a run's receipts again; what was planned and has none is cancelled.</summary>
    public async Task<RunRecord?> RefreshAsync(string sync, string runId, int attempt, RunState? end, Problem? problem,
        CancellationToken ct, RunCounts? plan = null, Standing? rest = null) =>
        await state.Runs.ReadAsync(sync, runId, ct) is null
            ? null : await RefreshAsync(sync, new ActiveRun { RunId = runId, Attempt = attempt }, end, problem, ct, plan, rest);

    /// <summary>Ends the record of a run that a checkpoint write has ended already, and tells of it.</summary>
    public async Task EndRecordAsync(string sync, string runId, int attempt, RunState end, Problem? problem, CancellationToken ct)
    {
        if (await RefreshAsync(sync, runId, attempt, end, problem, ct) is { } run && Ended is { } tell)
            await tell(run, ct);
    }

    /// <summary>
    /// Ends the record of the last run when the process that stopped it died before it could; called before a new run begins.
    /// </summary>
    public async Task EndLastRecordAsync(Checkpoint checkpoint, CancellationToken ct)
    {
        if (checkpoint is { Active: null, LastRun: { } last }
            && await state.Runs.ReadAsync(checkpoint.Sync, last, ct) is { Ended: false } run)
        {
            var stop = checkpoint.LastStop ?? new StoppedRun(RunState.Failed, new Problem(ProblemKind.Transient,
                "the process that stopped it ended before it could say why", last,
                "Nothing is lost: what Pendo answered counts, the next run goes on."));
            await EndRecordAsync(checkpoint.Sync, last, run.Attempt, stop.State, stop.Problem, ct);
        }
    }

    private async Task<RunRecord> RefreshAsync(string sync, ActiveRun active, RunState? end, Problem? problem,
        CancellationToken ct, RunCounts? plan, Standing? rest)
    {
        var receipts = new RunCounts();
        await foreach (var batch in state.Receipts.SummariesAsync(ReceiptTable.PartitionOf(active.RunId, active.Attempt), 0, ct))
            if (batch.Final)
                receipts = receipts.PlusOutcomes(batch.Totals);
        var checkpoint = await state.Checkpoints.ReadAsync(sync, ct);
        var run = await state.Runs.ChangeAsync(sync, active, (before, now) =>
        {
            // Of another attempt nothing is counted; but who stops the run decides, whatever its planner came to write.
            if (before.Attempt != active.Attempt && end is null)
                return null;
            var counts = (plan ?? (before.Attempt == active.Attempt ? before.Counts : new RunCounts())).Covering(receipts);
            counts = counts.WithOutcomesOf(receipts with { Cancelled = counts.Planned - receipts.Delivered });
            // What was counted before goes on being counted: answers of calls that were under way come later.
            var standing = rest?.Plus(counts, now)
                ?? (before.Attempt == active.Attempt ? before.Standing?.Plus(counts, now, before.Counts) : null);
            return before with
            {
                Attempt = active.Attempt,
                Counts = counts,
                State = end ?? before.State,
                Error = problem ?? before.Error,
                Standing = standing,
                Health = end is null ? before.Health
                    : HealthJudge.Of(syncs(sync), checkpoint with { Standing = standing ?? checkpoint.Standing }),
                EndedAt = before.EndedAt ?? (end is null ? null : now),
            };
        }, ct);
        if (!run.Ended)
            return run;
        if (run.Standing is { } known)
            await state.Checkpoints.ChangeAsync(sync, now => now is { Active: null } && now.LastRun == active.RunId && now.Standing != known
                ? now with { Standing = known } : null, ct);
        observer.Forget(active.RunId);
        return run;
    }

    private async Task<Progress> AdvanceAsync(string runId, int attempt, CancellationToken ct)
    {
        var partition = ReceiptTable.PartitionOf(runId, attempt);
        var progress = _progress.GetOrAdd(partition, _ => new Progress());
        await foreach (var batch in state.Receipts.SummariesAsync(partition, progress.Next, ct))
        {
            if (!progress.TryAdd(batch))
                break;
        }

        return _progress[partition] = progress;
    }

    private async Task EndAsync(Checkpoint checkpoint, Progress progress, CancellationToken ct)
    {
        var active = checkpoint.Active!;
        var ended = checkpoint;
        var run = await state.Runs.ChangeAsync(checkpoint.Sync, active, (before, _) =>
        {
            var counts = before.Counts.WithOutcomesOf(progress.Totals);
            var (end, problem) = Result(active, counts, progress, before.Error);
            ended = checkpoint.End(end, progress.LowestUnanswered?.ToString(), progress.Doubt, counts.Accepted,
                HealthJudge.TroubleOf(counts, problem))! with
            { Standing = active.Rest?.Plus(counts, checkpoint.ReadAt) ?? checkpoint.Standing };
            return before with
            {
                Counts = counts,
                State = end,
                Error = problem,
                EndedAt = checkpoint.ReadAt,
                Batches = active.Batches,
                Standing = ended.Standing,
                Health = HealthJudge.Of(syncs(checkpoint.Sync), ended),
            };
        }, ct);
        // Promise 5: one write ends the run. A conflict means somebody else decided meanwhile; the next look sees what.
        if (await state.Checkpoints.TryWriteAsync(ended, ct) is not { } idle)
        {
            // Whoever stopped it meanwhile may have written its record before us, or died before it could.
            var now = await state.Checkpoints.ReadAsync(checkpoint.Sync, ct);
            if (now is { Active: null, LastStop: { } stop } && now.LastRun == active.RunId)
                await RefreshAsync(checkpoint.Sync, active, stop.State, stop.Problem, ct, null, null);
            else
                await LookAsync(checkpoint.Sync, active.RunId, active.Attempt, ct);
            return;
        }

        await state.Marks.WriteAsync(idle, ct);
        _progress.TryRemove(ReceiptTable.PartitionOf(active.RunId, active.Attempt), out _);
        observer.Forget(active.RunId);
        if (Ended is { } tell)
            await tell(run, ct);
    }

    // The verdict is the planner's, over the whole read.
    private static (RunState, Problem?) Result(ActiveRun active, RunCounts counts, Progress progress, Problem? verdict)
    {
        if (counts.BrokenSum() is { } broken)
            return (RunState.Failed, new Problem(ProblemKind.Internal, "the run's counts do not add up: " + broken, active.RunId,
                "Please report this; the state is safe."));
        if (counts.GivenUp > 0 && counts.Accepted + counts.NotFound + counts.Rejected == 0)
        {
            return (RunState.Failed, new Problem(ProblemKind.Transient, "Pendo answered none of the batches: "
                + (progress.GivenUpReason ?? "no answer"), active.RunId,
                "Run the sync again later; the records are tried again by themselves after an hour."));
        }

        if (verdict is { Kind: ProblemKind.Limit })
            return (RunState.Stopped, verdict);
        return (!active.Complete || counts.Cancelled > 0 ? RunState.Partial
            : counts.Errors > 0 ? RunState.CompletedWithErrors : RunState.Completed, null);
    }

    private static Problem? Judge(SyncDefinition? sync, Progress progress)
    {
        if (progress.Stop is { } stop)
            return stop;
        if (progress.RejectedWhole is { } reason)
        {
            return new Problem(ProblemKind.Configuration, $"Pendo rejected the first two batches whole, with one reason: {reason}",
                $"sync '{sync?.Name}'",
                "Compare the sync's fields and types with Pendo's (pendosync check), then run again.");
        }

        return sync is null ? null : LimitJudge.Rejected(sync, progress.Totals);
    }

    private sealed class Progress
    {
        private readonly Lock _gate = new();
        private string? _first;

        public int Next { get; private set; }

        public RunCounts Totals { get; private set; } = new();

        public CursorValue? LowestUnanswered { get; private set; }

        public Doubt? Doubt { get; private set; }

        public string? RejectedWhole { get; private set; }

        public Problem? Stop { get; private set; }

        public string? GivenUpReason { get; private set; }

        // Two looks may run at once; only the one that is next in line counts.
        public bool TryAdd(BatchSummary batch)
        {
            lock (_gate)
            {
                if (batch.Number < Next)
                    return true;
                if (batch.Number > Next || !batch.Final)
                    return false;
                Next++;
                Totals = Totals.PlusOutcomes(batch.Totals);
                if (batch.Totals.GivenUp + batch.Totals.Cancelled + batch.Totals.Unknown > 0 && batch.Cursor is { } text
                    && CursorValue.Parse(text) is var cursor && (LowestUnanswered is not { } lowest || cursor < lowest))
                    LowestUnanswered = cursor;
                if (batch.DoubtUntil is { } until)
                    Doubt = Doubt.Both(Doubt, new Doubt(until, batch.Cursor));
                if (batch.Number == 0)
                    _first = batch.RejectedWhole;
                else if (batch.Number == 1 && _first is not null && _first == batch.RejectedWhole)
                    RejectedWhole = _first;
                Stop ??= batch.Stop;
                if (batch.Totals.GivenUp > 0)
                    GivenUpReason ??= batch.GivenUpReason;
                return true;
            }
        }
    }
}
