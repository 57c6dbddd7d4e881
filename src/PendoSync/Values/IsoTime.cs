namespace PendoSync.Values;

/// <summary>
/// A date and time as ISO 8601 text: <c>2024-02-29</c>, <c>2024-02-29 12:30</c>, <c>…T12:30:00.123456</c>, and after a clock
/// <c>Z</c>, <c>+02</c>, <c>+0200</c> or <c>+02:00</c>. Of a second's digits the first seven count, 100 ns each: the others are cut.
/// Second 60, where a leap second may be, is the first of the next minute (rfc-editor.org/rfc/rfc3339, section 5.7).
/// </summary>
/// <param name="Wall">What calendar and clock show, of unspecified kind.</param>
/// <param name="Offset">How far they are ahead of UTC; null when the text does not say.</param>
internal readonly record struct IsoTime(DateTime Wall, TimeSpan? Offset)
{
    /// <summary>Its instant, with no offset taken for UTC; null outside the years 1 to 9999.</summary>
    public DateTime? Utc
    {
        get
        {
            var ticks = Wall.Ticks - (Offset ?? TimeSpan.Zero).Ticks;
            return ticks < 0 || ticks > DateTime.MaxValue.Ticks ? null : new DateTime(ticks, DateTimeKind.Utc);
        }
    }

    /// <summary>Reads a text.</summary>
    /// <exception cref="FormatException">Not of this form, or no such day or time.</exception>
    public static IsoTime Read(ReadOnlySpan<byte> text) => TryRead(text, out var time) ? time : throw Wrong();

    /// <summary>Reads a text; false when it is not of this form, or no such day or time.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out IsoTime time)
    {
        time = default;
        if (text.Length < 10 || !TryReadDate(text[..10], out var date))
            return false;
        var (ticks, leaps, offset) = (0L, false, (TimeSpan?)null);
        if (text.Length > 10)
        {
            var rest = text[11..];
            if (text[10] is not ((byte)' ' or (byte)'T' or (byte)'t') || !TakeClock(ref rest, out ticks, out leaps)
                || !TryReadZone(rest, out offset))
                return false;
        }

        time = new IsoTime(date.ToDateTime(TimeOnly.MinValue).AddTicks(ticks), offset);
        if (!leaps)
            return true;
        if (offset is null || time.Utc is not { Year: < 9999 } utc || utc.TimeOfDay < new TimeSpan(23, 59, 59))
            return false;
        time = time with { Wall = time.Wall.AddSeconds(1) };
        return true;
    }

    /// <summary>Reads a date.</summary>
    /// <exception cref="FormatException">Not of this form, or no such day.</exception>
    public static DateOnly ReadDate(ReadOnlySpan<byte> text) => TryReadDate(text, out var date) ? date : throw Wrong();

    /// <summary>Ticks of a fraction of a second, given its digits.</summary>
    /// <exception cref="FormatException">Something else than digits.</exception>
    public static long Fraction(ReadOnlySpan<byte> digits)
    {
        var ticks = 0L;
        for (var i = 0; i < 7; i++)
            ticks = (ticks * 10) + (i < digits.Length ? Number(digits.Slice(i, 1)) is >= 0 and var digit ? digit : throw Wrong() : 0);
        return ticks;
    }

    private static bool TryReadDate(ReadOnlySpan<byte> text, out DateOnly date)
    {
        date = default;
        if (text.Length != 10 || text[4] != '-' || text[7] != '-')
            return false;
        var (year, month, day) = (Number(text[..4]), Number(text[5..7]), Number(text[8..]));
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
            return false;
        date = new DateOnly(year, month, day);
        return true;
    }

    private static bool TakeClock(ref ReadOnlySpan<byte> text, out long ticks, out bool leaps)
    {
        (ticks, leaps) = (0, false);
        if (text.Length < 5 || text[2] != ':')
            return false;
        var (hour, minute, second) = (Number(text[..2]), Number(text[3..5]), 0);
        text = text[5..];
        if (text is [(byte)':', _, _, ..])
        {
            second = Number(text[1..3]);
            text = text[3..];
            if (text is [(byte)'.', ..])
            {
                var end = text[1..].IndexOfAnyExceptInRange((byte)'0', (byte)'9');
                var digits = end < 0 ? text[1..] : text.Slice(1, end);
                if (digits.IsEmpty)
                    return false;
                ticks = Fraction(digits);
                text = text[(1 + digits.Length)..];
            }
        }

        leaps = second == 60;
        ticks += new TimeSpan(hour, minute, leaps ? 59 : second).Ticks;
        return hour is >= 0 and <= 23 && minute is >= 0 and <= 59 && second is >= 0 and <= 60;
    }

    private static bool TryReadZone(ReadOnlySpan<byte> text, out TimeSpan? offset)
    {
        offset = text is [(byte)'Z' or (byte)'z'] ? TimeSpan.Zero : null;
        if (text.IsEmpty || offset is not null)
            return true;
        if (text[0] is not ((byte)'+' or (byte)'-') || text.Length is not (3 or 5 or 6) || (text.Length == 6 && text[3] != ':'))
            return false;
        var (hours, minutes) = (Number(text[1..3]), text.Length == 3 ? 0 : Number(text[^2..]));
        var span = new TimeSpan(hours, minutes, 0);
        offset = text[0] == '-' ? -span : span;
        return hours is >= 0 and <= 23 && minutes is >= 0 and <= 59;
    }

    // -1: something else than digits.
    private static int Number(ReadOnlySpan<byte> text)
    {
        var number = 0;
        foreach (var c in text)
        {
            if (!char.IsAsciiDigit((char)c))
                return -1;
            number = (number * 10) + (c - '0');
        }

        return number;
    }

    private static FormatException Wrong() => new("not a date or time of the documented form");
}
