using PendoSync.Definitions;
using PendoSync.Operations.Json;
using PendoSync.Running;
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
        var goAgain = events && forgetEvents ? await new DryRun(engine).CountKnownAsync(sync, ct) : 0;
        Checkpoint? old = null;
        var after = await engine.State.Checkpoints.ChangeAsync(sync, now => Without(old = now, forgets), ct);
        await EndActiveAsync(sync, old!);
        if (forgets)
            await TidyAsync(sync, old!, after);
        return new ResetReport(sync, events && forgetEvents, goAgain, old!.Active?.RunId, Meaning(definition, forgets, goAgain));
    }

    // Attempts that are not settled are still waited for (promise 4), they only count no longer.
    private static Checkpoint Without(Checkpoint before, bool forgets)
    {
        var ended = RunEnder.WithoutActive(before, RunState.Cancelled, counts: !forgets) with { Cursor = null, LastFull = null };
        return !forgets ? ended : ended.WithSegments([]) with
        {
            InStep = null,
            InStepOf = null,
            Identity = "",
            Ended = [.. ended.Ended.Where(e => !e.Settled).Select(e => e with { Counts = false })],
        };
    }

    private async Task EndActiveAsync(string sync, Checkpoint before)
    {
        if (before.Active is { } active)
            await engine.Ender.EndRecordAsync(sync, active.RunId, active.Attempt, RunState.Cancelled, SyncService.Cancelled(active.RunId), CancellationToken.None);
    }

    // Nothing depends on this: refusals belong to what was forgotten, and pages of a base nobody names any more are only waste, which the next planner looks for again.
    private async Task TidyAsync(string sync, Checkpoint before, Checkpoint after)
    {
        var refusals = await engine.State.Rejections.IdsAsync(sync, CancellationToken.None);
        await engine.State.Rejections.DeleteAsync(sync, [.. refusals.Select(r => r.Id)], CancellationToken.None);
        foreach (var segment in before.Segments.Where(s => !after.Segments.Contains(s)))
            await engine.State.Snapshots.DeleteAsync(sync, segment.Id, CancellationToken.None);
    }

    private static string Meaning(SyncDefinition sync, bool forgets, long goAgain) => sync.Object switch
    {
        PendoObject.TrackEvent when forgets => $"The next run sends {Words.Count(goAgain, sync.Object)} again that Pendo has already received.",
        PendoObject.TrackEvent => "The next run reads the whole model; events that were sent are not sent again.",
        _ => $"The next run sends every valid {Words.Noun(sync.Object)} again.",
    };
}
