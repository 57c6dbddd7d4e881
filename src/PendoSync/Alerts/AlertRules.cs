using PendoSync.Definitions;
using PendoSync.State;

namespace PendoSync.Alerts;

/// <summary>Pure: what a run, or time without a success, means to an alert, and what becomes of its streaks.</summary>
internal static class AlertRules
{
    public const string RunFailed = "run_failed";
    public const string LimitHit = "limit_hit";
    public const string NoSuccess = "no_success";
    public const string RejectedShare = "rejected_share";
    public const string InvalidShare = "invalid_share";
    public const string NotFoundShare = "not_found_share";
    public const string EmptyRead = "empty_read";
    public const string Drift = "drift";
    public const string HealthChanged = "health_changed";
    public const string Recovered = "recovered";

    // What recovered tells of when nothing else is asked for.
    private static readonly string[] Basic = [RunFailed, LimitHit];

    /// <summary>True when the alert looks at the sync.</summary>
    public static bool Watches(AlertDefinition alert, string sync) => alert.Syncs.Count == 0 || alert.Syncs.Contains(sync);

    /// <summary>Events whose streaks the alert follows, told or not.</summary>
    public static IEnumerable<string> Followed(AlertDefinition alert) =>
        alert.On.Where(e => e is not (Recovered or HealthChanged)).Concat(alert.On.Contains(Recovered) ? Basic : [])
            .Distinct(StringComparer.Ordinal);

    /// <summary>What a run that has ended says: true begins a streak, false ends one; what it says nothing about is left out.</summary>
    /// <param name="alert">The alert.</param>
    /// <param name="run">The run.</param>
    /// <param name="after">Where the sync stands since.</param>
    public static IReadOnlyDictionary<string, bool> Judge(AlertDefinition alert, RunRecord run, Checkpoint after)
    {
        var said = new Dictionary<string, bool>(StringComparer.Ordinal);
        var counts = run.Counts;
        if (run.State is RunState.Failed)
            said[RunFailed] = true;
        if (run.State is RunState.Stopped)
            said[LimitHit] = true;
        if (run.State.IsSuccess())
            said[RunFailed] = said[LimitHit] = said[NoSuccess] = false;
        if (run.State is not (RunState.Failed or RunState.Cancelled) && counts.Delivered > 0)
            said[RejectedShare] = 100.0 * counts.Rejected / counts.Delivered > alert.RejectedPercent;
        if (run.State is not (RunState.Failed or RunState.Cancelled) && counts.Read > 0)
            said[InvalidShare] = 100.0 * counts.Invalid / counts.Read > alert.InvalidPercent;
        if (run.State is not (RunState.Failed or RunState.Cancelled) && after.Standing is { Known: > 0 } standing)
            said[NotFoundShare] = 100.0 * standing.NotFound / standing.Known > alert.NotFoundPercent;
        if (run.State is not (RunState.Failed or RunState.Cancelled))
            said[EmptyRead] = after.EmptySince is not null;
        if (after.Verified is { RetryAt: null } verified && verified.RunId == run.RunId)
            said[Drift] = verified.Drifted > 0;
        var followed = Followed(alert).ToHashSet(StringComparer.Ordinal);
        return said.Where(s => followed.Contains(s.Key)).ToDictionary(StringComparer.Ordinal);
    }

    /// <summary>True when the last success, or the first look, is too long ago.</summary>
    public static bool IsOverdue(AlertDefinition alert, DateTimeOffset? lastSuccess, DateTimeOffset since, DateTimeOffset now) =>
        now - (lastSuccess ?? since) > TimeSpan.FromHours(alert.NoSuccessHours);

    /// <summary>
    /// Moves the streaks; <paramref name="tell"/> holds what is to be told: each beginning once, and recovered when the last streak ends.
    /// </summary>
    public static AlertState Move(AlertDefinition alert, AlertState state, IReadOnlyDictionary<string, bool> said, DateTimeOffset now,
        out IReadOnlyList<string> tell, Health? health = null)
    {
        var streaks = state.Streaks.ToDictionary(StringComparer.Ordinal);
        var told = new List<string>();
        var ended = false;
        foreach (var (what, holds) in said)
        {
            if (holds && streaks.TryAdd(what, now) && alert.On.Contains(what))
                told.Add(what);
            else if (!holds)
                ended |= streaks.Remove(what);
        }

        if (ended && streaks.Count == 0 && alert.On.Contains(Recovered))
            told.Add(Recovered);
        if (alert.On.Contains(HealthChanged) && health is not null and not Health.Idle)
        {
            if (health != (state.Health ?? Health.Healthy))
                told.Add(HealthChanged);
            state = state with { Health = health };
        }

        tell = told;
        return state with { Streaks = streaks };
    }
}
