using PendoSync.Operations;
using PendoSync.State;
using PendoSync.Web.Http;

namespace PendoSync.Web.Page;

/// <summary>The runs of all syncs in one list.</summary>
internal sealed class RunsPage(SyncService service, ApiAccess access, TimeProvider clock)
{
    private const int Shown = 50;

    public async Task ShowAsync(ApiRequest request)
    {
        var sync = request.Query("sync") is { } name && service.Knows(name) ? name : null;
        var word = request.Query("state");
        var state = Enum.GetValues<RunState>().Cast<RunState?>().FirstOrDefault(s => s!.Value.Word() == word);
        var page = await service.AllRunsAsync(sync, state, Shown, request.Query("after"), request.Ct);
        await Layout.WriteAsync(request, access, "Runs", Html.Of($"""
            <h1>Runs</h1>
            <form class="search" method="get" action="/api/status/runs">
            <span><label for="of-sync">Sync</label> <select id="of-sync" name="sync"><option value="">all</option>
            {service.Project.Names.Select(n => Option(n, n, sync))}</select></span>
            <span><label for="in-state">State</label> <select id="in-state" name="state"><option value="">any</option>
            {Enum.GetValues<RunState>().Select(s => Option(s.Word(), Components.Spoken(s), state?.Word()))}</select></span>
            <button>Show</button></form>
            {Components.Runs(page.Items, clock.GetUtcNow(), named: true)}
            {(page.Next is { } next ? Html.Of($"""
                <p class="links"><a href="/api/status/runs?after={next}&amp;sync={sync}&amp;state={state?.Word()}">Older runs</a></p>
                """) : Html.None)}
            """), refresh: true, here: "Runs", sync: sync);
    }

    private static Html Option(string value, string text, string? chosen) =>
        Html.Of($"""<option value="{value}"{(value == chosen ? Html.Of($" selected") : Html.None)}>{text}</option>""");
}
