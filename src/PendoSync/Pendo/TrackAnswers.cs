using PendoSync.Definitions;
using PendoSync.Running;

namespace PendoSync.Pendo;

/// <summary>
/// What the answer to one track event means. The call is not idempotent and has no event id (pendo-api.md 2), so what may
/// have been applied is unknown and never blindly sent again.
/// </summary>
public static class TrackAnswers
{
    /// <summary>The outcome; <see cref="RecordOutcome.None"/> when it was surely not applied and may be sent again.</summary>
    /// <param name="answer">The answer; null when the call was not made.</param>
    public static (RecordOutcome Outcome, string? Reason) Read(PendoAnswer? answer) => answer switch
    {
        null => (RecordOutcome.None, null),
        { Fault: CallFault.NotSent } => (RecordOutcome.None, null),
        { Fault: CallFault.Ambiguous } => (RecordOutcome.Unknown, answer.Detail),
        { IsSuccess: true } => (RecordOutcome.Accepted, null),
        { IsKeyRefused: true } or { Status: 404 or 429 or 503 } => (RecordOutcome.None, null),
        { Status: 408 or >= 500 } => (RecordOutcome.Unknown, PendoAnswers.Describe(answer)),
        _ => (RecordOutcome.Rejected, PendoAnswers.Describe(answer)),
    };

    /// <summary>Why a run stops over an application's secret or address.</summary>
    public static Problem Problem(PendoConnection connection, string app, PendoAnswer answer) => new(
        ProblemKind.Configuration,
        answer.Status == 404 ? "could not send events: Pendo does not know this address (HTTP 404)" : $"could not send events: Pendo refused the track event shared secret (HTTP {answer.Status})",
        $"pendo connection '{connection.Name}', app '{app}'",
        answer.Status == 404
            ? $"Check region and data_url ({connection.DataUrl})."
            : $"Check that {connection.TrackEventSecrets.GetValueOrDefault(app)?.Template} holds the track event shared secret of this app (Pendo: Settings > Subscription Settings > Applications).");
}
