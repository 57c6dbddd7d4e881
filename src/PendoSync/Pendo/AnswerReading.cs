using PendoSync.Batches;

namespace PendoSync.Pendo;

/// <summary>What to do after an answer.</summary>
internal enum Verdict
{
    /// <summary>Every record has its outcome.</summary>
    Done,

    /// <summary>Too much at once: send the halves.</summary>
    Halve,

    /// <summary>Some record is guilty, but it is not said which: send the halves until it is alone.</summary>
    Bisect,

    /// <summary>The same call may work later.</summary>
    Retry,

    /// <summary>Fewer calls are asked for.</summary>
    Throttled,

    /// <summary>A person has to change something: the run stops.</summary>
    Stop,
}

/// <summary>An answer, read.</summary>
/// <param name="Verdict">What to do.</param>
/// <param name="Reason">What Pendo said, for people; null when done.</param>
internal sealed record AnswerReading(Verdict Verdict, string? Reason = null)
{
    /// <summary>One outcome per record when done.</summary>
    public IReadOnlyList<(RecordOutcome Outcome, string? Reason)> Outcomes { get; init; } = [];
}
