namespace PendoSync.State;

/// <summary>An ended planning attempt whose receipts are not in the base yet.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="Records">Records planned; 0 when unknown.</param>
/// <param name="Settled">False: intents may still be live, and the next planner settles them first (promise 4).</param>
/// <param name="Counts">False after a reset: it only tells which keys are in doubt.</param>
public sealed record EndedAttempt(string RunId, int Attempt, long Records, bool Settled, bool Counts = true)
{
    /// <summary>Partition of its receipts.</summary>
    public string Partition => ReceiptTable.PartitionOf(RunId, Attempt);
}

/// <summary>
/// A part of the base: everything accepted (accounts, visitors: one part; events: one per day of run, so that old ids can be forgotten).
/// </summary>
/// <param name="Id">Part of the partition key of its pages.</param>
/// <param name="Day">UTC day of the newest run in it, yyyy-MM-dd.</param>
/// <param name="Accepted">Accepted records.</param>
/// <param name="Waiting">Waiting records.</param>
public sealed record BasePart(string Id, string Day, long Accepted, long Waiting);

/// <summary>How the newest run was stopped.</summary>
/// <param name="State">Its final state.</param>
/// <param name="Problem">Why; null when there is nothing to say.</param>
public sealed record StoppedRun(RunState State, Problem? Problem);
