using System.Diagnostics;
using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Delivery;
using PendoSync.Records;
using PendoSync.Runs;
using PendoSync.Snapshot;
using PendoSync.Sources;
using PendoSync.State;

namespace PendoSync.Planning;

/// <summary>Plans a run whose lease was taken: reads the model, drops what is unchanged, fans the rest out, closes the plan.</summary>
internal sealed class Planner(StateStore state, IBatchQueue queue, RunEnder ender, Settler settler, RejectionLog rejections,
    EngineOptions options, RunObserver observer)
{
    /// <summary>Why a run's counts may be less than what it has sent.</summary>
    internal const string BegunAnew =
        "The read broke off and was begun anew: what had been sent before that counts as unchanged, and its calls are not counted.";

    private readonly SnapshotLoader _snapshots = new(state, options);
    private readonly PlanStart _start = new(state, ender, settler, options);
    private readonly Verification _verification = new(state, options);

    /// <summary>Plans until the plan is closed, the lease is lost, or the run has failed; the run's record says which.</summary>
    /// <param name="context">The sync.</param>
    /// <param name="claimed">The checkpoint with our lease.</param>
    /// <param name="scope">Narrows it; null: all of the model.</param>
    /// <param name="stop">The host stops: the plan is closed as partial.</param>
    public async Task PlanAsync(SyncContext context, Checkpoint claimed, RunScope? scope, CancellationToken stop)
    {
        var (sync, runId) = (context.Sync.Name, claimed.Active!.RunId);
        using var activity = Telemetry.StartPlanning(sync, runId);
        var attempt = claimed.Active.Attempt;
        var progress = new PlanProgress();
        await using var lease = new Lease(state, options, sync, runId, attempt);
        for (var reads = 1; ; reads++)
        {
            try
            {
                await PlanOnceAsync(context, claimed, lease, progress, scope, stop);
                return;
            }
            catch (Exception e) when (lease.Lost.IsCancellationRequested || e is ProblemException { Problem.Kind: ProblemKind.Conflict })
            {
                // Cancelled or taken over: whoever did it has written the state, but only we know what was planned.
                await ender.RefreshAsync(sync, runId, attempt, null, null, CancellationToken.None, progress.Counts, progress.Rest);
                return;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // The host stopped before the first batch, or while settling: the next tick starts again.
                await ender.StopAsync(sync, runId, attempt, RunState.Partial, null, CancellationToken.None, progress.Counts, progress.Sent,
                    progress.Rest);
                return;
            }
            catch (Exception e) when (!PlanningFault.IsTransient(context.Warehouse, e) || reads >= options.MaxReadAttempts)
            {
                var problem = PlanningFault.ProblemOf(context, e);
                await ender.StopAsync(sync, runId, attempt, problem.Kind == ProblemKind.Limit ? RunState.Stopped : RunState.Failed, problem,
                    CancellationToken.None, progress.Counts, progress.Sent, progress.Rest);
                return;
            }
            catch (Exception)
            {
                // A fault of the source that may pass: the read starts again, as a new attempt.
            }

            await WaitAsync(Backoff.AfterTry(reads - 1, options), stop);
            if (await NextAttemptAsync(claimed, lease, progress.Sent) is not { } next)
            {
                await ender.RefreshAsync(sync, runId, attempt, null, null, CancellationToken.None, progress.Counts, progress.Rest);
                return;
            }

            progress.Pass = null;
            (claimed, attempt) = (next, next.Active!.Attempt);
        }
    }

    // Ends early when the host stops: what follows sees that, and closes the run.
    private async Task WaitAsync(TimeSpan time, CancellationToken stop) =>
        await Task.Delay(time, options.Clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async Task PlanOnceAsync(SyncContext context, Checkpoint claimed, Lease lease, PlanProgress progress, RunScope? scope,
        CancellationToken stop)
    {
        using var working = CancellationTokenSource.CreateLinkedTokenSource(lease.Lost, stop);
        var ct = working.Token;
        var started = options.Clock.GetTimestamp();
        List<string> notices = claimed.Active!.Attempt > 1 ? [BegunAnew] : [];
        var checkpoint = await _start.SettleAsync(context, claimed, notices, ct);
        await StartRecordAsync(checkpoint, ct);
        if (Adoption.IsDue(context, checkpoint))
            checkpoint = await new Adoption(state, options).AdoptAsync(context, checkpoint, notices, ct);
        var reading = ReadingPlan.For(context, checkpoint, checkpoint.Active!.Mode, scope?.Key);
        var verifies = scope is null && Verification.IsDue(context.Sync, checkpoint);
        SnapshotIndex? index = await LoadAsync();
        if (context.IsEvents && (await state.Marks.LookAsync(checkpoint, ct)).IsBehind)
        {
            var all = await CountAsync(context, checkpoint, ReadingPlan.All, index, null, ct);
            throw new ProblemException(PlanStart.RestoredLedger(context.Sync.Name, all.Planned));
        }

        if (await state.Marks.WriteAsync(checkpoint, ct) is { } unmarked)
            notices.Add(unmarked);
        if (LimitJudge.GuardsChanges(context.Sync, checkpoint, index.Accepted))
        {
            await GuardChangesAsync(context, checkpoint, reading, index, progress, scope, ct);
            index = await LoadAsync();
        }

        Verified? verified = null;
        if (verifies)
        {
            // While Pendo is read, its records take the memory.
            index = null;
            (verified, var repair) = await _verification.RunAsync(context, checkpoint, notices, ct);
            index = await LoadAsync();
            foreach (var key in repair)
                index.Forget(key);
            // Their rows may lie behind the cursor; and what Pendo took its time for is not the planning's.
            reading = reading with { From = null, Full = true };
            started = options.Clock.GetTimestamp();
        }

        var listed = await rejections.LoadAsync(context.Sync, lease.Lost);
        var pass = new PlanPass(context, checkpoint, new ModelPass(context, reading.StateFor(context, checkpoint), reading, index,
            listed, options, dryRun: false), queue, ender, rejections, options, observer);
        progress.Pass = pass;
        // Only a stop of the host ends a read early and keeps what was planned; a lost lease throws.
        await pass.RunAsync(started, scope, stop, lease.Lost);
        notices.AddRange(pass.Pass.Notices(scope));
        await CloseAsync(context, checkpoint, pass, index, listed, notices, started, verified, lease.Lost);

        Task<SnapshotIndex> LoadAsync() => _snapshots.LoadAsync(checkpoint, context.IsEvents, ct, reading.MeetsFew && !verifies);
    }

    // Counts, before anything is sent, what the run would change. The index is used up by it.
    private async Task GuardChangesAsync(SyncContext context, Checkpoint checkpoint, ReadingPlan reading, SnapshotIndex index,
        PlanProgress progress, RunScope? scope, CancellationToken ct)
    {
        var snapshot = index.Accepted;
        var pass = await CountAsync(context, checkpoint, reading, index, scope, ct);
        if (LimitJudge.Changed(context.Sync, pass.New + pass.Changed, pass.Counts.Read, snapshot) is not { } problem)
            return;
        progress.Guarded = pass;
        throw new ProblemException(problem);
    }

    private async Task<ModelPass> CountAsync(SyncContext context, Checkpoint checkpoint, ReadingPlan reading, SnapshotIndex index,
        RunScope? scope, CancellationToken ct)
    {
        var listed = await rejections.LoadAsync(context.Sync, ct);
        var pass = new ModelPass(context, reading.StateFor(context, checkpoint), reading, index, listed, options, dryRun: true);
        await pass.RunAsync(new CountingTaker(), scope, () => false, ct);
        return pass;
    }

    private async Task StartRecordAsync(Checkpoint checkpoint, CancellationToken ct)
    {
        var active = checkpoint.Active!;
        await state.Runs.ChangeAsync(checkpoint.Sync, active, (run, _) => run.Ended ? null : run with
        {
            State = RunState.Planning,
            Attempt = active.Attempt,
            StartedAt = run.StartedAt ?? checkpoint.ReadAt,
            Counts = new RunCounts(),
        }, ct);
    }

    private async Task CloseAsync(
        SyncContext context, Checkpoint checkpoint, PlanPass plan, SnapshotIndex index, ListedRejections listed, List<string> notices,
        long started, Verified? verified, CancellationToken ct)
    {
        var (active, pass, full) = (checkpoint.Active!, plan.Pass, plan.Pass.Reading.Full);
        var readAll = pass.Complete && pass.Reading.ReadsAll;
        // What is valid was sent; but a read that breaks a limit is no ground to move the cursor or to forget a key.
        var verdict = pass.Verdict;
        var complete = pass.Complete && verdict is null;
        var parts = await NewPartsAsync(context, checkpoint, pass, complete && readAll, index, ct);
        // Somebody may have cancelled the run meanwhile: its end stays.
        await state.Runs.ChangeAsync(checkpoint.Sync, active, (run, _) => run.Ended ? null : run with
        {
            State = RunState.Delivering,
            Counts = pass.Counts,
            Reasons = pass.Reasons,
            Sample = plan.Sample,
            ChangedFields = plan.Fields,
            Batches = plan.Batches,
            Full = full,
            Notices = notices,
            Error = verdict,
        }, ct);
        RunTelemetry.Planned(context.Sync.Name, pass.Counts);
        var closed = await state.Checkpoints.ChangeHeldAsync(checkpoint.Sync, active.RunId, active.Attempt, options.Owner, now => (now
            .WithParts(parts ?? now.Parts) with
        {
            Ended = parts is null ? now.Ended : [],
            Fields = FieldsOf(context.Sync, pass.Fields) ?? now.Fields,
            // A full read knows them all; any other one knows more than before, and fewer never.
            Repeated = pass.Complete ? pass.Repeated : now.Repeated,
            EmptySince = pass.Counts.Read > 0 ? null : pass.IsSuddenlyEmpty ? now.EmptySince ?? checkpoint.ReadAt : now.EmptySince,
            SentUntil = complete && full ? null : now.SentUntil,
            Verified = !pass.Complete || context.Sync.VerifyEvery is null ? now.Verified
                : verified ?? now.Verified ?? Verification.None(checkpoint),
            PlanSeconds = pass.Complete ? options.Clock.GetElapsedTime(started).TotalSeconds : now.PlanSeconds,
        }).ClosePlan(active, options.Owner, planned => planned with
        {
            Batches = plan.Batches,
            Planned = pass.Planned,
            Complete = complete,
            Full = full,
            ReadAt = checkpoint.ReadAt,
            Rest = pass.Rest,
            CursorAfter = complete ? pass.CursorAfter?.ToString() : null,
            DefinitionHash = context.Sync.Hash,
        })!, ct);
        await TidyAsync(context, closed, listed.Stale, readAll);
        await ender.LookAsync(checkpoint.Sync, active.RunId, active.Attempt, CancellationToken.None);
    }

    // What "*" took; null: not known.
    private static IReadOnlyList<string>? FieldsOf(SyncDefinition sync, FieldPlan? fields) => !sync.AllColumns ? [] : fields is null ? null
        : [.. fields.Fields.Select(f => f.Name).Except(sync.Fields.Select(f => f.Field), StringComparer.OrdinalIgnoreCase)];

    private async Task<IReadOnlyList<BasePart>?> NewPartsAsync(SyncContext context, Checkpoint checkpoint, ModelPass pass, bool readAll,
        SnapshotIndex index, CancellationToken ct)
    {
        // An empty model never makes the snapshot forget anything.
        var vanished = !context.IsEvents && readAll && pass.Counts.Read > 0 && pass.Vanished > 0;
        var remembers = pass.Remembered > 0 || pass.RemembersOnly;
        if (!remembers && !vanished && !_snapshots.ShouldFold(checkpoint))
            return null;
        var (runId, attempt) = (checkpoint.Active!.RunId, checkpoint.Active.Attempt);
        var id = $"{RunSuffix(runId)}.{attempt}";
        // Announced first, so that a later planner finds the pages of one that died while it wrote them.
        await state.Checkpoints.ChangeHeldAsync(checkpoint.Sync, runId, attempt, options.Owner, now => now with
        {
            LooseParts = [.. now.LooseParts.Append(id).Distinct()],
        }, ct);
        return remembers || vanished ? await _snapshots.RewriteAsync(checkpoint, index, seenOnly: vanished, id, ct)
            : await _snapshots.FoldAsync(checkpoint, index, context.Sync.Event?.Remember, id, ct);
    }

    // Nothing depends on this; what fails here is done by a later run. The loose parts are those of the plan just closed: none of a later
    // fold is among them.
    private async Task TidyAsync(SyncContext context, Checkpoint closed, IReadOnlyCollection<string> stale, bool readAll)
    {
        try
        {
            await rejections.TidyAsync(context.Sync.Name, closed.Active!.RunId, stale, readAll, CancellationToken.None);
            // One that had pages stays listed until the next run: whoever lost its lease while writing may have written one more.
            var gone = new List<string>();
            foreach (var id in closed.LooseParts)
                if (!await state.Snapshots.DeleteAsync(closed.Sync, id, CancellationToken.None))
                    gone.Add(id);
            if (gone.Count > 0)
                await state.Checkpoints.ChangeAsync(closed.Sync, now => now with { LooseParts = [.. now.LooseParts.Except(gone)] },
                    CancellationToken.None);
            await new Pruner(state, options).PruneAsync(closed.Sync, CancellationToken.None);
        }
        catch (ProblemException)
        {
        }
    }

    // A restarted read is a new attempt: what the broken one has sent is settled first.
    private async Task<Checkpoint?> NextAttemptAsync(Checkpoint claimed, Lease lease, bool sent)
    {
        var active = claimed.Active!;
        Checkpoint? next = null;
        await state.Checkpoints.ChangeAsync(claimed.Sync, now => next = now.NewAttempt(active, options.Owner, sent),
            CancellationToken.None);
        if (next is null)
            return null;
        lease.MoveTo(active.Attempt + 1);
        return await state.Checkpoints.ReadAsync(claimed.Sync, CancellationToken.None);
    }

    // What is known of the plan when it breaks off.
    private sealed class PlanProgress
    {
        public PlanPass? Pass { get; set; }

        public RunCounts? Counts => Pass?.SentCounts;

        public bool Sent => Pass is { HasSent: true };

        /// <summary>The pass that counted, before anything was sent, more changes than the limit allows.</summary>
        public ModelPass? Guarded { get; set; }

        /// <summary>How the keys stand that were met, or known before, and not sent; null when no row was read.</summary>
        public Standing? Rest => Pass is { Pass.Counts.Read: > 0 } pass ? pass.Rest
            : Guarded is { } counted ? counted.Rest with { Open = counted.Planned } : null;
    }

    private static string RunSuffix(string runId) => runId[(runId.LastIndexOf('-') + 1)..];
}
