namespace PendoSync.Batches;

/// <summary>What became of one planned record. The numbers are stored in receipts and snapshots.</summary>
public enum RecordOutcome : byte
{
    /// <summary>No answer yet.</summary>
    None = 0,

    /// <summary>Pendo took it.</summary>
    Accepted = 1,

    /// <summary>update_only, and Pendo does not know the id.</summary>
    NotFound = 2,

    /// <summary>Pendo rejected it, with a reason.</summary>
    Rejected = 3,

    /// <summary>It was sent and the answer was lost.</summary>
    Unknown = 4,

    /// <summary>Tries or 24 hours used up.</summary>
    GivenUp = 5,

    /// <summary>Planned, never sent.</summary>
    Cancelled = 6,

    /// <summary>Events only, in intents only: the call may have been made. After a crash it becomes <see cref="Unknown"/>.</summary>
    Started = 7,
}
