namespace PendoSync.State;

/// <summary>
/// How the keys that a sync knows stand: counted at the end of every run, exactly after a full read, and from what is remembered after any
/// other.
/// </summary>
public sealed record Standing
{
    /// <summary>Taken by Pendo as the warehouse has them (events: all that were sent).</summary>
    public long InStep { get; init; }

    /// <summary>Pendo does not know the id, under update_only; waiting ones included.</summary>
    public long NotFound { get; init; }

    /// <summary>Pendo rejected them; waiting ones included.</summary>
    public long Rejected { get; init; }

    /// <summary>Tries or time used up; waiting ones included.</summary>
    public long GivenUp { get; init; }

    /// <summary>Rows that are invalid.</summary>
    public long Invalid { get; init; }

    /// <summary>Planned and never sent, or sent without an answer.</summary>
    public long Open { get; init; }

    /// <summary>When it was counted.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>Keys that were ever sent, or were to be.</summary>
    public long Known => InStep + NotFound + Rejected + GivenUp + Open;

    /// <summary>All rows: known keys and invalid ones.</summary>
    public long Rows => Known + Invalid;

    /// <summary>With what became of a run's planned records.</summary>
    /// <param name="outcomes">What became of them.</param>
    /// <param name="at">When it was counted.</param>
    /// <param name="before">What of it was counted already; null: nothing.</param>
    public Standing Plus(RunCounts outcomes, DateTimeOffset at, RunCounts? before = null) => this with
    {
        InStep = InStep + outcomes.Accepted - (before?.Accepted ?? 0),
        NotFound = NotFound + outcomes.NotFound - (before?.NotFound ?? 0),
        Rejected = Rejected + outcomes.Rejected - (before?.Rejected ?? 0),
        GivenUp = GivenUp + outcomes.GivenUp - (before?.GivenUp ?? 0),
        Open = Open + outcomes.Unknown + outcomes.Cancelled - (before?.Unknown ?? 0) - (before?.Cancelled ?? 0),
        At = at,
    };
}
