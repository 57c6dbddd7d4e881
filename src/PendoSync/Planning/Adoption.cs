using PendoSync.Runs;
using PendoSync.Snapshot;
using PendoSync.State;

namespace PendoSync.Planning;

/// <summary>
/// Takes what Pendo holds as the warehouse has it into the base, and what it holds otherwise out of it, so that true differences are sent
/// and nothing else: the one way besides a receipt (promise 2). What counts is a complete and consistent read of Pendo; where it fails
/// nothing is taken.
/// </summary>
internal sealed class Adoption(StateStore state, EngineOptions options)
{
    private readonly SnapshotLoader _snapshots = new(state, options);

    /// <summary>
    /// True for the first run of <c>start: adopt</c>, until it has adopted; and of flags, which cost a call each.
    /// </summary>
    public static bool IsDue(SyncContext context, Checkpoint checkpoint) =>
        (context.Sync.StartAdopt || context.Sync.IsFlags) && checkpoint is { AdoptedAt: null, LastSuccess: null };

    /// <summary>What a run says that has adopted.</summary>
    public static string Notice(Compared found) =>
        $"{found.Equal} records are in Pendo already as the warehouse has them and are not sent.";

    /// <summary>
    /// Adopts as the planner that holds the lease. It is published before anything is sent: a run that dies then has not to read Pendo
    /// again.
    /// </summary>
    public async Task<Checkpoint> AdoptAsync(SyncContext context, Checkpoint checkpoint, List<string> notices, CancellationToken ct)
    {
        var (sync, active) = (checkpoint.Sync, checkpoint.Active!);
        var id = $"{active.RunId[(active.RunId.LastIndexOf('-') + 1)..]}.{active.Attempt}.adopted";
        checkpoint = await state.Checkpoints.ChangeHeldAsync(sync, active.RunId, active.Attempt, options.Owner, now => now with
        {
            LooseParts = [.. now.LooseParts.Append(id).Distinct()],
        }, ct);
        var prepared = await PrepareAsync(context, checkpoint, id, null, ct);
        notices.Add(Notice(prepared.Found));
        return await state.Checkpoints.ChangeHeldAsync(sync, active.RunId, active.Attempt, options.Owner,
            now => prepared.Publish(now, context.Identity), ct);
    }

    /// <summary>Compares, and writes the pages of the part that is to be published.</summary>
    /// <param name="context">The sync.</param>
    /// <param name="checkpoint">Its state.</param>
    /// <param name="id">Id of the new part, announced as loose.</param>
    /// <param name="progress">Told how far it is; null: nobody.</param>
    /// <param name="ct">Ends it.</param>
    public async Task<PreparedAdoption> PrepareAsync(SyncContext context, Checkpoint checkpoint, string id,
        Action<ComparisonProgress>? progress, CancellationToken ct)
    {
        var (found, adopted, folds) = await CompareAsync(context, checkpoint, progress, writesNothing: false, ct);
        return new PreparedAdoption(found, (await _snapshots.RewriteAsync(checkpoint, adopted, seenOnly: false, id, ct)).Single(), folds);
    }

    /// <summary>What would be adopted: the base with what is equal.</summary>
    public async Task<(Compared Found, SnapshotIndex Adopted, bool Folds)> CompareAsync(SyncContext context, Checkpoint checkpoint,
        Action<ComparisonProgress>? progress, bool writesNothing, CancellationToken ct)
    {
        // What an attempt left open stays above the base until a planner settles it.
        var folds = checkpoint.Ended.All(e => e.Settled);
        var differing = new List<ulong>();
        var comparison = new Comparison(context, state, options, checkpoint,
            (only, token) => _snapshots.LoadAsync(checkpoint, events: false, token, only: only), writesNothing)
        {
            Differs = differing.Add,
            Progress = progress,
        };
        var found = await comparison.RunAsync(ct);
        var adopted = comparison.TakeEqual();
        var others = await _snapshots.LoadAsync(folds ? checkpoint : checkpoint with { Ended = [] }, events: false, ct,
            only: key => adopted.FindAccepted(key, 0) == 0);
        differing.ForEach(others.Forget);
        adopted.TakeOver(others);
        return (found, adopted, folds);
    }
}

/// <summary>What is to be adopted, written and not yet published.</summary>
/// <param name="Found">The comparison.</param>
/// <param name="Part">The new base.</param>
/// <param name="Folds">True: it holds what ended attempts brought.</param>
internal sealed record PreparedAdoption(Compared Found, BasePart Part, bool Folds)
{
    /// <summary>The checkpoint with what was adopted; what had drifted goes out with the next run.</summary>
    public Checkpoint Publish(Checkpoint now, string identity) => now.WithParts([Part]) with
    {
        AdoptedAt = now.ReadAt,
        Identity = identity,
        Ended = Folds ? [] : now.Ended,
        Verified = now.Verified is { Drifted: > 0 } drifted ? drifted with { Repaired = true } : now.Verified,
    };
}
