using System.Globalization;

namespace PendoSync.Warehouses.JsonPages;

/// <summary>
/// Dates and times as ISO 8601 text, read from bytes: <c>2024-02-29</c>, <c>2024-02-29 12:30:00.123456</c>, <c>…T…Z</c>, <c>…+02:00</c>.
/// </summary>
internal static class IsoTime
{
    /// <summary>
    /// A date and time; with a zone it is moved to UTC, without one it is left as it stands. Digits past 100 ns are cut off, never rounded
    /// up.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="zoned">True when the text ended with Z or an offset.</param>
    /// <exception cref="FormatException">Not of this form, or out of .NET's years 1 to 9999.</exception>
    public static DateTime Parse(ReadOnlySpan<byte> text, out bool zoned)
    {
        zoned = false;
        var time = ParseDate(text.Length >= 10 ? text[..10] : text).ToDateTime(TimeOnly.MinValue);
        if (text.Length == 10)
            return time;
        if (text[10] is not ((byte)' ' or (byte)'T'))
            throw Wrong();
        var zone = text[11..].IndexOfAny("Z+-"u8);
        var clock = zone < 0 ? text[11..] : text[11..(11 + zone)];
        time = time.AddTicks(ParseClock(clock));
        if (zone < 0)
            return time;
        zoned = true;
        return DateTime.SpecifyKind(time.AddTicks(-OffsetTicks(text[(11 + zone)..])), DateTimeKind.Utc);
    }

    /// <summary>A date.</summary>
    public static DateOnly ParseDate(ReadOnlySpan<byte> text)
    {
        if (text.Length != 10 || text[4] != '-' || text[7] != '-')
            throw Wrong();
        var (year, month, day) = (Digits(text[..4]), Digits(text.Slice(5, 2)), Digits(text.Slice(8, 2)));
        return year >= 1 && month is >= 1 and <= 12 && day >= 1 && day <= DateTime.DaysInMonth(year, month)
            ? new DateOnly(year, month, day)
            : throw Wrong();
    }

    /// <summary>Ticks of <c>HH:mm</c>, <c>HH:mm:ss</c> or <c>HH:mm:ss.fraction</c>.</summary>
    public static long ParseClock(ReadOnlySpan<byte> text)
    {
        if (text.Length < 5 || text[2] != ':' || (text.Length > 5 && (text.Length < 8 || text[5] != ':'))
            || (text.Length > 8 && text[8] != '.'))
            throw Wrong();
        var (hours, minutes) = (Digits(text[..2]), Digits(text.Slice(3, 2)));
        var seconds = text.Length > 5 ? Digits(text.Slice(6, 2)) : 0;
        if (hours > 23 || minutes > 59 || seconds > 59)
            throw Wrong();
        return new TimeSpan(hours, minutes, seconds).Ticks + (text.Length > 9 ? Fraction(text[9..]) : 0);
    }

    /// <summary>Ticks of a fraction of a second, given its digits.</summary>
    public static long Fraction(ReadOnlySpan<byte> digits)
    {
        var ticks = 0L;
        for (var i = 0; i < 7; i++)
            ticks = (ticks * 10) + (i < digits.Length ? Digits(digits.Slice(i, 1)) : 0);
        return ticks;
    }

    private static long OffsetTicks(ReadOnlySpan<byte> zone)
    {
        if (zone.SequenceEqual("Z"u8))
            return 0;
        // +02, +0200 or +02:00.
        var hours = Digits(zone.Length >= 3 ? zone.Slice(1, 2) : throw Wrong());
        var minutes = zone.Length switch { 3 => 0, 5 => Digits(zone[3..]), 6 when zone[3] == ':' => Digits(zone[4..]), _ => throw Wrong() };
        var span = new TimeSpan(hours, minutes, 0).Ticks;
        return zone[0] == '-' ? -span : span;
    }

    private static int Digits(ReadOnlySpan<byte> text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw Wrong();

    private static FormatException Wrong() => new("not a date or time of the documented form");
}
