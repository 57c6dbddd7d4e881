using PendoSync.Reports;
using PendoSync.State;

namespace PendoSync.Web.Page;

/// <summary>
/// The last runs of a sync as squares, the newest on the right: colour by outcome, height by what was sent, a title for each.
/// </summary>
internal static class Strip
{
    /// <summary>So many runs are shown.</summary>
    public const int Runs = 30;

    private const int Step = 8;
    private const int Height = 26;

    /// <summary>The strip.</summary>
    /// <param name="newestFirst">The runs.</param>
    public static Html Of(IReadOnlyList<RunReport> newestFirst)
    {
        if (newestFirst.Count == 0)
            return Html.Of($"""<span class="quiet">no run yet</span>""");
        var runs = newestFirst.Take(Runs).Reverse().ToList();
        var most = Math.Max(1, runs.Max(r => r.Sent));
        var words = runs.GroupBy(r => Components.Spoken(r.State)).Select(g => $"{g.Count()} {g.Key}");
        return Html.Of($"""
            <svg class="strip" width="{Runs * Step}" height="{Height}" viewBox="0 0 {Runs * Step} {Height}" role="img"
            aria-label="Last {runs.Count} runs: {string.Join(", ", words)}">
            <line class="none" x1="0" x2="{(Runs - runs.Count) * Step}" y1="{Height - 1.5}" y2="{Height - 1.5}"/>
            {runs.Select((run, i) => Square(run, (Runs - runs.Count + i) * Step, most))}</svg>
            """);
    }

    private static Html Square(RunReport run, int x, long most)
    {
        // A failure stands out whatever was sent; of the others a hundredth of the largest run still shows.
        var share = Math.Log10(1 + (99.0 * run.Sent / most)) / 2;
        var height = IsBad(run) ? Height : run.Sent == 0 ? 5 : 7 + ((Height - 7) * share);
        var title = $"{Components.Readable(run.StartedAt ?? run.RequestedAt ?? default)}: {Components.Spoken(run.State)}, "
            + $"{Words.Count(run.Sent)} sent{(run.Refused > 0 ? $", {Words.Count(run.Refused)} refused" : "")}";
        return Html.Of($"""
            <rect class="{ToneOf(run)}" x="{x}" y="{Height - height}" width="6" height="{height}" rx="1.5"><title>{title}</title></rect>
            """);
    }

    private static bool IsBad(RunReport run) => run.State is RunState.Failed or RunState.Stopped;

    private static string ToneOf(RunReport run) => run.State switch
    {
        RunState.Failed or RunState.Stopped => "bad",
        RunState.Requested or RunState.Planning or RunState.Delivering => "busy",
        RunState.Cancelled => "idle",
        _ when run.Health == Health.Failing => "bad",
        RunState.Partial or RunState.CompletedWithErrors => "warn",
        _ => run.Sent == 0 ? "idle" : "good",
    };
}
