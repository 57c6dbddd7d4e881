using System.Globalization;
using PendoSync.Reports;

namespace PendoSync.Web.Http;

/// <summary>One column of a CSV download.</summary>
/// <param name="Name">Its heading, the member's name in JSON.</param>
/// <param name="Value">Its value: text, number, instant, flag or null.</param>
internal sealed record CsvColumn<T>(string Name, Func<T, object?> Value);

/// <summary>Lines of CSV (RFC 4180).</summary>
internal static class CsvLine
{
    /// <summary>One line with its end.</summary>
    public static string Of(IEnumerable<object?> values) => string.Join(',', values.Select(Cell)) + "\r\n";

    private static string Cell(object? value) => value switch
    {
        null => "",
        string text => Quoted(Harmless(text)),
        bool flag => flag ? "true" : "false",
        DateTimeOffset time => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture),
        Enum word => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(word.ToString()),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new ArgumentException($"a column holds a {value.GetType().Name}", nameof(value)),
    };

    // A spreadsheet takes a text that begins so for a formula (https://owasp.org/www-community/attacks/CSV_Injection).
    private static string Harmless(string text) => text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n' or '＝'
        or '＋' or '－' or '＠' ? "'" + text : text;

    private static string Quoted(string text) => text.AsSpan().IndexOfAny(",\"\r\n'") < 0
        ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}

/// <summary>Columns of runs: promise 6 in one line.</summary>
internal static class RunCsv
{
    public static IReadOnlyList<CsvColumn<RunReport>> Columns { get; } =
    [
        new("run_id", r => r.RunId), new("sync", r => r.Sync), new("state", r => r.State), new("trigger", r => r.Trigger),
            new("mode", r => r.Mode), new("full", r => r.Full),
        new("requested_at", r => r.RequestedAt), new("started_at", r => r.StartedAt), new("ended_at", r => r.EndedAt),
            new("seconds", r => r.Seconds),
        new("read", r => r.Read), new("invalid", r => r.Invalid), new("unchanged", r => r.Unchanged), new("waiting", r => r.Waiting),
            new("planned", r => r.Planned),
        new("accepted", r => r.Accepted), new("not_found", r => r.NotFound), new("rejected", r => r.Rejected),
            new("unknown", r => r.Unknown),
        new("given_up", r => r.GivenUp), new("cancelled", r => r.Cancelled), new("calls", r => r.Calls),
        new("error_kind", r => r.Error?.Kind), new("error", r => r.Error?.Message), new("fix", r => r.Error?.Fix),
    ];
}

/// <summary>Columns of rejected records.</summary>
internal static class RejectedCsv
{
    public static IReadOnlyList<CsvColumn<RejectedItem>> Columns { get; } =
    [
        new("key", r => r.Key), new("outcome", r => r.Outcome), new("rule", r => r.Rule), new("reason", r => r.Reason),
            new("tries", r => r.Tries),
        new("first", r => r.First), new("last", r => r.Last), new("next_due", r => r.NextDue), new("run_id", r => r.RunId),
    ];
}
