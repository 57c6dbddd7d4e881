using System.Text.Json.Serialization;
using PendoSync.Batches;

namespace PendoSync.Snapshot;

/// <summary>How many keys stand how.</summary>
/// <param name="Accepted">Taken by Pendo.</param>
/// <param name="NotFound">Waiting, since Pendo does not know the id.</param>
/// <param name="Rejected">Waiting, since Pendo rejected them.</param>
/// <param name="GivenUp">Waiting, since tries or time were used up.</param>
public readonly record struct KeyCounts(long Accepted, long NotFound, long Rejected, long GivenUp)
{
    /// <summary>All that wait.</summary>
    [JsonIgnore]
    public long Waiting => NotFound + Rejected + GivenUp;

    /// <summary>Of one outcome; 0 of those in which no key stays.</summary>
    public long Of(RecordOutcome outcome) => outcome switch
    {
        RecordOutcome.Accepted => Accepted,
        RecordOutcome.NotFound => NotFound,
        RecordOutcome.Rejected => Rejected,
        RecordOutcome.GivenUp => GivenUp,
        _ => 0,
    };

    /// <summary>With more, or fewer, of one outcome.</summary>
    public KeyCounts With(RecordOutcome outcome, long more) => outcome switch
    {
        RecordOutcome.Accepted => this with { Accepted = Accepted + more },
        RecordOutcome.NotFound => this with { NotFound = NotFound + more },
        RecordOutcome.Rejected => this with { Rejected = Rejected + more },
        RecordOutcome.GivenUp => this with { GivenUp = GivenUp + more },
        _ => this,
    };

    /// <summary>The sum.</summary>
    public static KeyCounts operator +(KeyCounts a, KeyCounts b) =>
        new(a.Accepted + b.Accepted, a.NotFound + b.NotFound, a.Rejected + b.Rejected, a.GivenUp + b.GivenUp);

    /// <summary>The difference.</summary>
    public static KeyCounts operator -(KeyCounts a, KeyCounts b) =>
        new(a.Accepted - b.Accepted, a.NotFound - b.NotFound, a.Rejected - b.Rejected, a.GivenUp - b.GivenUp);
}
