using System.Globalization;

namespace PendoSync.Definitions;

/// <summary>
/// Durations as users write them: <c>30s</c>, <c>15m</c>, <c>24h</c>, <c>90d</c>, <c>2w</c>, or several in a row: <c>1h30m</c>.
/// </summary>
internal static class Durations
{
    /// <summary>What a duration looks like, for messages.</summary>
    public const string Form = "a number and s, m, h, d or w, such as 30s, 15m, 24h or 90d";

    /// <summary>The form as a regular expression, for the JSON Schema.</summary>
    public const string Pattern = "^([0-9]{1,9}[smhdw])+$";

    // A hundred years; keeps sums with any date inside what a DateTimeOffset holds.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(36_500);

    /// <summary>Reads a duration; false when the text is not one or is longer than a hundred years.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (text.Length == 0)
            return false;
        for (var at = 0; at < text.Length; at++)
        {
            var start = at;
            while (at < text.Length && char.IsAsciiDigit(text[at]))
                at++;
            if (at == text.Length || at == start || at - start > 9)
                return false;
            var number = int.Parse(text.AsSpan(start, at - start), CultureInfo.InvariantCulture);
            if (UnitOf(text[at]) is not { } unit || number > Longest / unit)
                return false;
            duration += unit * number;
            if (duration > Longest)
                return false;
        }

        return true;
    }

    /// <summary>The shortest text for a duration, in one unit.</summary>
    public static string Text(TimeSpan duration)
    {
        foreach (var (unit, letter) in new[] { (TimeSpan.TicksPerDay, 'd'), (TimeSpan.TicksPerHour, 'h'), (TimeSpan.TicksPerMinute, 'm') })
        {
            if (duration.Ticks != 0 && duration.Ticks % unit == 0)
                return string.Create(CultureInfo.InvariantCulture, $"{duration.Ticks / unit}{letter}");
        }

        return string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds}s");
    }

    private static TimeSpan? UnitOf(char letter) => letter switch
    {
        's' => TimeSpan.FromSeconds(1),
        'm' => TimeSpan.FromMinutes(1),
        'h' => TimeSpan.FromHours(1),
        'd' => TimeSpan.FromDays(1),
        'w' => TimeSpan.FromDays(7),
        _ => null,
    };
}
