using PendoSync.Operations;
using PendoSync.Reports;
using PendoSync.State;
using PendoSync.Web.Http;

namespace PendoSync.Web.Page;

/// <summary>Every sync on one page: is everything in step, what needs somebody.</summary>
internal sealed class OverviewPage(SyncService service, ApiAccess access, TimeProvider clock)
{
    public async Task ShowAsync(ApiRequest request)
    {
        var all = (await service.StatusAsync(request.Ct)).Items;
        var (search, only) = (request.Query("search"), request.Query("show"));
        var shown = all.Where(s => (search is null || s.Name.Contains(search, StringComparison.OrdinalIgnoreCase))
            && (only is null || only == GroupOf(s))).ToList();
        var groups = all.GroupBy(GroupOf).ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);
        await Layout.WriteAsync(request.Context, Title(groups), Html.Of($"""
            <h1>{Headline(all, groups)}</h1>
            {Components.Notice(request.Query("done"))}
            {service.Project.Problems.Select(p =>
                Components.Problem(new Problem(ProblemKind.Configuration, p.Message, $"{p.File}:{p.Line}:{p.Column}", p.Fix)))}
            <nav class="tiles" aria-label="Show">{Tile(null, "all", all.Count, only)}{Tiles(groups, only)}</nav>
            <form class="search" role="search" method="get" action="/api/status">
            <label for="search">Search syncs</label><input id="search" name="search" type="search" value="{search}">
            <button>Search</button></form>
            {(all.Count == 0 ? Html.Of($"""<p class="quiet">This project has no syncs yet: add a file to syncs/.</p>""")
                : shown.Count == 0 ? Html.Of($"""<p class="quiet">No sync fits.</p>""") : Table(shown, request.Session))}
            """), refresh: true, Parts.Logout(access, request.Session));
    }

    private Html Table(IReadOnlyList<SyncStatus> syncs, ApiSession session)
    {
        var now = clock.GetUtcNow();
        return Html.Of($"""
            <table class="cards"><thead><tr><th scope="col">Sync</th><th scope="col">State</th><th scope="col">Last run</th>
            <th scope="col">Last success</th><th scope="col">Next run</th><th scope="col" class="number">In step</th>
            <th scope="col"><span class="unseen">Actions</span></th></tr></thead><tbody>
            {syncs.Select(s => Row(s, session, now))}
            </tbody></table>
            """);
    }

    private static Html Row(SyncStatus sync, ApiSession session, DateTimeOffset now) => Html.Of($"""
        <tr><th scope="row"><a href="/api/status/syncs/{sync.Name}">{sync.Name}</a></th>
        <td data-label="State">{Components.Badge(Components.Word(sync.State))}</td><td data-label="Last run">{Parts.LastRun(sync)}</td>
        <td data-label="Last success">{Components.Time(sync.LastSuccess, now)}</td>
        <td data-label="Next run">{Parts.NextRun(sync, now)}</td>
        <td data-label="In step" class="number">{Parts.InStep(sync)}</td><td class="actions">{Parts.RunOrCancel(sync, session)}</td></tr>

        """);

    private static IEnumerable<Html> Tiles(IReadOnlyDictionary<string, int> groups, string? only) =>
        new[] { ("attention", "need somebody"), ("running", "running"), ("in-step", "in step"), ("paused", "paused"), ("new", "never ran") }
            .Where(t => groups.ContainsKey(t.Item1) || t.Item1 == only)
                .Select(t => Tile(t.Item1, t.Item2, groups.GetValueOrDefault(t.Item1), only));

    private static Html Tile(string? group, string label, int count, string? only) => Html.Of($"""
        <a class="tile {group ?? "every"}" href="/api/status{(group is null ? "" : "?show=" + group)}"{(group == only
            ? Html.Of($" aria-current=\"true\"") : Html.None)}><strong>{count}</strong> {label}</a>
        """);

    private static string GroupOf(SyncStatus sync) => sync switch
    {
        { Error: not null } => "attention",
        { Paused: true } => "paused",
        { ActiveRun: not null } => "running",
        { LastRun: null } => "new",
        { LastRun.State: RunState.Failed or RunState.Stopped or RunState.Partial } => "attention",
        _ => "in-step",
    };

    private static string Headline(IReadOnlyList<SyncStatus> all, IReadOnlyDictionary<string, int> groups) =>
        groups.GetValueOrDefault("attention") switch
        {
            > 0 and var some => some == 1 ? "1 sync needs somebody" : $"{some} syncs need somebody",
            _ when all.Count == 0 => "No syncs",
            _ when groups.ContainsKey("running") => "Syncs are running",
            _ when groups.ContainsKey("in-step") => "Everything is in step",
            _ => "Syncs",
        };

    private static string Title(IReadOnlyDictionary<string, int> groups) => groups.GetValueOrDefault("attention") is > 0 and var some
        ? $"({some}) Syncs" : "Syncs";
}
