using System.Globalization;
using System.Text.Json;
using PendoSync.Definitions;
using PendoSync.Reports;
using PendoSync.State;

namespace PendoSync.Alerts;

/// <summary>What an alert says: what happened, and what to do.</summary>
/// <param name="Event">What it tells.</param>
/// <param name="Sync">The sync.</param>
/// <param name="Message">One sentence.</param>
/// <param name="Place">Where; null when there is no place.</param>
/// <param name="Fix">What to do; null when there is nothing to do.</param>
/// <param name="Run">The run it is about; null when it is about none.</param>
internal sealed record AlertText(string Event, string Sync, string Message, string? Place, string? Fix, RunReport? Run)
{
    private const int Longest = 500;

    /// <summary>Its problems in groups, the largest first, for events that are about records.</summary>
    public IReadOnlyList<ProblemGroup> Groups { get; private init; } = [];

    /// <summary>The text for an event of a run.</summary>
    /// <param name="what">The event.</param>
    /// <param name="alert">The alert.</param>
    /// <param name="run">The run.</param>
    /// <param name="after">Where the sync stands since.</param>
    /// <param name="groups">Its problems, the largest group first.</param>
    public static AlertText Of(string what, AlertDefinition alert, RunRecord run, Checkpoint after, IReadOnlyList<ProblemGroup> groups) =>
        Of(what, alert, run, after) is var text && what is AlertRules.RejectedShare or AlertRules.InvalidShare or AlertRules.NotFoundShare
            or AlertRules.LimitHit or AlertRules.HealthChanged && groups.Count > 0 ? text with { Groups = groups } : text;

    private static AlertText Of(string what, AlertDefinition alert, RunRecord run, Checkpoint after)
    {
        // Notices and the error's own object would only repeat the message, and ten messages must fit into one property.
        var report = RunReport.Of(run with { Notices = [], Error = null }, run.EndedAt ?? run.RequestedAt);
        var counts = run.Counts;
        return what switch
        {
            AlertRules.RejectedShare => new(what, run.Sync,
                $"Pendo rejected {Words.Count(counts.Rejected)} of {Words.Count(counts.Delivered)} delivered records "
                + $"({Percent(counts.Rejected, counts.Delivered)}, the alert is set to {alert.RejectedPercent} %)", null,
                $"Look at `pendosync problems {run.Sync}` for Pendo's reasons, then correct the model or the fields.", report),
            AlertRules.InvalidShare => new(what, run.Sync,
                $"{Words.Count(counts.Invalid)} of {Words.Count(counts.Read)} rows are invalid ({Percent(counts.Invalid, counts.Read)}, "
                + $"the alert is set to {alert.InvalidPercent} %)", null,
                $"Look at `pendosync problems {run.Sync}` for the rules they break, then correct the model.", report),
            AlertRules.NotFoundShare when after.Standing is { } standing => new(what, run.Sync,
                $"{Words.Count(standing.NotFound)} of {Words.Count(standing.Known)} ids are unknown to Pendo "
                + $"({Percent(standing.NotFound, standing.Known)}, the alert is set to {alert.NotFoundPercent} %)", null,
                $"See that the key column holds the ids that Pendo has: `pendosync problems {run.Sync}` shows some.", report),
            AlertRules.EmptyRead => new(what, run.Sync, "the model returned no rows, and had rows before; nothing was removed in Pendo",
                null,
                "Correct the model; where it may be empty, write `allow_empty: true` under `model`.", report),
            AlertRules.Drift when after.Verified is { } verified => new(what, run.Sync,
                $"Pendo holds {Words.Count(verified.Drifted)} of {Words.Count(verified.Rows)} records otherwise than it accepted them"
                + (verified.Repaired ? "; they were sent again" : ""), null,
                $"Find out who else writes: `pendosync compare {run.Sync}` shows the fields.", report),
            AlertRules.HealthChanged => OfHealth(run.Sync, run.Health!, report),
            AlertRules.Recovered => new(what, run.Sync, "the sync works again", null, null, report),
            _ => new(what, run.Sync, Cut(run.Error?.Message ?? "the run failed"), run.Error?.Place,
                Cut(run.Error?.Fix ?? "Look at the run on the status page."), report),
        };
    }

    /// <summary>The text for another health.</summary>
    public static AlertText OfHealth(string sync, HealthReport health, RunReport? run) => new(AlertRules.HealthChanged, sync,
        Cut($"the sync is {health.Health.ToString().ToLowerInvariant()}{(health.Reason is null ? "" : ": " + health.Reason)}"), null,
        health.Fix is null ? null : Cut(health.Fix), run);

    /// <summary>The text for time without a success.</summary>
    public static AlertText NoSuccess(AlertDefinition alert, string sync, DateTimeOffset? lastSuccess) => new(AlertRules.NoSuccess, sync,
        lastSuccess is { } at
        ? $"no run has completed for more than {alert.NoSuccessHours} h (the last one did at {at.UtcDateTime:yyyy-MM-dd HH:mm} UTC)"
        : $"no run has ever completed, for more than {alert.NoSuccessHours} h",
        null, $"Look at `pendosync runs {sync}` for what its runs say; when there are none, check that the app runs "
        + "and the sync has a schedule.", null);

    /// <summary>The body in the alert's format.</summary>
    public string Body(AlertDefinition alert, DateTimeOffset now) => alert.Format == "slack" ? Slack() : Webhook(alert, now);

    // https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md: type, timestamp, data
    private string Webhook(AlertDefinition alert, DateTimeOffset now) => ReportJson.Write(new
    {
        Type = "pendosync." + Event,
        Timestamp = now.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture),
        Data = new
        {
            Alert = alert.Name,
            Sync,
            Message,
            Place,
            Fix,
            RunId = Run?.RunId,
            State = Run?.State,
            Groups = Groups.Select(g =>
            new { g.Outcome, g.Rule, Reason = Cut(g.Reason, 200), g.Column, g.Count }),
            Run
        },
    });

    // https://docs.slack.dev/messaging/formatting-message-text: only & < > are escaped
    private string Slack()
    {
        var mark = Event == AlertRules.Recovered ? ":large_green_circle:" : Event is AlertRules.RunFailed or AlertRules.LimitHit
            ? ":red_circle:" : ":large_yellow_circle:";
        string?[] lines =
        [
            $"{mark} *{Escape(Sync)}*: {Escape(Message)}",
            Place is null ? null : $"Where: {Escape(Place)}",
            .. Groups.Select(g => $"{Words.Count(g.Count)} x {g.Outcome}: {Escape(Cut(g.Reason, 200))}"),
            Fix is null ? null : $"What to do: {Escape(Fix)}",
            Run?.RunId is null ? null : $"Run: `{Escape(Run.RunId)}`",
        ];
        return JsonSerializer.Serialize(new { text = string.Join('\n', lines.Where(l => l is not null)) }, ReportJson.Options);
    }

    private static string Escape(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace(">", "&gt;", StringComparison.Ordinal);

    private static string Percent(long part, long all) => (100.0 * part / all).ToString("0.#", CultureInfo.InvariantCulture) + " %";

    private static string Cut(string text, int longest = Longest) => ShownText.Cut(text, longest);
}
