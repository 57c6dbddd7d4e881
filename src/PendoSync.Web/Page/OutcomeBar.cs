using System.Globalization;
using PendoSync.Reports;

namespace PendoSync.Web.Page;

/// <summary>
/// What became of the rows of a run, as a bar whose parts add up to what was read (promise 6). SVG, since our policy forbids inline styles.
/// </summary>
internal static class OutcomeBar
{
    private const double Width = 1000;

    /// <summary>The bar with its numbers.</summary>
    public static Html Large(RunReport run)
    {
        var parts = PartsOf(run).ToList();
        return Html.Of($"""
            <figure class="outcome">{Bar(run, parts, "large")}
            <table class="legend"><caption class="quiet">{Words.Count(run.Read)} rows read = the sum of these</caption>
            <thead class="unseen"><tr><th scope="col">Outcome</th><th scope="col">Records</th><th scope="col">Share</th></tr></thead><tbody>
            {parts.Where(p => p.Records > 0 || p.Name is "accepted" or "unchanged").Select(p => Html.Of($"""
            <tr><th scope="row">
            <svg class="dot" viewBox="0 0 10 10" aria-hidden="true"><rect class="{p.Name}" width="10" height="10" rx="3"/></svg>
            {Spoken(p.Name)}</th>
            <td class="number">{Words.Count(p.Records)}</td><td class="number quiet">{Percent(p.Records, run.Read)}</td></tr>
            """))}
            </tbody></table></figure>
            """);
    }

    /// <summary>The bar alone, for lists.</summary>
    public static Html Small(RunReport run) => Bar(run, [.. PartsOf(run)], "small");

    private static Html Bar(RunReport run, IReadOnlyList<Part> parts, string size)
    {
        var total = Math.Max(1, parts.Sum(p => p.Records));
        var at = 0.0;
        var rects = new List<Html>();
        foreach (var part in parts.Where(p => p.Records > 0))
        {
            // A single rejected record of a million still shows.
            var width = Math.Max(Width * part.Records / total, 6);
            var title = $"{Spoken(part.Name)}: {Words.Count(part.Records)}";
            rects.Add(Html.Of($"""<rect class="{part.Name}" x="{at}" width="{width}" height="20"><title>{title}</title></rect>"""));
            at += width;
        }

        var view = string.Create(CultureInfo.InvariantCulture, $"0 0 {Math.Max(Width, at):0.##} 20");
        return Html.Of($"""
            <svg class="bar {size}" viewBox="{view}" preserveAspectRatio="none" role="img" aria-label="{Sentence(run, parts)}">
            {rects}</svg>
            """);
    }

    private static string Sentence(RunReport run, IEnumerable<Part> parts) => run.Read == 0 ? "no rows read"
        : string.Join(", ", parts.Where(p => p.Records > 0).Select(p => $"{Words.Count(p.Records)} {Spoken(p.Name)}"));

    private static string Percent(long part, long all) =>
        all == 0 ? "" : (100.0 * part / all).ToString("0.#", CultureInfo.InvariantCulture) + " %";

    private static string Spoken(string name) => name == "waiting" ? "retry scheduled" : name.Replace('_', ' ');

    // What is planned and has no answer yet is on its way.
    private static IEnumerable<Part> PartsOf(RunReport run)
    {
        var answered = run.Accepted + run.NotFound + run.Rejected + run.Unknown + run.GivenUp + run.Cancelled;
        return [new("accepted", run.Accepted), new("unchanged", run.Unchanged), new("sending", Math.Max(0, run.Planned - answered)),
            new("waiting", run.Waiting),
            new("invalid", run.Invalid), new("not_found", run.NotFound), new("rejected", run.Rejected), new("unknown", run.Unknown),
            new("given_up", run.GivenUp), new("cancelled", run.Cancelled)];
    }

    private sealed record Part(string Name, long Records);
}
