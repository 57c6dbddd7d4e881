using PendoSync.Definitions;
using PendoSync.Operations;
using PendoSync.Reports;
using PendoSync.Web.Http;

namespace PendoSync.Web.Page;

/// <summary>What is refused of a sync: groups first, then records, with a search.</summary>
internal sealed class ProblemsPageView(SyncService service, ApiAccess access, TimeProvider clock)
{
    private const int Shown = 100;

    public async Task ShowAsync(ApiRequest request)
    {
        var name = service.KnownSync(request);
        var search = request.Query("search");
        var page = await service.ProblemsAsync(name, null, Shown, request.Query("after"), search, request.Ct);
        var now = clock.GetUtcNow();
        await Layout.WriteAsync(request, access, $"Problems of {name}", Html.Of($"""
            {Components.Crumbs(name)}
            <h1>Problems</h1>
            <form class="search" role="search" method="get" action="/api/status/syncs/{name}/problems" aria-label="Search problems">
            <label for="search">Search key, outcome, rule or reason</label>
            <input id="search" name="search" type="search" value="{search}"><button>Search</button></form>
            <p class="quiet">{Count(page, search)} Keys are shown, values never.</p>
            {Html.If(page.Groups.Count > 0, () => Html.Of($"""
                <h2>In groups</h2>{ProblemGroups.Table(name, page.Groups, now)}
                <h2>Records</h2>{Table(name, page.Items, service.Project.Find(name), now)}
                """))}
            <p class="links">{(page.Next is { } next ? More(name, next, search ?? "") : Html.None)}
            <a href="/api/syncs/{name}/problems?format=csv">All as CSV</a>
            <a href="/api/syncs/{name}/problems?format=ndjson">as NDJSON</a></p>
            """), sync: name);
    }

    private static Html More(string sync, string next, string search) =>
        Html.Of($"""<a href="/api/status/syncs/{sync}/problems?after={next}&amp;search={Uri.EscapeDataString(search)}">More</a>""");

    private static Html Table(string sync, IReadOnlyList<RejectedItem> items, SyncDefinition? definition, DateTimeOffset now) =>
        Components.Table(items.Select(r => Row(sync, r, r.NextTry(definition), now)), "Key", "Outcome", "Reason", "#Tries", "First", "Last",
            "Retry scheduled");

    private static Html Row(string sync, RejectedItem item, string? nextTry, DateTimeOffset now) => Html.Of($"""
        <tr><th scope="row">{(item.Key is { } key ? Parts.Record(sync, key) : Html.Of($"(no key)"))}</th>
        {Components.Cell("Outcome", Components.Badge(item.Outcome))}{Components.Cell("Reason", Html.Of($"{item.Reason ?? item.Rule}"))}
        {Components.Cell("Tries", item.Tries)}{Components.Cell("First", Components.Time(item.First, now))}
        {Components.Cell("Last", Components.Time(item.Last, now))}
        {Components.Cell("Retry scheduled", nextTry is not null ? Html.Of($"""<span class="quiet">{nextTry}</span>""")
            : Components.Time(item.NextDue, now))}</tr>
        """);

    private static string Count(ProblemsPage page, string? search) => (page.Total, search) switch
    {
        (0, null) => "Nothing is refused.",
        (0, _) => $"Nothing fits '{search}'.",
        (1, _) => "1 record.",
        _ => $"{Words.Count(page.Total)} records.",
    };
}
