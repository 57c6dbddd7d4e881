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
            <nav class="crumbs" aria-label="You are here"><a href="/api/status">Overview</a> /
            <a href="/api/status/syncs/{name}">{name}</a></nav>
            <h1>Problems</h1>
            <form class="search" role="search" method="get" action="/api/status/syncs/{name}/problems" aria-label="Search problems">
            <label for="search">Search key, outcome, rule or reason</label>
            <input id="search" name="search" type="search" value="{search}"><button>Search</button></form>
            <p class="quiet">{Count(page, search)} Keys are shown, values never.</p>
            {Html.If(page.Groups.Count > 0, () => Html.Of($"""<h2>In groups</h2>{ProblemGroups.Table(name, page.Groups, now)}<h2>Records</h2>{Table(name, page.Items, now)}"""))}
            <p class="links">{(page.Next is { } next
                ? Html.Of($"""<a href="/api/status/syncs/{name}/problems?after={next}&amp;search={Uri.EscapeDataString(search ?? "")}">More</a>""")
                : Html.None)}
            <a href="/api/syncs/{name}/problems?format=csv">All as CSV</a>
            <a href="/api/syncs/{name}/problems?format=ndjson">as NDJSON</a></p>
            """), sync: name);
    }

    private static Html Table(string sync, IReadOnlyList<RejectedItem> items, DateTimeOffset now) => Html.Of($"""
        <table class="cards"><thead><tr><th scope="col">Key</th><th scope="col">Outcome</th>
        <th scope="col">Reason</th><th scope="col" class="number">Tries</th><th scope="col">First</th>
        <th scope="col">Last</th><th scope="col">Retry scheduled</th></tr></thead><tbody>
        {items.Select(r => Html.Of($"""
        <tr><th scope="row">{(r.Key is { } key ? Parts.Record(sync, key) : Html.Of($"(no key)"))}</th>
        <td data-label="Outcome">{Components.Badge(r.Outcome)}</td>
        <td data-label="Reason">{r.Reason ?? r.Rule}</td><td data-label="Tries" class="number">{r.Tries}</td>
        <td data-label="First">{Components.Time(r.First, now)}</td><td data-label="Last">{Components.Time(r.Last, now)}</td>
        <td data-label="Retry scheduled">{(r.NextDue is null
            ? Html.Of($"""<span class="quiet">when its row changes</span>""") : Components.Time(r.NextDue, now))}</td></tr>
        """))}
        </tbody></table>
        """);

    private static string Count(ProblemsPage page, string? search) => (page.Total, search) switch
    {
        (0, null) => "Nothing is refused.",
        (0, _) => $"Nothing fits '{search}'.",
        (1, _) => "1 record.",
        _ => $"{Words.Count(page.Total)} records.",
    };
}
