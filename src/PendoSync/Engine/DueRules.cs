using PendoSync.Definitions;
using PendoSync.Planning;
using PendoSync.State;

namespace PendoSync.Engine;

/// <summary>Pure: is a sync due, and when will it be. The store's clock decides, never a machine's.</summary>
internal static class DueRules
{
    /// <summary>What makes the sync due: <c>timer</c>, <c>after</c>, or null when nothing does.</summary>
    /// <param name="sync">The sync.</param>
    /// <param name="checkpoint">Where it stands.</param>
    /// <param name="lastSuccessOf">The last success of a parent; null when it never had one.</param>
    public static string? TriggerOf(SyncDefinition sync, Checkpoint checkpoint, Func<string, DateTimeOffset?> lastSuccessOf)
    {
        if (sync.Paused || checkpoint.Paused || checkpoint.Active is not null)
            return null;
        // A plan that was closed early goes on at once, whatever started it.
        // So does what is in doubt, once when its time has come, where anything but a person starts the sync.
        var doubted = (sync.Schedule is not null || sync.After.Count > 0)
            && checkpoint.Doubts.Any(d => d.IsDue(checkpoint.ReadAt) && !(checkpoint.LastStart >= d.Until));
        // A sync that nothing else starts runs when it is to be compared with Pendo; any other compares when it runs.
        if (sync is { Schedule: null, After.Count: 0 } && Verification.IsDue(sync, checkpoint))
            return "verify";
        if (checkpoint.GoesOn || doubted || NextDue(sync, checkpoint) <= checkpoint.ReadAt)
            return "timer";
        return sync.After.Count > 0
            && sync.After.All(parent => lastSuccessOf(parent) is { } success && (checkpoint.LastStart is not { } start || success > start))
            ? "after" : null;
    }

    /// <summary>
    /// When the schedule makes the sync due next; null without a schedule. A sync that never ran is due at once; however often it was due
    /// while nobody looked, one run catches up.
    /// </summary>
    public static DateTimeOffset? NextDue(SyncDefinition sync, Checkpoint checkpoint) => sync.Schedule is not { } schedule ? null
        : checkpoint.LastStart is { } last ? schedule.NextAfter(last, sync.TimeZone ?? TimeZoneInfo.Utc)
        : checkpoint.ReadAt;

    /// <summary>The next so many times at which the schedule makes the sync due, in the zone it runs by; none without a schedule.</summary>
    public static IReadOnlyList<DateTimeOffset> NextTimes(SyncDefinition sync, Checkpoint checkpoint, int count) =>
        NextDue(sync, checkpoint) is { } next ? sync.Schedule!.From(next, checkpoint.ReadAt, sync.TimeZone ?? TimeZoneInfo.Utc, count) : [];
}
