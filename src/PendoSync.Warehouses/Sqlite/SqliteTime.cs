namespace PendoSync.Warehouses.Sqlite;

/// <summary>
/// Reads the time texts SQLite documents: YYYY-MM-DD, optionally [ T]HH:MM[:SS[.SSS…]], optionally Z or ±HH:MM.
/// https://www.sqlite.org/lang_datefunc.html
/// </summary>
internal static class SqliteTime
{
    /// <summary>True when the text is a time; <paramref name="offset"/> is null when it has no zone.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out DateTime wall, out TimeSpan? offset)
    {
        wall = default;
        offset = null;
        if (text.Length < 10 || text[4] != '-' || text[7] != '-'
            || !Digits(text[..4], out var year) || !Digits(text[5..7], out var month) || !Digits(text[8..10], out var day)
            || year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
            return false;
        wall = new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Unspecified);
        var rest = text[10..];
        if (rest.IsEmpty)
            return true;
        if (rest[0] is not ((byte)' ' or (byte)'T') || !TakeClock(rest[1..], out var ticks, out rest))
            return false;
        wall = wall.AddTicks(ticks);
        return TakeZone(rest.TrimStart((byte)' '), out offset);
    }

    /// <summary>
    /// A time kept as a number, by the rule of SQLite's own 'auto': up to 5373484.5 a Julian day (exact to the millisecond, as there), else
    /// seconds since 1970.
    /// </summary>
    public static bool TryFromNumber(double number, out DateTime utc)
    {
        var isDay = number is >= 0 and < 5373484.5;
        var milliseconds = isDay ? (number - 2440587.5) * 86_400_000 : number * 1000;
        var fits = milliseconds is >= -62_135_596_800_000 and < 253_402_300_800_000;
        utc = fits ? DateTime.UnixEpoch.AddMilliseconds(Math.Round(milliseconds)) : default;
        return fits;
    }

    private static bool TakeClock(ReadOnlySpan<byte> text, out long ticks, out ReadOnlySpan<byte> rest)
    {
        ticks = 0;
        rest = default;
        if (text.Length < 5 || text[2] != ':' || !Digits(text[..2], out var hour) || !Digits(text[3..5], out var minute)
            || hour > 23 || minute > 59)
            return false;
        ticks = (hour * TimeSpan.TicksPerHour) + (minute * TimeSpan.TicksPerMinute);
        rest = text[5..];
        if (rest.Length < 3 || rest[0] != ':')
            return true;
        if (!Digits(rest[1..3], out var second) || second > 59)
            return false;
        ticks += second * TimeSpan.TicksPerSecond;
        rest = rest[3..];
        if (rest.IsEmpty || rest[0] != '.')
            return true;
        var unit = TimeSpan.TicksPerSecond / 10;
        for (rest = rest[1..]; !rest.IsEmpty && char.IsAsciiDigit((char)rest[0]); rest = rest[1..], unit /= 10)
            ticks += (rest[0] - '0') * unit;
        return true;
    }

    private static bool TakeZone(ReadOnlySpan<byte> text, out TimeSpan? offset)
    {
        offset = null;
        if (text.IsEmpty)
            return true;
        if (text is [(byte)'Z' or (byte)'z'])
        {
            offset = TimeSpan.Zero;
            return true;
        }

        if (text.Length != 6 || text[0] is not ((byte)'+' or (byte)'-') || text[3] != ':'
            || !Digits(text[1..3], out var hours) || !Digits(text[4..6], out var minutes) || hours > 14 || minutes > 59)
            return false;
        var span = new TimeSpan(hours, minutes, 0);
        offset = text[0] == '-' ? -span : span;
        return true;
    }

    private static bool Digits(ReadOnlySpan<byte> text, out int value)
    {
        value = 0;
        foreach (var c in text)
        {
            if (!char.IsAsciiDigit((char)c))
                return false;
            value = (value * 10) + (c - '0');
        }

        return true;
    }
}
