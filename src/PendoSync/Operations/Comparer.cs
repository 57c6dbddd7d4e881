using PendoSync.Definitions;
using PendoSync.Engine;
using PendoSync.Planning;
using PendoSync.Reports;
using PendoSync.Runs;
using PendoSync.Snapshot;
using PendoSync.State;

namespace PendoSync.Operations;

/// <summary>Compares a sync's warehouse with Pendo, and adopts what is equal.</summary>
internal sealed class Comparer(SyncEngine engine)
{
    private readonly SnapshotLoader _snapshots = new(engine.State, engine.Options);

    /// <summary>How both sides stand to each other; writes nothing (promise 10).</summary>
    public async Task<SyncComparison> CompareAsync(string sync, Action<ComparisonProgress>? progress, CancellationToken ct)
    {
        var (context, state) = await StateOfAsync(sync, ct);
        var marks = await engine.State.Marks.LookAsync(state, ct);
        state = await new Renaming(engine.State, engine.Options).GoesOnFromAsync(context, state, ct);
        var view = PlannerView.Of(context, state, marks);
        var found = await new Comparison(context, engine.State, engine.Options, view.Checkpoint, AcceptedAsync, writesNothing: true)
        {
            Progress = progress,
        }.RunAsync(ct);
        return new SyncComparison
        {
            Sync = sync,
            InBoth = found.Equal + found.Different,
            Equal = found.Equal,
            Different = found.Different,
            OnlyWarehouse = found.OnlyWarehouse,
            OnlyPendo = found.OnlyPendo,
            Invalid = found.Invalid,
            Unsettled = found.Unsettled,
            ByField = found.ByField,
            Sample = found.Sample,
            NextRunMends = found.Mended,
            NextRunLeaves = found.Left,
            Drifted = found.Drift.Count,
            Calls = found.Calls,
            Notices = [.. Notices(context, state, found)],
        };

        // As it is by then: a run may have written it anew meanwhile.
        async Task<SnapshotIndex> AcceptedAsync(Predicate<ulong> only, CancellationToken token)
        {
            var now = await engine.State.Checkpoints.ReadAsync(sync, token);
            now = await new Renaming(engine.State, engine.Options).GoesOnFromAsync(context, now, token);
            return await _snapshots.LoadAsync(PlannerView.Of(context, now, marks).Checkpoint, events: false, token, only: only);
        }
    }

    /// <summary>Takes what is equal into the snapshot.</summary>
    /// <exception cref="ProblemException">Conflict: a run is active, or began meanwhile. Others: one side cannot be read. Nothing was
    /// taken.</exception>
    public async Task<SyncAdoption> AdoptAsync(string sync, Action<ComparisonProgress>? progress, CancellationToken ct)
    {
        var (context, state) = await StateOfAsync(sync, ct);
        if (state.Active is { } active)
            throw Conflict(active.RunId);
        if (context.IsForeign(state) || (await engine.State.Marks.LookAsync(state, ct)).IsBehind)
        {
            throw new ProblemException(ProblemKind.Conflict,
                "the state belongs to another place, or is older than what was sent last", $"sync '{sync}'",
                $"Run `pendosync reset {sync}` first: then it begins anew, with what Pendo holds.");
        }

        // The state as it is written, since its seeds make the hashes.
        var id = $"adopted-{ResultTable.NewId()}";
        state = await engine.State.Checkpoints.ChangeAsync(sync, now => now with { LooseParts = [.. now.LooseParts, id] }, ct);
        await engine.State.Directory.NoteAsync(sync, context.Identity, ct);
        var prepared = await new Adoption(engine.State, engine.Options)
            .PrepareAsync(context, state, id, progress, ct);
        string? inTheWay = null;
        await engine.State.Checkpoints.ChangeAsync(sync, now =>
        {
            var same = now.LastRun == state.LastRun && now.Parts.SequenceEqual(state.Parts) && now.Ended.SequenceEqual(state.Ended);
            inTheWay = now.Active?.RunId ?? (same ? null : now.LastRun ?? sync);
            return inTheWay is null ? prepared.Publish(now, context.Identity) : null;
        }, ct);
        var found = prepared.Found;
        return inTheWay is not null ? throw Conflict(inTheWay) : new SyncAdoption
        {
            Sync = sync,
            Read = found.Read,
            Equal = found.Equal,
            Different = found.Different,
            OnlyWarehouse = found.OnlyWarehouse,
            OnlyPendo = found.OnlyPendo,
        };
    }

    private async Task<(SyncContext Context, Checkpoint State)> StateOfAsync(string sync, CancellationToken ct)
    {
        var context = engine.ContextOf(sync);
        if (context.IsEvents)
        {
            throw new ProblemException(ProblemKind.Configuration, "track events cannot be read back from Pendo", $"sync '{sync}'",
                "Compare and adopt are for accounts, visitors and parent accounts.");
        }

        return (context, await engine.State.Checkpoints.ReadAsync(sync, ct));
    }

    private static ProblemException Conflict(string run) => new(ProblemKind.Conflict,
        "a run is at work or was meanwhile; nothing was adopted", run, "Adopt again when no run is at work.");

    private static IEnumerable<string> Notices(SyncContext context, Checkpoint state, Compared found)
    {
        if (state.Active is { } active)
            yield return $"Run {active.RunId} is at work: what it changes meanwhile may count on either side.";
        if (found.Read == 0)
            yield return "The model returned no rows.";
        if (found.NotJudged > 0)
            yield return $"{found.NotJudged} of those left were accepted within the last hour: Pendo's reading may lag behind.";
        if (found.Unsettled > 0)
            yield return $"{found.Unsettled} records came in one reading of Pendo and not in the next: compare again.";
        if (context.Sync.Model.Cursor is not null && found.Mended > 0)
            yield return "The sync reads from a cursor: what lies behind it is sent by the next full read.";
    }
}
