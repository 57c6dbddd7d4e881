using Cronos;

namespace PendoSync.Definitions;

/// <summary>
/// Reads cron lines: six fields, second first, or five fields with second 0. What cron readers take and nobody means is refused with
/// what to write: ranges that run backwards, steps as wide as what they step through, days that no month has, a day of the month
/// beside a weekday.
/// </summary>
public static class CronLine
{
    private static readonly CronField[] _fields =
    [
        new("second", 0, 59), new("minute", 0, 59), new("hour", 0, 23), new("day", 1, 31),
        new("month", 1, 12, "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"),
        new("weekday", 0, 6, "SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"),
    ];

    /// <summary>The form of a line, or "none", as a regular expression for the JSON Schema.</summary>
    internal static string Pattern { get; } =
        $"^(?:none|\\s*(?:{_fields[0].Pattern}\\s+)?{string.Join("\\s+", _fields[1..].Select(f => f.Pattern))}\\s*)$";

    /// <summary>The line with six fields, or null and what is wrong with it.</summary>
    public static string? Parse(string text, out string? wrong)
    {
        wrong = null;
        var fields = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length is not (5 or 6))
        {
            wrong = $"it has {fields.Length} fields, not 5 or 6";
            return null;
        }

        string[] six = fields.Length == 5 ? ["0", .. fields] : fields;
        var values = new List<int>[six.Length];
        for (var i = 0; i < six.Length && wrong is null; i++)
            values[i] = _fields[i].Read(six[i], out wrong);
        wrong ??= Days(six[3], values[3], values[4]) ?? TwoDays(six[3], six[5]);
        var line = string.Join(' ', six);
        if (wrong is null && !CronExpression.TryParse(line, CronFormat.IncludeSeconds, out _))
            wrong = "one of its fields is not a cron field";
        return wrong is null ? line : null;
    }

    private static string? Days(string field, List<int> days, List<int> months)
    {
        var last = months.Max(month => DateTime.DaysInMonth(2024, month));
        if (field.StartsWith('*') || days.Max() <= last)
            return null;
        var instead = days.Min() <= last ? $"end at {last}" : $"write at most {last}";
        return $"no month that it names has a day {days.Max()}, so that date never comes: {instead}";
    }

    private static string? TwoDays(string day, string weekday) => day == "*" || weekday == "*" ? null
        : $"day {day} and weekday {weekday} can be read as days that are both or as days that are either: write * for one of them";
}
