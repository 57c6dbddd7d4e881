using PendoSync.Batches;
using PendoSync.Pendo;

namespace PendoSync.Snapshot;

/// <summary>What is to be done with a row.</summary>
internal enum Decision
{
    /// <summary>The row breaks a rule and is not sent.</summary>
    Invalid,

    /// <summary>The payload is what Pendo accepted last.</summary>
    Unchanged,

    /// <summary>Not sent but taken as sent: the first run of <c>start: now</c>.</summary>
    Remembered,

    /// <summary>An event that happened before the instant from which on events are sent.</summary>
    BeforeStart,

    /// <summary>It was rejected and its next try is not due.</summary>
    Waiting,

    /// <summary>An earlier row of this read has the key.</summary>
    Repeated,

    /// <summary>Send: the key was never accepted.</summary>
    New,

    /// <summary>Send: the payload differs from what was accepted.</summary>
    Changed,

    /// <summary>Send: it was rejected before and is due.</summary>
    Retry,

    /// <summary>Send once more: a call of an earlier run may have been applied after the one that was accepted.</summary>
    InDoubt,
}

/// <summary>Decides, for one row at a time and without side effects beyond "seen".</summary>
/// <param name="index">What Pendo accepted.</param>
/// <param name="create">The behaviour; a rejection under another behaviour is due at once.</param>
/// <param name="everything">True in full mode: fingerprints and backoff are ignored (not for events: an id is sent once).</param>
/// <param name="now">The store's clock at the start of the read.</param>
internal sealed class Diff(SnapshotIndex index, bool create, bool everything, DateTimeOffset now)
{
    /// <summary>Tries of the last decided record, for <see cref="Decision.Retry"/>.</summary>
    public byte Tries { get; private set; }

    /// <summary>True when Pendo rejected a record of the last decided key before.</summary>
    public bool WasRejected { get; private set; }

    /// <summary>True when the snapshot knew the key that was last decided about or met, and the read met it for the first time.</summary>
    public bool WasKnown { get; private set; }

    /// <summary>What had become of that key before; None when it was not known, or was met already.</summary>
    public RecordOutcome Before { get; private set; }

    /// <summary>Decides about a row. <paramref name="fingerprint"/> is the fingerprint or the rest of the event id.</summary>
    public Decision Decide(ulong key, ulong fingerprint)
    {
        (Tries, WasRejected, WasKnown, Before) = (0, false, false, RecordOutcome.None);
        if (!index.See(key, fingerprint, out var accepted))
            return Decision.Repeated;
        WasKnown = accepted != 0;
        Before = WasKnown ? RecordOutcome.Accepted : RecordOutcome.None;
        if (index.WaitingCount > 0 && index.FindWaiting(key, fingerprint) is { } waiting)
        {
            (Tries, WasRejected) = (waiting.Tries, waiting.Outcome == RecordOutcome.Rejected);
            (WasKnown, Before) = (true, waiting.Outcome);
            var same = waiting.Match == (index.Events ? fingerprint : Waiting.MatchOf(fingerprint, create));
            return same && !waiting.IsDue(now) && (!everything || index.Events) ? Decision.Waiting : Decision.Retry;
        }

        if (index.Events)
            return accepted != 0 ? Decision.Unchanged : Decision.New;
        return accepted == 0 ? Decision.New
            : accepted != fingerprint || everything ? Decision.Changed
            : index.DoubtOf(key) is { } until && Instants.Wait(until, PendoClient.AppliedLate, now) == TimeSpan.Zero ? Decision.InDoubt
            : Decision.Unchanged;
    }

    /// <summary>
    /// Notes a row that is rejected before sending. It is there all the same: of an account or visitor its key has not vanished, and later
    /// rows of the key are repeated. An invalid event leaves its id free.
    /// </summary>
    /// <param name="key">Hash of its key; 0 when it has none.</param>
    public void Meet(ulong key)
    {
        (WasKnown, Before) = (false, RecordOutcome.None);
        if (index.Events || key == 0)
            return;
        var before = index.OutcomeOf(key);
        if (!index.See(key, 0, out _))
            return;
        (WasKnown, Before) = (before != RecordOutcome.None, before);
    }
}
