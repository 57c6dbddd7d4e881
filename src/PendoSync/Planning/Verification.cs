using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Runs;
using PendoSync.State;

namespace PendoSync.Planning;

/// <summary>
/// The comparison with Pendo that a run makes before it plans (<c>verify_every</c>): under its lease no other run of the sync changes
/// anything, and what drifted goes out with the run itself, from its row as it then is.
/// </summary>
internal sealed class Verification(StateStore state, EngineOptions options)
{
    private readonly SnapshotLoader _snapshots = new(state, options);

    // A Pendo that cannot be read back is asked again so soon; the run goes on without.
    private static readonly TimeSpan _again = TimeSpan.FromHours(1);

    /// <summary>True when the next run compares; a sync that nothing was sent of has nothing to compare.</summary>
    public static bool IsDue(SyncDefinition sync, Checkpoint checkpoint) =>
        sync.VerifyEvery is { } every && checkpoint.LastSuccess is not null
        && (checkpoint.Verified is not { } last || (last.RetryAt ?? last.At + every) <= checkpoint.ReadAt);

    /// <summary>Compares.</summary>
    /// <param name="context">The sync.</param>
    /// <param name="checkpoint">Where it stands.</param>
    /// <param name="notices">Takes what was found.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>What is to be kept of it once the run's plan is complete, and the keys to be sent again.</returns>
    public async Task<(Verified Found, IReadOnlyCollection<ulong> Repair)> RunAsync(SyncContext context, Checkpoint checkpoint,
        List<string> notices, CancellationToken ct)
    {
        try
        {
            var found = await new Comparison(context, state, options, checkpoint,
                (only, token) => _snapshots.LoadAsync(checkpoint, events: false, token, only: only), writesNothing: false).RunAsync(ct);
            var repairs = context.Sync.RepairsDrift && found.Drift.Count > 0;
            if (found.Drift.Count > 0)
                notices.Add($"Compared with Pendo: {found.Drift.Count} records are not as Pendo accepted them, and are "
                    + (repairs ? "sent again." : $"left so (on_drift: report). `pendosync compare {context.Sync.Name}` shows them."));
            return (new Verified(checkpoint.ReadAt, checkpoint.Active!.RunId, found.Read - found.Invalid, found.Equal, found.Drift.Count,
                repairs)
            {
                Missing = found.Drift.Values.Count(fields => fields.Length == 0),
                NotJudged = found.NotJudged,
                ByField = found.DriftByField,
            }.After(checkpoint.Verified), repairs ? found.Drift.Keys : []);
        }
        catch (ProblemException e) when (e.Problem.Kind is not (ProblemKind.Conflict or ProblemKind.State))
        {
            notices.Add($"Pendo could not be compared with the warehouse: {e.Problem.Message}");
            return ((checkpoint.Verified ?? None(checkpoint)) with { RetryAt = checkpoint.ReadAt + _again }, []);
        }
    }

    /// <summary>From when the next comparison of a sync is counted that was never compared.</summary>
    public static Verified None(Checkpoint checkpoint) => new(checkpoint.ReadAt, null, 0, 0, 0, Repaired: false);
}
