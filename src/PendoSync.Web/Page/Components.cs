using System.Globalization;
using PendoSync.Reports;
using PendoSync.State;
using PendoSync.Web.Http;

namespace PendoSync.Web.Page;

/// <summary>Small parts that several pages show.</summary>
internal static class Components
{
    /// <summary>A state as people say it: completed with errors.</summary>
    public static string Spoken(Enum state) => Word(state).Replace('_', ' ');

    /// <summary>A state as a word with a colour and a mark, so that colour is never all there is.</summary>
    public static Html Badge(string word) => Html.Of($"""<span class="badge {ToneOf(word)}">{word.Replace('_', ' ')}</span>""");

    /// <summary>A state as a word.</summary>
    public static string Word(Enum state) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(state.ToString());

    /// <summary>An instant as people say it, with the exact one behind it.</summary>
    public static Html Time(DateTimeOffset? time, DateTimeOffset now) => time is not { } at
        ? Html.Of($"""<span class="quiet">never</span>""")
        : Html.Of($"""<time datetime="{Exact(at)}" title="{Readable(at)}">{Relative(at - now)}</time>""");

    /// <summary>An instant to the second.</summary>
    public static string Readable(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) + " UTC";

    /// <summary>40 ms, 5 s, 3 min 20 s, 2 h 5 min, 4 d.</summary>
    public static string Duration(TimeSpan span) => span switch
    {
        { TotalSeconds: > 0 and < 1 } => $"{(int)span.TotalMilliseconds} ms",
        { TotalSeconds: < 10 } => span.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture) + " s",
        { TotalSeconds: < 60 } => $"{(int)span.TotalSeconds} s",
        { TotalMinutes: < 60 } => span.Seconds == 0 ? $"{(int)span.TotalMinutes} min" : $"{(int)span.TotalMinutes} min {span.Seconds} s",
        { TotalHours: < 48 } => span.Minutes == 0 ? $"{(int)span.TotalHours} h" : $"{(int)span.TotalHours} h {span.Minutes} min",
        _ => $"{(int)span.TotalDays} d",
    };

    /// <summary>One button that is a form of its own.</summary>
    public static Html Button(ApiSession session, string action, string label, string subject, string kind = "",
        (string Name, string Value)? extra = null) => Html.Of($"""
        <form method="post" action="{action}"><input type="hidden" name="{CrossSite.TokenField}" value="{session.FormToken}">
        {(extra is { } more ? Html.Of($"""<input type="hidden" name="{more.Name}" value="{more.Value}">""") : Html.None)}
        <button class="{kind}" aria-label="{label} {subject}">{label}</button></form>
        """);

    /// <summary>What is wrong and what mends it.</summary>
    public static Html Problem(Problem? problem) => problem is null ? Html.None : Html.Of($"""
        <div class="problem"><p><strong>{problem.Message}</strong></p>
        {(problem.Place is { Length: > 0 } place ? Html.Of($"<p>Where: {place}</p>") : Html.None)}
        {(problem.Fix is { Length: > 0 } fix ? Html.Of($"<p>What to do: {fix}</p>") : Html.None)}</div>
        """);

    /// <summary>A table whose rows become cards on a narrow screen.</summary>
    /// <param name="rows">Its rows.</param>
    /// <param name="heads">Names of its columns; one that begins with # holds numbers.</param>
    public static Html Table(IEnumerable<Html> rows, params string[] heads) => Table("cards", rows, heads);

    /// <summary>A table of pairs inside a card.</summary>
    public static Html Map(IEnumerable<Html> rows, params string[] heads) => Table("map", rows, heads);

    private static Html Table(string kind, IEnumerable<Html> rows, string[] heads) => Html.Of($"""
        <table class="{kind}"><thead><tr>{heads.Select(Head)}</tr></thead><tbody>
        {rows}
        </tbody></table>
        """);

    private static Html Head(string name) => name.Length == 0 ? Html.Of($"""<th scope="col"><span class="unseen">Actions</span></th>""")
        : name[0] == '#' ? Html.Of($"""<th scope="col" class="number">{name[1..]}</th>""") : Html.Of($"""<th scope="col">{name}</th>""");

    /// <summary>A cell that keeps the name of its column where the table is a card.</summary>
    public static Html Cell(string label, Html content, string kind = "") =>
        Html.Of($"""<td data-label="{label}" class="{kind}">{content}</td>""");

    /// <summary>A cell with a number.</summary>
    public static Html Cell(string label, long count) => Cell(label, Html.Of($"{Words.Count(count)}"), "number");

    /// <summary>A fact of a page's head.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">What is to be seen first.</param>
    /// <param name="more">What stands below it; null: nothing.</param>
    public static Html Fact(string name, Html value, string? more = null) => Html.Of($"""
        <div><dt>{name}</dt><dd>{value}{(more is null ? Html.None : Html.Of($"""<span class="quiet">{more}</span>"""))}</dd></div>
        """);

    /// <summary>The way back.</summary>
    /// <param name="sync">The sync that the page is a part of; null: it belongs to the overview.</param>
    public static Html Crumbs(string? sync = null) => Html.Of($"""
        <nav class="crumbs" aria-label="You are here"><a href="/api/status">Overview</a>
        {(sync is null ? Html.None : Html.Of($""" / <a href="/api/status/syncs/{sync}">{sync}</a>"""))}</nav>
        """);

    /// <summary>A line that says what a button did; the words are ours, the address only names them.</summary>
    public static Html Notice(string? done)
    {
        var text = done switch
        {
            "started" => "A run was asked for.",
            "active" => "A run is active already; nothing was started.",
            "paused" => "Paused: no run is started until you resume it.",
            "resumed" => "Resumed.",
            "stays-paused" => "It stays paused: its definition says paused: true.",
            "is-paused" => "It is paused: resume it first.",
            "answered" => "Noted: the next run goes by it.",
            "cancelled" => "Cancelled; what Pendo answered counts.",
            "over" => "The run was over already.",
            "busy" => "It takes longer; this page shows the result when it is there.",
            _ => null,
        };
        return text is null ? Html.None : Html.Of($"""<p class="notice" role="status">{text}</p>""");
    }

    /// <summary>Runs as a table, newest first.</summary>
    /// <param name="runs">The runs.</param>
    /// <param name="now">The present.</param>
    /// <param name="named">True: of several syncs, so each is named.</param>
    public static Html Runs(IReadOnlyList<RunReport> runs, DateTimeOffset now, bool named = false) =>
        runs.Count == 0 ? Html.Of($"""<p class="quiet">No run yet.</p>""")
            : Table(runs.Select(run => Run(run, now, named)), "Run", "State", "Outcome", "#Read", "#Sent", "#Accepted", "#Refused",
                "#Took");

    private static Html Run(RunReport run, DateTimeOffset now, bool named) => Html.Of($"""
        <tr><th scope="row">{(named ? Html.Of($"""<a href="/api/status/syncs/{run.Sync}">{run.Sync}</a><br>""") : Html.None)}
        <a href="/api/status/runs/{run.RunId}">{Relative((run.StartedAt ?? run.RequestedAt ?? now) - now)}</a>
        <span class="quiet">by {run.Trigger}{(run.Full ? ", full" : "")}</span></th>
        {Cell("State", Badge(Word(run.State)))}{Cell("Outcome", OutcomeBar.Small(run))}{Cell("Read", run.Read)}{Cell("Sent", run.Sent)}
        {Cell("Accepted", run.Accepted)}{Cell("Refused", run.Refused)}
        {Cell("Took", Html.Of($"{Duration(TimeSpan.FromSeconds(run.Seconds))}"), "number")}</tr>
        """);

    /// <summary>3 min ago, in 2 h.</summary>
    public static string Relative(TimeSpan away) => Math.Abs(away.TotalSeconds) < 1 ? "now" : away < TimeSpan.Zero ? $"{Coarse(-away)} ago"
        : $"in {Coarse(away)}";

    /// <summary>5 s, 3 min, 2 h, 4 d.</summary>
    public static string Coarse(TimeSpan span) => span switch
    {
        { Ticks: < 0 } => "0 s",
        { TotalSeconds: < 60 } => $"{(int)span.TotalSeconds} s",
        { TotalMinutes: < 60 } => $"{(int)span.TotalMinutes} min",
        { TotalHours: < 48 } => $"{(int)span.TotalHours} h",
        _ => $"{(int)span.TotalDays} d",
    };

    /// <summary>An instant for programs.</summary>
    public static string Exact(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    private static string ToneOf(string word) => word switch
    {
        nameof(RunState.Completed) or "completed" or "healthy" or "accepted" or "ok" => "good",
        "failed" or "failing" or "stopped" or "rejected" or "given_up" => "bad",
        "degraded" or "completed_with_errors" or "partial" or "invalid" or "not_found" or "unknown" => "warn",
        "requested" or "planning" or "delivering" => "busy",
        _ => "calm",
    };
}
