using PendoSync.Definitions;
using PendoSync.Engine;
using PendoSync.Reports;
using PendoSync.Runs;
using PendoSync.State;

namespace PendoSync.Operations;

/// <summary>Forgets what a sync knows, in one write that also ends its active run.</summary>
internal sealed class Resetter(SyncEngine engine)
{
    /// <summary>Resets a sync.</summary>
    public async Task<ResetReport> ResetAsync(string sync, bool forgetEvents, CancellationToken ct)
    {
        var definition = engine.Project.Sync(sync);
        var events = definition.Object == PendoObject.TrackEvent;
        if (forgetEvents && !events)
        {
            throw new ProblemException(ProblemKind.Configuration, "--forget-events is for track event syncs", $"sync '{sync}'",
                $"Run `pendosync reset {sync}`: it forgets every {Words.Noun(definition.Object)}.");
        }

        var forgets = !events || forgetEvents;
        var again = events && forgetEvents ? await new DryRun(engine).CountAgainAsync(sync, ct) : (Events: 0, Known: true);
        var (before, after) = await ForgetAsync(sync, forgets, ct);
        await MendAsync(after);
        await EndActiveAsync(sync, before);
        if (forgets)
            await TidyAsync(sync, before, after);
        var meaning = Meaning(definition, forgets, again);
        if (events && forgets && before.Active is { } active)
            meaning += $" So it does with those that run {active.RunId} was sending just now.";
        return new ResetReport(sync, events && forgetEvents, again.Events, before.Active?.RunId, meaning);
    }

    private async Task<(Checkpoint Before, Checkpoint After)> ForgetAsync(string sync, bool forgets, CancellationToken ct)
    {
        var checkpoints = engine.State.Checkpoints;
        while (true)
        {
            Checkpoint? before = null;
            try
            {
                var after = await checkpoints.ChangeAsync(sync, now => (before = now).Reset(forgets), ct);
                return (before!, after);
            }
            catch (DamagedRowException e)
            {
                if (!forgets)
                    throw LostLedger(sync, e);
                // Written over exactly what is damaged: a checkpoint that somebody else made meanwhile is reset as any other.
                before = await WhatRemainsAsync(e.Row, ct);
                if (await checkpoints.TryWriteAsync(before.Reset(forgets), ct) is { } after)
                    return (before, after);
            }
        }
    }

    // The run that was active is known by its record alone: its intents may still be live, and the next planner waits for them (promise 4).
    private async Task<Checkpoint> WhatRemainsAsync(TableRow damaged, CancellationToken ct)
    {
        var remains = Checkpoint.WhatRemainsOf(damaged, engine.Options.Clock.GetUtcNow());
        await engine.State.Runs.DeleteDamagedAsync(remains.Sync, ct);
        await foreach (var newest in engine.State.Runs.ListAsync(remains.Sync, null, ct))
        {
            return newest.Ended ? remains : remains with
            {
                Active = new ActiveRun
                {
                    RunId = newest.RunId,
                    Attempt = newest.Attempt,
                    State = ActiveState.Planning,
                    Trigger = newest.Trigger,
                    Mode = newest.Mode,
                    Since = newest.RequestedAt
                },
            };
        }

        return remains;
    }

    // Only people read runs and rejections, and of attempts that count no longer nobody asks what a receipt said.
    private async Task MendAsync(Checkpoint after)
    {
        await engine.State.Runs.DeleteDamagedAsync(after.Sync, CancellationToken.None);
        await engine.State.Rejections.DeleteDamagedAsync(after.Sync, CancellationToken.None);
        foreach (var attempt in after.Ended.Where(e => !e.Counts))
            await engine.State.Receipts.DeleteDamagedAsync(attempt.Partition, CancellationToken.None);
    }

    private async Task EndActiveAsync(string sync, Checkpoint before)
    {
        if (before.Active is { } active)
            await engine.Ender.EndRecordAsync(sync, active.RunId, active.Attempt, RunState.Cancelled, SyncService.Cancelled(active.RunId),
                CancellationToken.None);
    }

    // Nothing depends on this: rejections belong to what was forgotten, and pages of a base nobody names any more are only waste, which the
    // next planner looks for again.
    private async Task TidyAsync(string sync, Checkpoint before, Checkpoint after)
    {
        await engine.State.Rejections.DeleteAllAsync(sync, CancellationToken.None);
        foreach (var part in before.Parts.Where(s => !after.Parts.Contains(s)))
            await engine.State.Snapshots.DeleteAsync(sync, part.Id, CancellationToken.None);
    }

    private static ProblemException LostLedger(string sync, Exception damage) => new(ProblemKind.State,
        "the checkpoint cannot be read, and with it the ledger of sent events is lost: a reset would send every event of the model again "
        + "that Pendo still accepts; nothing was changed",
        $"sync '{sync}'", $"Put a backup of the state in its place, or run `pendosync reset {sync} --forget-events` to send them again.",
        damage);

    private static string Meaning(SyncDefinition sync, bool forgets, (long Events, bool Known) again) => sync.Object switch
    {
        PendoObject.TrackEvent when forgets && !again.Known =>
            $"The next run sends {Words.Count(again.Events, sync.Object)}; which of them Pendo has already received is lost.",
        PendoObject.TrackEvent when forgets =>
            $"The next run sends {Words.Count(again.Events, sync.Object)} again that Pendo has already received.",
        PendoObject.TrackEvent => "The next run reads the whole model; events that were sent are not sent again.",
        _ => $"The next run sends every valid {Words.Noun(sync.Object)} again.",
    };
}
