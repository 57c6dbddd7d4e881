using PendoSync.Planning;
using PendoSync.Runs;
using PendoSync.State;

namespace PendoSync.Operations;

/// <summary>The state as the next planner would take it, for those that only look.</summary>
/// <param name="Checkpoint">Where the sync stands; the receipts of an active run count already, though it has not ended.</param>
/// <param name="Discards">True: the snapshot belongs to another place and says nothing about this one, so it counts no longer.</param>
/// <param name="StandsStill">True: a restored ledger of events, of which nothing is sent until somebody has said what was.</param>
/// <param name="Remembers">True: <c>start: now</c> before its first success, which sends nothing.</param>
internal sealed record PlannerView(Checkpoint Checkpoint, bool Discards, bool StandsStill, bool Remembers)
{
    /// <summary>Decides what of a checkpoint counts.</summary>
    /// <exception cref="ProblemException">Configuration: the ledger of sent events belongs to another place.</exception>
    public static PlannerView Of(SyncContext context, Checkpoint checkpoint, MarkView marks)
    {
        var discards = context.IsForeign(checkpoint);
        if (discards && context.IsEvents)
            throw PlanStart.ForeignLedger(context);
        var looked = WithActive(checkpoint);
        if (discards)
            looked = looked with { Ended = [], Parts = [], Cursor = null, LastFull = null };
        else if (marks.IsBehind && !context.IsEvents)
            looked = looked.Forget();
        return new PlannerView(looked, discards, marks.IsBehind && context.IsEvents, ModelPass.OnlyRemembers(context, checkpoint));
    }

    /// <summary>The receipts of an active run count already, though it has not ended.</summary>
    public static Checkpoint WithActive(Checkpoint checkpoint) => checkpoint.Active is { } active
        ? checkpoint.Stop(active.RunId, null, RunState.Cancelled)! : checkpoint;
}
