using System.Buffers;
using System.Text;

namespace PendoSync.Values;

/// <summary>Reads RFC 3339 text and moves wall time to UTC.</summary>
internal static class TimeText
{
    /// <summary>
    /// A date (its midnight in UTC), a time with a zone, or a time without one in <paramref name="zone"/>: the forms of
    /// <see cref="IsoTime"/>.
    /// </summary>
    public static bool TryParse(string text, TimeZoneInfo zone, out DateTime utc, out string? rule)
    {
        utc = default;
        var ascii = text.Length <= 64 ? stackalloc byte[text.Length] : new byte[text.Length];
        if (Ascii.FromUtf16(text, ascii, out _) != OperationStatus.Done || !IsoTime.TryRead(ascii, out var time))
        {
            rule = Rules.NotTime;
            return false;
        }

        if (time.Offset is null && ascii.Length > 10)
        {
            rule = ToUtc(time.Wall, zone, out utc);
            return rule is null;
        }

        rule = time.Utc is null ? Rules.OutOfRange : null;
        utc = time.Utc.GetValueOrDefault();
        return rule is null;
    }

    /// <summary>
    /// Wall time of a zone as UTC. A time that occurs twice is taken as standard time; one that is skipped, or is not of the years 1 to
    /// 9999 in UTC, breaks a rule.
    /// </summary>
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

        return WallTime.TryToUtc(wall, zone, out utc) ? null : Rules.OutOfRange;
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
