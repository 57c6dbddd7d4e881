using NCrontab;

namespace PendoSync.Definitions;

/// <summary>Reads cron lines: NCRONTAB with six fields, second first, or five fields with second 0.</summary>
public static class CronLine
{
    /// <summary>The line with six fields, or null and what is wrong with it.</summary>
    public static string? Parse(string text, out string? wrong)
    {
        wrong = null;
        var fields = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length is not (5 or 6))
        {
            wrong = $"it has {fields.Length} fields";
            return null;
        }

        // NCrontab reads a step of 0 as every one, which nobody who writes it means.
        if (fields.Any(f => f.Split(',').Any(part => part.IndexOf('/', StringComparison.Ordinal) is >= 0 and var at
            && part.AsSpan(at + 1).Trim('0').IsEmpty)))
        {
            wrong = "a step is 0, which is out of range";
            return null;
        }

        var line = string.Join(' ', fields.Length == 5 ? ["0", .. fields] : fields);
        try
        {
            var schedule = CrontabSchedule.Parse(line, new CrontabSchedule.ParseOptions { IncludingSeconds = true });
            // Nine years hold every date there is, 29 February included.
            var from = new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Unspecified);
            var to = from.AddYears(9);
            if (schedule.GetNextOccurrence(from, to) >= to)
                wrong = "that date never comes";
        }
        catch (Exception e) when (e is CrontabException or ArgumentException or ArithmeticException or FormatException)
        {
            wrong = "one of its fields is out of range or not a cron field";
        }

        return wrong is null ? line : null;
    }
}
