using System.Globalization;

namespace PendoSync.Values;

/// <summary>Reads RFC 3339 text and moves wall time to UTC.</summary>
public static class TimeText
{
    private static readonly string[] _local = ["yyyy-MM-ddTHH:mm:ss.FFFFFFF", "yyyy-MM-dd HH:mm:ss.FFFFFFF",
        "yyyy-MM-ddTHH:mm", "yyyy-MM-dd HH:mm"];
    private static readonly string[] _zoned = ["yyyy-MM-ddTHH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK",
        "yyyy-MM-ddTHH:mm:ss.FFFFFFFzzz", "yyyy-MM-dd HH:mm:ss.FFFFFFFzz"];

    /// <summary>
    /// A date, a zoned time, or a time without zone in <paramref name="zone"/>. Of a second's digits the
    /// first seven count, 100 ns each: the others are cut, never rounded.
    /// Second 60, where a leap second may be, is the first of the next minute.
    /// </summary>
    public static bool TryParse(string text, TimeZoneInfo zone, out DateTime utc, out string? rule)
    {
        if (TryRead(text, zone, out utc, out rule) || rule != Rules.NotTime || !TryUsualForm(text, out var usual, out var leaps))
            return rule is null;
        if (!TryRead(usual, zone, out utc, out rule))
            return false;
        // Leap seconds end a day in UTC (rfc-editor.org/rfc/rfc3339, section 5.7).
        if (leaps && (utc.TimeOfDay < new TimeSpan(23, 59, 59) || utc.Year == 9999))
            rule = Rules.NotTime;
        else if (leaps)
            utc = utc.AddSeconds(1);
        return rule is null;
    }

    // The same time with T and Z in capitals, at most seven digits, and second 59 for 60.
    private static bool TryUsualForm(string text, out string usual, out bool leaps)
    {
        (usual, leaps) = (text, false);
        if (text.Length < 19 || text[10] is not ('T' or 't' or ' '))
            return false;
        var end = 19;
        if (text.Length > 20 && text[19] == '.')
            for (end = 20; end < text.Length && char.IsAsciiDigit(text[end]); end++)
                continue;
        var rest = text[end..];
        leaps = rest.Length > 0 && text[17..19] == "60";
        usual = string.Concat(text[..10], text[10] == 't' ? "T" : text[10..11], text[11..17],
            (leaps ? "59" : text[17..19]) + text[19..Math.Min(end, 27)] + (rest == "z" ? "Z" : rest));
        return usual != text;
    }

    private static bool TryRead(string text, TimeZoneInfo zone, out DateTime utc, out string? rule)
    {
        rule = null;
        if (TryUsual(text, out var usual))
        {
            rule = ToUtc(usual, zone, out utc);
            return rule is null;
        }

        if (DateTime.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out utc))
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

    // 2026-03-01T12:00:00.1234567Z, the shape nearly all have: read digit by digit, without trying one format after the other. The kind is
    // UTC with a Z, else unspecified.
    private static bool TryUsual(ReadOnlySpan<char> text, out DateTime time)
    {
        time = default;
        if (text.Length < 19 || text[4] != '-' || text[7] != '-' || text[10] is not ('T' or ' ') || text[13] != ':' || text[16] != ':')
            return false;
        var (year, month, day) = ((Two(text) * 100) + Two(text[2..]), Two(text[5..]), Two(text[8..]));
        var (hour, minute, second) = (Two(text[11..]), Two(text[14..]), Two(text[17..]));
        var rest = text[19..];
        var utc = rest is [.., 'Z'];
        if (utc)
            rest = rest[..^1];
        var ticks = 0;
        if (rest.Length > 0
            && (rest[0] != '.' || rest.Length is 1 or > 8
            || !int.TryParse(rest[1..], NumberStyles.None, CultureInfo.InvariantCulture, out ticks)))
            return false;
        // What is no digit makes its number too large.
        if (year is < 1 or > 9999 || month is < 1 or > 12 || hour > 23 || minute > 59 || second > 59 || day < 1
            || day > DateTime.DaysInMonth(year, month))
            return false;
        for (var digits = rest.Length - 1; digits is > 0 and < 7; digits++)
            ticks *= 10;
        time = new DateTime(year, month, day, hour, minute, second, utc ? DateTimeKind.Utc : DateTimeKind.Unspecified).AddTicks(ticks);
        return true;
    }

    private static int Two(ReadOnlySpan<char> text) =>
        char.IsAsciiDigit(text[0]) && char.IsAsciiDigit(text[1]) ? ((text[0] - '0') * 10) + (text[1] - '0') : 1_000_000;

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
