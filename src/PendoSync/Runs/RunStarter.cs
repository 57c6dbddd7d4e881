using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.State;

namespace PendoSync.Runs;

/// <summary>Starts runs and takes leases; the checkpoint's version decides between two starters.</summary>
internal sealed class RunStarter(StateStore state, RunEnder ender, EngineOptions options)
{
    /// <summary>Writes a run as requested, to be planned by whoever takes the request.</summary>
    /// <returns>The run, or the run that is active already.</returns>
    /// <exception cref="ProblemException">Conflict: the sync is paused.</exception>
    public async Task<(RunRecord Run, bool Started)> RequestAsync(SyncDefinition sync, RunMode mode, string trigger, CancellationToken ct)
    {
        while (true)
        {
            var checkpoint = await state.Checkpoints.ReadAsync(sync.Name, ct);
            RefusePaused(sync, checkpoint);
            if (checkpoint.Active is { } active)
            {
                await ender.LookAsync(sync.Name, active.RunId, active.Attempt, ct);
                checkpoint = await state.Checkpoints.ReadAsync(sync.Name, ct);
                if (checkpoint.Active is { } still)
                    return (await RecordOfAsync(sync.Name, still, ct), false);
            }

            await ender.EndLastRecordAsync(checkpoint, ct);
            var wanted = NewRun(sync, mode, trigger, checkpoint.ReadAt);
            // The checkpoint comes first: a run that only its record knows would never end.
            if (checkpoint.Request(wanted) is { } requested && await state.Checkpoints.TryWriteAsync(requested, ct) is not null)
                return (await state.Runs.ChangeAsync(sync.Name, wanted, (record, _) => record, ct), true);
        }
    }

    /// <summary>
    /// Takes back a request that nobody took yet, as if it had not been made; a message of it that comes all the same does nothing.
    /// </summary>
    public async Task WithdrawAsync(string sync, string runId)
    {
        try
        {
            var waits = false;
            await state.Checkpoints.ChangeAsync(sync, now =>
            {
                var without = now.Withdraw(runId);
                waits = without is not null;
                return without;
            }, CancellationToken.None);
            if (waits)
                await state.Runs.DeleteAsync(sync, [runId], CancellationToken.None);
        }
        catch (ProblemException)
        {
            // The state is away too: then the run waits, and the clock asks for it again.
        }
    }

    /// <summary>Takes the lease for planning: of a new run, of a requested one, or of one whose planner is lost.</summary>
    /// <param name="sync">The sync.</param>
    /// <param name="runId">The requested run; null: a new one, unless one is waiting or lost.</param>
    /// <param name="mode">Mode of a new run.</param>
    /// <param name="trigger">Trigger of a new run.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>The checkpoint with our lease, or null and the run that is active.</returns>
    public async Task<(Checkpoint? Claimed, string? ActiveRun)> ClaimAsync(SyncDefinition sync, string? runId, RunMode mode,
        string trigger, CancellationToken ct)
    {
        while (true)
        {
            var checkpoint = await state.Checkpoints.ReadAsync(sync.Name, ct);
            if (checkpoint.Active is { } active)
            {
                if (runId is not null && active.RunId != runId)
                    return (null, active.RunId);
                if (await ender.StopRestoredAsync(checkpoint, ct))
                {
                    checkpoint = await state.Checkpoints.ReadAsync(sync.Name, ct);
                }
                else if (active.State == ActiveState.Delivering)
                {
                    await ender.LookAsync(sync.Name, active.RunId, active.Attempt, ct);
                    if ((await state.Checkpoints.ReadAsync(sync.Name, ct)).IsActive(active.RunId, active.Attempt) && !options.OnlyOwner)
                        return (null, active.RunId);
                    checkpoint = await state.Checkpoints.ReadAsync(sync.Name, ct);
                }
            }

            if (runId is not null && checkpoint.Active?.RunId != runId)
                return (null, checkpoint.Active?.RunId);
            var wanted = await NextAsync(sync, checkpoint, mode, trigger, ct);
            if (wanted is null)
                return (null, checkpoint.Active!.RunId);
            if (await state.Checkpoints.TryWriteAsync(wanted, ct) is { } claimed)
                return (claimed, claimed.Active!.RunId);
        }
    }

    /// <summary>Refuses a paused sync.</summary>
    public static void RefusePaused(SyncDefinition sync, Checkpoint checkpoint)
    {
        if (checkpoint.Paused || sync.Paused)
        {
            throw new ProblemException(ProblemKind.Conflict, "the sync is paused", $"sync '{sync.Name}'",
                sync.Paused ? $"Remove `paused: true` from {sync.File}." : $"Run `pendosync resume {sync.Name}`.");
        }
    }

    private async Task<Checkpoint?> NextAsync(SyncDefinition sync, Checkpoint checkpoint, RunMode mode,
        string trigger, CancellationToken ct)
    {
        switch (checkpoint.Active)
        {
            case null:
                RefusePaused(sync, checkpoint);
                await ender.EndLastRecordAsync(checkpoint, ct);
                break;
            case { State: not ActiveState.Requested } lost when options.OnlyOwner:
                // The lock we hold proves that nobody works on it: the run ends, a new one goes on.
                await EndLostAsync(sync.Name, lost, ct);
                return await NextAsync(sync, await state.Checkpoints.ReadAsync(sync.Name, ct), mode, trigger, ct);
        }

        return checkpoint.Claim(NewRun(sync, mode, trigger, checkpoint.ReadAt), options.Owner, options.LeaseAge);
    }

    private Task EndLostAsync(string sync, ActiveRun lost, CancellationToken ct) =>
        ender.StopAsync(sync, lost.RunId, lost.Attempt, RunState.Failed,
        new Problem(ProblemKind.Transient, lost.Owner == options.Owner
            ? "what ran it failed before it ended; the log says how" : "the process that ran it ended before it did", lost.RunId,
        "Nothing is lost: what Pendo answered counts, the next run goes on."), ct);

    private async Task<RunRecord> RecordOfAsync(string sync, ActiveRun active, CancellationToken ct) =>
        await state.Runs.ReadAsync(sync, active.RunId, ct) ?? RunRecord.Of(sync, active);

    private static ActiveRun NewRun(SyncDefinition sync, RunMode mode, string trigger, DateTimeOffset now) => new()
    {
        RunId = RunRecord.NewId(sync.Name, now),
        Mode = mode,
        Trigger = trigger,
        Since = now,
    };
}
