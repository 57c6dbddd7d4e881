using System.Globalization;
using System.Text.Json;
using PendoSync.Reports;

namespace PendoSync.Cli.Output;

/// <summary>Values as people read them.</summary>
internal static class Texts
{
    /// <summary>An instant in UTC to the second; a dash when there is none.</summary>
    public static string Time(DateTimeOffset? at) =>
        at is { } time ? time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) : "-";

    /// <summary>Instants as the clock on the wall shows them, separated by commas: date and offset where they are new.</summary>
    public static string Times(IReadOnlyList<DateTimeOffset> times) => string.Join(", ", times.Select((time, i) => time.ToString(
        i > 0 && times[i - 1] is var last && (last.Date, last.Offset) == (time.Date, time.Offset)
            ? time.Second == 0 ? "HH:mm" : "HH:mm:ss" : "ddd yyyy-MM-dd HH:mm:sszzz", CultureInfo.InvariantCulture)));

    /// <summary>The word JSON uses: not_found, update_or_create.</summary>
    public static string Word<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    /// <summary>An outcome as people say it: not found, given up.</summary>
    public static string Outcome(string outcome) => outcome == "waiting" ? "retry scheduled" : outcome.Replace('_', ' ');

    /// <summary>A share from 0 to 1: 1.24 %.</summary>
    public static string Percent(double share) => (100 * share).ToString("0.##", CultureInfo.InvariantCulture) + " %";

    /// <summary>A group of problems in one line: 171 x rejected: the reason (for example a, b).</summary>
    public static string Group(ProblemGroup group) =>
        $"  {Outcome(group.Outcome)}: {Words.Count(group.Count)} x {ShownText.Line(group.Reason, 300)}"
        + (group.Examples.Count == 0 ? "" : $" (for example {string.Join(", ", group.Examples.Select(e => ShownText.Line(e, 40)))})");

    /// <summary>A JSON value; a dash when there is none.</summary>
    public static string Json(JsonElement? value) => value is { } json && json.ValueKind != JsonValueKind.Undefined
        ? ShownText.Cut(ShownText.Json(json), 60) : "(nothing)";
}
