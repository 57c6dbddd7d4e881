using PendoSimulator.Control;

namespace PendoSimulator.Faults;

/// <summary>What goes wrong.</summary>
public enum FaultAction
{
    /// <summary>Answers with a status, body and headers of its own; applies the call first if asked.</summary>
    Status,

    /// <summary>Resets the connection instead of answering; applies the call first if asked.</summary>
    Reset,

    /// <summary>Waits, then goes on; 408 if the wait is longer than the time limit of a call.</summary>
    Delay,

    /// <summary>Never answers, until the client goes away or the wait is over; applies the call first if asked.</summary>
    Silence,

    /// <summary>Applies the call and sends only the beginning of the answer.</summary>
    Truncate,

    /// <summary>Answers with an HTML page.</summary>
    Html,

    /// <summary>Applies a bulk call and answers with counts that do not add up.</summary>
    WrongCounts,

    /// <summary>Does not apply some records of a bulk call and counts them as failed without naming them.</summary>
    FailedWithoutDetails,

    /// <summary>
    /// Does not apply some records of a bulk call and names them in errors; fails the operations of a segment's patch that carry them.
    /// </summary>
    RecordError,

    /// <summary>Does not apply some records of a bulk call and names them in missing.</summary>
    RecordMissing,

    /// <summary>Answers an aggregation with its rows out of order: the first <see cref="FaultRule.Count"/> stand at the end.</summary>
    RowsDisordered,

    /// <summary>Answers an aggregation with its first <see cref="FaultRule.Count"/> rows twice.</summary>
    RowsRepeated,

    /// <summary>Answers an aggregation without its last <see cref="FaultRule.Count"/> rows.</summary>
    RowsLost,

    /// <summary>Sends the answer slowly, some bytes at a time.</summary>
    Drip,

    /// <summary>Revokes the key of the call, then goes on.</summary>
    RevokeKey,

    /// <summary>Changes the schema, then goes on.</summary>
    ChangeSchema,

    /// <summary>Begins another write of the call's segment, then goes on.</summary>
    ConcurrentWrite,
}

/// <summary>One fault: which calls it meets and what it does to them.</summary>
public sealed record FaultRule
{
    /// <summary>A name for the call log; the action if left out.</summary>
    public string? Name { get; init; }

    /// <summary>The endpoint's name, for instance value_bulk or track; all endpoints if left out.</summary>
    public string? Endpoint { get; init; }

    public string? Method { get; init; }

    /// <summary>Meets only calls whose path contains this text.</summary>
    public string? PathContains { get; init; }

    /// <summary>
    /// Meets only calls that carry one of these ids (of a visitor, account or event's visitor or account). For RecordError, RecordMissing
    /// and FailedWithoutDetails these are the records; without them the first <see cref="Count"/> records of the call are taken.
    /// </summary>
    public IReadOnlyList<string>? RecordIds { get; init; }

    /// <summary>Meets only this one of the calls that fit the conditions above, counted from 1.</summary>
    public int? Nth { get; init; }

    /// <summary>Meets the fitting calls from this one on, counted from 1.</summary>
    public int? From { get; init; }

    /// <summary>Meets the fitting calls up to this one.</summary>
    public int? To { get; init; }

    /// <summary>Meets a share (0 to 1) of the fitting calls, chosen by <see cref="Seed"/>.</summary>
    public double? Rate { get; init; }

    public int Seed { get; init; } = 1;

    /// <summary>Meets at most so many calls.</summary>
    public int? Times { get; init; }

    public FaultAction Action { get; init; }

    /// <summary>Whether Status, Reset, Silence and Html apply the call before.</summary>
    public bool Apply { get; init; }

    /// <summary>The status of Status (500 if left out) and Html (200).</summary>
    public int? Status { get; init; }

    public string? Body { get; init; }

    public string? ContentType { get; init; }

    /// <summary>The Retry-After header as it stands; <c>date:+30</c> becomes the HTTP date in 30 seconds.</summary>
    public string? RetryAfter { get; init; }

    /// <summary>
    /// The wait of Delay, the longest wait of Silence (600,000 if left out), the pause of Drip (100), the write of ConcurrentWrite (1000).
    /// </summary>
    public int? Milliseconds { get; init; }

    /// <summary>How many bytes Truncate lets through (half if left out) and Drip sends at a time (1).</summary>
    public int? Bytes { get; init; }

    /// <summary>Truncate: announces the whole length and cuts the connection, instead of ending the answer properly.</summary>
    public bool Cut { get; init; }

    /// <summary>How many records RecordError, RecordMissing and FailedWithoutDetails take when no ids are named.</summary>
    public int Count { get; init; } = 1;

    /// <summary>The text of RecordError.</summary>
    public string? Error { get; init; }

    /// <summary>What WrongCounts adds to the true numbers.</summary>
    public int TotalOff { get; init; }

    /// <inheritdoc cref="TotalOff"/>
    public int UpdatedOff { get; init; }

    /// <inheritdoc cref="TotalOff"/>
    public int FailedOff { get; init; }

    public SchemaChange? Schema { get; init; }

    /// <summary>Whether this fault decides about the answer; a call has at most one such fault, and the first rule wins.</summary>
    internal bool DecidesAnswer =>
        Action is not (FaultAction.Delay or FaultAction.RevokeKey or FaultAction.ChangeSchema or FaultAction.ConcurrentWrite)
            && !TakesRecords && !ChangesRows;

    internal bool ChangesRows => Action is FaultAction.RowsDisordered or FaultAction.RowsRepeated or FaultAction.RowsLost;

    internal bool TakesRecords => Action is FaultAction.RecordError or FaultAction.RecordMissing or FaultAction.FailedWithoutDetails;
}

/// <summary>A rule with its number, how many calls fitted its conditions, and how many it met.</summary>
public sealed record FaultStatus(int Id, FaultRule Rule, int Fitting, int Met);
