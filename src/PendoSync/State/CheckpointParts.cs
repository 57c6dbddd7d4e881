using PendoSync.Snapshot;

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
/// A part of the base. Parts lie over each other, the oldest first; the newest that lists a key says how it stands. Accounts and visitors:
/// one part, and over a large one small ones with what came since; events: those of one day of run are forgotten together.
/// </summary>
/// <param name="Id">Part of the partition key of its pages.</param>
/// <param name="Day">UTC day of the newest run in it, yyyy-MM-dd.</param>
/// <param name="Accepted">Entries of accepted records.</param>
/// <param name="Waiting">Entries of waiting records.</param>
/// <param name="Bits">How many first bits of a key's hash name its page.</param>
/// <param name="Adds">How many keys stand how because of it, over the older parts.</param>
public sealed record BasePart(string Id, string Day, long Accepted, long Waiting, int Bits = 0, KeyCounts Adds = default)
{
    /// <summary>Entries.</summary>
    internal long Records => Accepted + Waiting;

    /// <summary>Bytes of its pages, doubts apart.</summary>
    internal long Bytes => (16 * Accepted) + (24 * Waiting);

    /// <summary>Number of the page that a key is in.</summary>
    internal int BucketOf(ulong keyHash) => Bits == 0 ? 0 : (int)(keyHash >> (64 - Bits));
}

/// <summary>How the newest run was stopped.</summary>
/// <param name="State">Its final state.</param>
/// <param name="Problem">Why; null when there is nothing to say.</param>
public sealed record StoppedRun(RunState State, Problem? Problem);
