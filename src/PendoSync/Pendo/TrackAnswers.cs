using PendoSync.Batches;
using PendoSync.Definitions;

namespace PendoSync.Pendo;

/// <summary>
/// What the answer to one track event means. The call is not idempotent and has no event id (docs/pendo.md), so what may
/// have been applied is unknown and never blindly sent again.
/// </summary>
internal static class TrackAnswers
{
    /// <summary>The outcome; <see cref="RecordOutcome.None"/> when it was surely not applied and may be sent again.</summary>
    /// <param name="answer">The answer; null when the call was not made.</param>
    /// <param name="ids">Ids that must not stand in a reason.</param>
    public static (RecordOutcome Outcome, string? Reason) Read(PendoAnswer? answer, IEnumerable<string>? ids = null) => answer switch
    {
        null => (RecordOutcome.None, null),
        { Fault: CallFault.NotSent } => (RecordOutcome.None, null),
        { Fault: CallFault.Ambiguous } => (RecordOutcome.Unknown, answer.Detail),
        { IsPage: true } => (RecordOutcome.Unknown, PendoAnswers.Page),
        { IsSuccess: true } => (RecordOutcome.Accepted, null),
        { Status: 425 or 429 or 503 } => (RecordOutcome.None, null),
        _ when StopsTheRun(answer) => (RecordOutcome.None, null),
        { Status: 408 or >= 500 } => (RecordOutcome.Unknown, PendoAnswers.Describe(answer, ids)),
        _ => (RecordOutcome.Rejected, PendoAnswers.Describe(answer, ids)),
    };

    /// <summary>True when every further call would be refused alike; an unknown address is no unknown record here.</summary>
    public static bool StopsTheRun(PendoAnswer answer) => answer.StopsAll || answer.Status == 404;

    /// <summary>Why a run stops over an application's secret or address.</summary>
    public static Problem Problem(PendoConnection connection, string app, PendoAnswer answer) => new(
        ProblemKind.Configuration,
        answer.IsPage ? $"could not send events: {PendoAnswers.Page} (HTTP {answer.Status})"
            : !answer.IsKeyRefused ? $"could not send events: Pendo does not take them at this address (HTTP {answer.Status})"
            : $"could not send events: Pendo refused the track event shared secret (HTTP {answer.Status})",
        $"pendo connection '{connection.Name}', app '{app}'",
        !answer.IsKeyRefused
            ? $"Check region and data_url ({connection.DataUrl}){(answer.IsPage ? ", and the proxies on the way there" : "")}."
            : $"Check that {connection.TrackEventSecrets.GetValueOrDefault(app)?.Template} holds the track event shared secret of this "
                + "app (Pendo: Settings > Subscription Settings > Applications).");
}
