using System.Globalization;
using PendoSync.Definitions;
using PendoSync.State;

namespace PendoSync.Runs;

/// <summary>The health of a sync, judged here and nowhere else: the command line, API, page, alerts and telemetry all ask it.</summary>
public static class HealthJudge
{
    private const int Intervals = 3;
    // A run at work may take longer than its schedule's interval.
    private static readonly TimeSpan _grace = TimeSpan.FromMinutes(30);

    /// <summary>The health of a sync.</summary>
    /// <param name="sync">The sync; null when its definition cannot be loaded.</param>
    /// <param name="now">Where it stands, and the present.</param>
    /// <param name="broken">Why its definition cannot be loaded.</param>
    public static HealthReport Of(SyncDefinition? sync, Checkpoint now, Problem? broken = null)
    {
        if (sync is null)
            return new HealthReport(Health.Failing, broken is null ? "its definition cannot be loaded"
                : $"{broken.Place}: {broken.Message}",
                broken?.Fix ?? "Look at `pendosync validate`.");
        var found = Found(sync, now);
        if (now.Paused || sync.Paused)
            return found.Reason is null ? new HealthReport(Health.Idle, "paused")
                : found with { Health = Health.Idle, Reason = $"paused while {Word(found.Health)}: {found.Reason}" };
        return found.Reason is null && now is { Standing: null, LastSuccess: null } ? new HealthReport(Health.Idle,
            "no run of it has ended yet") : found;
    }

    /// <summary>What a run that was not cancelled says of the sync's health, apart from its keys; null: nothing is wrong.</summary>
    public static HealthReport? TroubleOf(RunCounts counts, Problem? problem) =>
        problem is not null ? new HealthReport(Health.Failing, problem.Message, problem.Fix)
        : counts.Unknown > 0 ? new HealthReport(Health.Degraded,
            $"{Count(counts.Unknown)} events were sent without an answer",
            "Whether they arrived Pendo does not tell; `delivery` says whether they are sent again.")
        : null;

    private static HealthReport Found(SyncDefinition sync, Checkpoint now)
    {
        if (now.Trouble is { Health: Health.Failing } trouble)
            return trouble;
        if (now.EmptySince is { } since && !sync.Model.AllowEmpty)
            return new HealthReport(Health.Failing, $"{sync.Model.Title} returns no rows since {Time(since)}, and had rows before",
                $"Correct the model; where it may be empty, write `allow_empty: true` under `model`. Nothing was removed in Pendo.");
        if (now.Standing is { } standing && LimitJudge.Standing(sync, standing) is { } broken)
            return new HealthReport(Health.Failing, broken.Message, broken.Fix);
        if (OverdueSince(sync, now) is { } last)
            return new HealthReport(Health.Failing,
                $"no run has succeeded since {Time(last)}, for more than {Intervals} intervals of its schedule",
                $"Look at `pendosync runs {sync.Name}`; when there are none, see that the app, or `pendosync serve`, is running.");
        return Refused(sync, now.Standing) ?? now.Trouble ?? Drift(sync, now.Verified) ?? new HealthReport(Health.Healthy);
    }

    private static HealthReport? Refused(SyncDefinition sync, Standing? standing)
    {
        if (standing is null || standing.Rows == 0)
            return null;
        if (standing.GivenUp > 0 && standing.GivenUp == standing.Known)
            return new HealthReport(Health.Failing, $"Pendo answered for none of {Count(standing.Known)} records", TriedAgain(sync));
        var refused = standing.Rejected + standing.Invalid;
        if (standing.GivenUp == 0 && (refused == 0 || 100.0 * refused / standing.Rows < sync.Limits.DegradedPercent))
            return null;
        string?[] parts =
        [
            standing.Rejected > 0 ? $"{Count(standing.Rejected)} rejected" : null,
            standing.Invalid > 0 ? $"{Count(standing.Invalid)} invalid" : null,
            standing.GivenUp > 0 ? $"{Count(standing.GivenUp)} given up" : null,
        ];
        var share = (100.0 * (refused + standing.GivenUp) / standing.Rows).ToString("0.##", CultureInfo.InvariantCulture);
        return new HealthReport(Health.Degraded,
            $"{string.Join(", ", parts.Where(p => p is not null))} of {Count(standing.Rows)} rows ({share} %)",
            refused == 0 ? TriedAgain(sync)
                : $"Look at `pendosync problems {sync.Name}` for the reasons, then correct the model or the fields.");
    }

    private static string TriedAgain(SyncDefinition sync) => "What was given up is tried again by itself, first after an hour"
        + (sync.Event is null ? $", and at once by `pendosync run {sync.Name} --full`" : "")
        + ". See that Pendo can be reached (`pendosync check`).";

    private static HealthReport? Drift(SyncDefinition sync, Verified? verified) =>
        verified is not { Drifted: > 0, Repaired: false } || sync.VerifyEvery is null ? null : new HealthReport(Health.Degraded,
            $"Pendo holds {Count(verified.Drifted)} records otherwise than it accepted them, as of {Time(verified.At)}",
            $"Look at `pendosync compare {sync.Name}`; `on_drift: repair` sends them again.");

    // The last progress, when more than three intervals lie behind it.
    private static DateTimeOffset? OverdueSince(SyncDefinition sync, Checkpoint now)
    {
        if (sync.Schedule is not { } schedule || (now.LastProgress ?? now.LastSuccess) is not { } last)
            return null;
        var due = last;
        for (var i = 0; i < Intervals && due < now.ReadAt; i++)
            due = schedule.NextAfter(due, sync.TimeZone ?? TimeZoneInfo.Utc);
        if (now.Active is { } active && active.Since + _grace > due)
            due = active.Since + _grace;
        return due < now.ReadAt ? last : null;
    }

    private static string Word(Health health) => health.ToString().ToLowerInvariant();

    private static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);
}
