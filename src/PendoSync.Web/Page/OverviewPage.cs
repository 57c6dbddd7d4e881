using PendoSync.Definitions;
using PendoSync.Operations;
using PendoSync.Reports;
using PendoSync.State;
using PendoSync.Web.Http;

namespace PendoSync.Web.Page;

/// <summary>Every sync on one page: what fails and how to mend it, then how everything goes.</summary>
internal sealed class OverviewPage(SyncService service, ApiAccess access, TimeProvider clock)
{
    // The page has to be there at once, also with many troubles.
    private const int TroublesShown = 8;
    private const int RowsShown = 100;
    private static readonly Health[] _order = [Health.Failing, Health.Degraded, Health.Healthy, Health.Idle];

    public async Task ShowAsync(ApiRequest request)
    {
        var all = (await service.StatusAsync(request.Ct)).Items.OrderBy(s => Array.IndexOf(_order, s.Health)).ToList();
        var (search, only) = (request.Query("search"), request.Query("show"));
        var shown = all.Where(s => (search is null || s.Name.Contains(search, StringComparison.OrdinalIgnoreCase))
            && (only is null || only == Components.Word(s.Health))).ToList();
        var from = int.TryParse(request.Query("from"), out var number) && number > 0 && number < shown.Count ? number : 0;
        var rows = shown.Skip(from).Take(RowsShown).ToList();
        var runs = new IReadOnlyList<RunReport>[rows.Count];
        await Parallel.ForEachAsync(Enumerable.Range(0, rows.Count),
            new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = request.Ct },
            async (i, ct) => runs[i] = rows[i].LastStart is null ? []
                : (await service.RunsAsync(rows[i].Name, Strip.Runs, null, ct)).Items);
        var now = clock.GetUtcNow();
        var failing = all.Count(s => s.Health == Health.Failing);
        var troubles = shown.Where(s => s.HealthReason is not null && (s.Health is Health.Failing or Health.Degraded
            || s.HealthFix is not null))
            .ToList();
        await Layout.WriteAsync(request, access, failing > 0 ? $"({failing}) Syncs" : "Syncs", Html.Of($"""
            <h1>{Headline(all)}</h1>
            <p class="quiet lead">{Summary(all, now)}</p>
            {Components.Notice(request.Query("done"))}
            {service.Project.Problems.Where(OfNoSync).Select(p =>
                Components.Problem(new Problem(ProblemKind.Configuration, p.Message, $"{p.File}:{p.Line}:{p.Column}", p.Fix)))}
            {Html.If(troubles.Count > 0, () => Troubles(troubles, request.Session))}
            {Html.If(search is null && only is null, () => Flow.Of(all, service.Project))}
            <h2 id="syncs">Syncs</h2>
            <div class="bar-above"><nav class="tiles" aria-label="Show">{Tiles(all, only)}</nav>
            <form class="search" role="search" method="get" action="/api/status" aria-label="Syncs">
            <label class="unseen" for="search">Search syncs</label>
            <input id="search" name="search" type="search" placeholder="Name of a sync" value="{search}">
            <button>Search</button></form></div>
            {(all.Count == 0 ? Html.Of($"""<p class="quiet">This project has no syncs yet: add a file to syncs/.</p>""")
                : shown.Count == 0 ? Html.Of($"""<p class="quiet">No sync fits.</p>""") : Table(rows, runs, request.Session, now))}
            {Html.If(shown.Count > RowsShown, () => More(from, shown.Count, $"show={only}&search={Uri.EscapeDataString(search ?? "")}"))}
            """), refresh: true, here: "Overview");
    }

    private static Html More(int from, int all, string query) => Html.Of($"""
        <p class="links">
        <span class="quiet">{from + 1} to {Math.Min(all, from + RowsShown)} of {Words.Count(all)}, by health and name</span>
        {Html.If(from > 0, () => Html.Of($"""<a href="/api/status?{query}&amp;from={Math.Max(0, from - RowsShown)}#syncs">Back</a>"""))}
        {Html.If(from + RowsShown < all, () =>
            Html.Of($"""<a href="/api/status?{query}&amp;from={from + RowsShown}#syncs">More</a>"""))}</p>
        """);

    // What is wrong with a sync's definition stands with the sync.
    private bool OfNoSync(DefinitionProblem problem) =>
        service.Project.Broken.All(b => b.Problem.Place?.StartsWith(problem.File, StringComparison.Ordinal) != true);

    private static Html Troubles(IReadOnlyList<SyncStatus> troubles, ApiSession session) => Html.Of($"""
        <div class="troubles">{troubles.Take(TroublesShown).Select(s => Trouble(s, session))}</div>
        {Html.If(troubles.Count > TroublesShown, () =>
            Html.Of($"""<p class="quiet">And {troubles.Count - TroublesShown} more, below.</p>"""))}
        """);

    private static Html Trouble(SyncStatus sync, ApiSession session) => Html.Of($"""
        <section class="trouble card {Components.Word(sync.Health)}"><div>
        <h2>{Components.Badge(Components.Word(sync.Health))} <a href="/api/status/syncs/{sync.Name}">{sync.Name}</a></h2>
        <p>{sync.HealthReason}</p>{(sync.HealthFix is { } fix ? Html.Of($"""<p class="quiet">{fix}</p>""") : Html.None)}</div>
        <div class="do">{Html.If(sync.NotFound + sync.Rejected + sync.Invalid + sync.GivenUp > 0, () => Reasons(sync.Name))}
        {Html.If(sync.Error is null, () =>
            Components.Button(session, $"/api/status/syncs/{sync.Name}/plan", "Dry run", sync.Name))}</div></section>
        """);

    private static Html Reasons(string sync) =>
        Html.Of($"""<a class="button" href="/api/status/syncs/{sync}/problems" aria-label="Reasons of {sync}">Reasons</a>""");

    private static Html Table(IReadOnlyList<SyncStatus> syncs, IReadOnlyList<RunReport>[] runs, ApiSession session, DateTimeOffset now) =>
        Components.Table(syncs.Select((s, i) => Row(s, runs[i], session, now)), "Sync", "Health", $"Last {Strip.Runs} runs", "Newest data",
            "#In step", "Next run", "");

    private static Html Row(SyncStatus sync, IReadOnlyList<RunReport> runs, ApiSession session, DateTimeOffset now) => Html.Of($"""
        <tr><th scope="row"><a href="/api/status/syncs/{sync.Name}">{sync.Name}</a>{(sync is { Object: { } target, Behavior: { } behavior }
            ? Html.Of($"""<br><span class="quiet">{Words.Noun(target)}s, {Components.Spoken(behavior)}</span>""") : Html.None)}</th>
        {Components.Cell("Health", Html.Of($"{Components.Badge(Components.Word(sync.Health))} {Html.If(sync.ActiveRun is not null,
            () => Components.Badge(Components.Word(sync.State)))}"))}
        {Components.Cell("Last runs", Strip.Of(runs), "runs")}
        {Components.Cell("Newest data", Parts.Newest(sync, now))}
        {Components.Cell("In step", Html.Of($"{Parts.InStep(sync)}{Trends.InStep(runs)}"), "number")}
        {Components.Cell("Next run", Parts.NextRun(sync, now))}
        <td class="actions">{Parts.RunOrCancel(sync, session)}</td></tr>

        """);

    private static IEnumerable<Html> Tiles(IReadOnlyList<SyncStatus> all, string? only) =>
        _order.Select(h => (Word: Components.Word(h), Count: all.Count(s => s.Health == h))).Where(t => t.Count > 0 || t.Word == only)
            .Select(t => Tile(t.Word, t.Word, t.Count, only)).Prepend(Tile(null, "all", all.Count, only));

    private static Html Tile(string? health, string label, int count, string? only) => Html.Of($"""
        <a class="tile {health ?? "every"}" href="/api/status{(health is null ? "" : "?show=" + health)}"{(health == only
            ? Html.Of($" aria-current=\"true\"") : Html.None)}><strong>{count}</strong> {label}</a>
        """);

    private static string Headline(IReadOnlyList<SyncStatus> all)
    {
        var (failing, degraded) = (all.Count(s => s.Health == Health.Failing), all.Count(s => s.Health == Health.Degraded));
        var waits = all.Any(s => s.Health == Health.Idle && s.HealthFix is not null);
        return (failing, degraded) switch
        {
            (0, 0) when all.Count == 0 => "No syncs",
            (0, 0) when waits => "A paused sync has a problem",
            (0, 0) when all.All(s => s.Health == Health.Idle) => "Nothing has run yet, or all is paused",
            (0, 0) => all.Any(s => s.InStep != s.InStepOf) ? "Every sync works" : "Everything is in step",
            (0, _) => degraded == 1 ? "1 sync is degraded" : $"{degraded} syncs are degraded",
            _ => (failing == 1 ? "1 sync is failing" : $"{failing} syncs are failing") + (degraded > 0 ? $", {degraded} degraded" : ""),
        };
    }

    private static string Summary(IReadOnlyList<SyncStatus> all, DateTimeOffset now)
    {
        var newest = all.Select(s => s.CursorAt ?? s.DataAsOf).Where(t => t is not null).Max();
        var (inStep, of) = (all.Sum(s => s.InStep ?? 0), all.Sum(s => s.InStepOf ?? 0));
        return $"{Words.Count(all.Count)} sync{(all.Count == 1 ? "" : "s")}, {Words.Count(inStep)} of {Words.Count(of)} records in step."
            + (newest is { } at ? $" Newest data in Pendo is {Components.Coarse(now - at)} old." : "");
    }
}
