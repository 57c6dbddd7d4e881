using System.Globalization;

namespace PendoSync.Records;

/// <summary>Reads RFC 3339 text and moves wall time to UTC.</summary>
public static class TimeText
{
    private static readonly string[] _local = ["yyyy-MM-ddTHH:mm:ss.FFFFFFF", "yyyy-MM-dd HH:mm:ss.FFFFFFF", "yyyy-MM-ddTHH:mm", "yyyy-MM-dd HH:mm"];
    private static readonly string[] _zoned = ["yyyy-MM-ddTHH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFzzz", "yyyy-MM-dd HH:mm:ss.FFFFFFFzz"];

    /// <summary>A date, a zoned time, or a time without zone in <paramref name="zone"/>; more than seven digits of a second are not read.</summary>
    public static bool TryParse(string text, TimeZoneInfo zone, out DateTime utc, out string? rule)
    {
        rule = null;
        if (DateTime.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out utc))
            return true;
        if (DateTime.TryParseExact(text, _local, CultureInfo.InvariantCulture, DateTimeStyles.None, out var wall))
        {
            rule = ToUtc(wall, zone, out utc);
            return rule is null;
        }

        if (DateTimeOffset.TryParseExact(text, _zoned, CultureInfo.InvariantCulture, DateTimeStyles.None, out var instant))
        {
            utc = instant.UtcDateTime;
            return true;
        }

        rule = Rules.NotTime;
        return false;
    }

    /// <summary>Wall time of a zone as UTC. A time that occurs twice is taken as standard time; one that is skipped breaks a rule.</summary>
    public static string? ToUtc(DateTime wall, TimeZoneInfo zone, out DateTime utc)
    {
        // A cell of a column without zone may carry its own (SQLite).
        if (wall.Kind == DateTimeKind.Utc)
        {
            utc = wall;
            return null;
        }

        wall = DateTime.SpecifyKind(wall, DateTimeKind.Unspecified);
        if (ReferenceEquals(zone, TimeZoneInfo.Utc))
        {
            utc = DateTime.SpecifyKind(wall, DateTimeKind.Utc);
            return null;
        }

        if (zone.IsInvalidTime(wall))
        {
            utc = default;
            return Rules.NoSuchTime;
        }

        utc = TimeZoneInfo.ConvertTimeToUtc(wall, zone);
        return null;
    }

    /// <summary>An integer instant as UTC; null when it lies outside the years 1 to 9999.</summary>
    public static DateTime? FromUnix(long value, Definitions.InstantUnit unit)
    {
        var milliseconds = unit == Definitions.InstantUnit.Milliseconds ? value : (Int128)value * 1000;
        return milliseconds < -62_135_596_800_000 || milliseconds > 253_402_300_799_999
            ? null
            : DateTime.UnixEpoch.AddTicks((long)milliseconds * TimeSpan.TicksPerMillisecond);
    }
}
