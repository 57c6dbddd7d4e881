using NCrontab;

namespace PendoSync.Definitions;

/// <summary>When a sync is due by itself: a six-field NCRONTAB line or a fixed interval.</summary>
public sealed record Schedule
{
    /// <summary>Six-field NCRONTAB (second first); null for an interval.</summary>
    public string? Cron { get; init; }

    /// <summary>Interval since the last start; null for cron.</summary>
    public TimeSpan? Every { get; init; }

    /// <summary>True when it was due at least once since <paramref name="last"/>; however often that was, one run catches up.</summary>
    public bool IsDue(DateTimeOffset last, DateTimeOffset now, TimeZoneInfo zone) => NextAfter(last, zone) <= now;

    /// <summary>The first instant after <paramref name="after"/> at which the sync is due.</summary>
    /// <remarks>Cron runs on the zone's wall clock. A wall time that daylight saving skips is due at the end of the gap; one that occurs
    /// twice is due once, at its first occurrence.</remarks>
    public DateTimeOffset NextAfter(DateTimeOffset after, TimeZoneInfo zone)
    {
        if (Every is { } every)
            return after + every;
        var schedule = CrontabSchedule.Parse(Cron, new CrontabSchedule.ParseOptions { IncludingSeconds = true });
        var local = TimeZoneInfo.ConvertTime(after, zone).DateTime;
        while (true)
        {
            var next = schedule.GetNextOccurrence(local);
            var instant = ToInstant(next, zone);
            // A repeated hour maps two wall times to instants that are already past; go on to the next one.
            if (instant > after)
                return instant;
            local = next;
        }
    }

    private static DateTimeOffset ToInstant(DateTime wall, TimeZoneInfo zone)
    {
        while (zone.IsInvalidTime(wall))
            wall = new DateTime(wall.Year, wall.Month, wall.Day, wall.Hour, wall.Minute, 0, DateTimeKind.Unspecified).AddMinutes(1);
        var offset = zone.IsAmbiguousTime(wall) ? zone.GetAmbiguousTimeOffsets(wall).Max() : zone.GetUtcOffset(wall);
        return new DateTimeOffset(wall, offset);
    }
}
