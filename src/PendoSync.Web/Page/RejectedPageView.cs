using PendoSync.Operations;
using PendoSync.Reports;
using PendoSync.Web.Http;

namespace PendoSync.Web.Page;

/// <summary>Rejected records of a sync with rule and reason, and a search.</summary>
internal sealed class RejectedPageView(SyncService service, ApiAccess access, TimeProvider clock)
{
    private const int Shown = 100;

    public async Task ShowAsync(ApiRequest request)
    {
        var name = service.KnownSync(request);
        var search = request.Query("search");
        var page = await service.RejectedAsync(name, Shown, request.Query("after"), search, request.Ct);
        await Layout.WriteAsync(request.Context, $"Rejected records of {name}", Html.Of($"""
            <nav class="crumbs" aria-label="You are here"><a href="/api/status">Syncs</a> /
            <a href="/api/status/syncs/{name}">{name}</a></nav>
            <h1>Rejected records</h1>
            <form class="search" role="search" method="get" action="/api/status/syncs/{name}/rejected">
            <label for="search">Search key, rule or reason</label>
            <input id="search" name="search" type="search" value="{search}"><button>Search</button></form>
            <p class="quiet">{Count(page, search)} Keys are shown, values never.</p>
            {(page.Items.Count == 0 ? Html.None : Table(page.Items))}
            <p class="links">{(page.Next is { } next
                ? Html.Of($"""<a href="/api/status/syncs/{name}/rejected?after={next}&amp;search={Uri.EscapeDataString(search ?? "")}">More</a>""")
                : Html.None)}
            <a href="/api/syncs/{name}/rejected?format=csv">All as CSV</a>
            <a href="/api/syncs/{name}/rejected?format=ndjson">as NDJSON</a></p>
            """), refresh: false, Parts.Logout(access, request.Session));
    }

    private Html Table(IReadOnlyList<RejectedItem> items)
    {
        var now = clock.GetUtcNow();
        return Html.Of($"""
            <table class="cards"><thead><tr><th scope="col">Key</th><th scope="col">Outcome</th><th scope="col">Rule</th>
            <th scope="col">Reason</th><th scope="col" class="number">Tries</th><th scope="col">First</th>
            <th scope="col">Last</th><th scope="col">Next try</th></tr></thead><tbody>
            {items.Select(r => Html.Of($"""
            <tr><th scope="row" class="key">{r.Key ?? "(no key)"}</th><td data-label="Outcome">{Components.Badge(r.Outcome)}</td>
            <td data-label="Rule">{r.Rule}</td><td data-label="Reason">{r.Reason}</td><td data-label="Tries" class="number">{r.Tries}</td>
            <td data-label="First">{Components.Time(r.First, now)}</td><td data-label="Last">{Components.Time(r.Last, now)}</td>
            <td data-label="Next try">{(r.NextDue is null
                ? Html.Of($"""<span class="quiet">when its row changes</span>""") : Components.Time(r.NextDue, now))}</td></tr>
            """))}
            </tbody></table>
            """);
    }

    private static string Count(RejectedPage page, string? search) => (page.Total, search) switch
    {
        (0, null) => "No record is rejected.",
        (0, _) => $"No rejected record fits '{search}'.",
        (1, _) => "1 record.",
        _ => $"{Words.Count(page.Total)} records.",
    };
}
