using Cronos;

namespace PendoSync.Definitions;

/// <summary>When a sync is due by itself: a six-field cron line or a fixed interval.</summary>
public sealed record Schedule
{
    /// <summary>Six cron fields (second first); null for an interval.</summary>
    public string? Cron { get; init; }

    /// <summary>Interval since the last start; null for cron.</summary>
    public TimeSpan? Every { get; init; }

    /// <summary>True when it was due at least once since <paramref name="last"/>; however often that was, one run catches up.</summary>
    public bool IsDue(DateTimeOffset last, DateTimeOffset now, TimeZoneInfo zone) => NextAfter(last, zone) <= now;

    /// <summary>The first instant after <paramref name="after"/> at which the sync is due, with the zone's offset.</summary>
    /// <remarks>
    /// Cron runs on the zone's wall clock. A wall time that daylight saving skips is due at the end of the gap. In the hour that comes
    /// twice a line with fixed times is due once, at the first; one with *, a range or a step in second, minute or hour goes on
    /// (github.com/HangfireIO/Cronos).
    /// </remarks>
    public DateTimeOffset NextAfter(DateTimeOffset after, TimeZoneInfo zone) => Every is { } every
        ? TimeZoneInfo.ConvertTime(after + every, zone)
        : CronExpression.Parse(Cron!, CronFormat.IncludeSeconds).GetNextOccurrence(after, zone) ?? DateTimeOffset.MaxValue;

    /// <summary>So many instants at which the sync is due, with the zone's offset.</summary>
    /// <param name="first">The first of them; later ones lie in the future.</param>
    /// <param name="now">The present.</param>
    /// <param name="zone">The sync's zone.</param>
    /// <param name="count">How many.</param>
    public IReadOnlyList<DateTimeOffset> From(DateTimeOffset first, DateTimeOffset now, TimeZoneInfo zone, int count)
    {
        var times = new List<DateTimeOffset> { TimeZoneInfo.ConvertTime(first, zone) };
        // What was missed is caught up by one run, now.
        for (var last = first > now ? first : now; times.Count < count; last = times[^1])
            times.Add(NextAfter(last, zone));
        return times;
    }
}
