using System.Globalization;
using PendoSync.Operations;
using PendoSync.Reports;
using PendoSync.Web.Http;

namespace PendoSync.Web.Page;

/// <summary>One sync: where it stands, its buttons, its runs.</summary>
internal sealed class SyncPage(SyncService service, ApiAccess access, TimeProvider clock)
{
    private const int RunsShown = 20;

    public async Task ShowAsync(ApiRequest request)
    {
        var name = service.KnownSync(request);
        var sync = await service.SyncAsync(name, request.Ct);
        var runs = await service.RunsAsync(name, RunsShown, request.Query("after"), request.Ct);
        var rejected = await service.RejectedAsync(name, 1, null, null, request.Ct);
        var now = clock.GetUtcNow();
        await Layout.WriteAsync(request.Context, name, Html.Of($"""
            <nav class="crumbs" aria-label="You are here"><a href="/api/status">Syncs</a></nav>
            <h1>{name} {Components.Badge(Components.Word(sync.State))}</h1>
            {Components.Notice(request.Query("done"))}
            {Components.Problem(sync.Error ?? sync.LastRun?.Error)}
            <div class="buttons">{Buttons(sync, request.Session)}</div>
            {Facts(sync, rejected.Total, now)}
            <h2>Runs</h2>
            {Components.Runs(runs.Items, now)}
            <p class="links">{(runs.Next is { } next
                ? Html.Of($"""<a href="/api/status/syncs/{name}?after={next}">Older runs</a>""") : Html.None)}
            <a href="/api/syncs/{name}/runs?format=csv">Runs as CSV</a>
            <a href="/api/syncs/{name}/runs?format=ndjson">as NDJSON</a></p>
            """), refresh: true, Parts.Logout(access, request.Session));
    }

    private static IEnumerable<Html> Buttons(SyncStatus sync, ApiSession session)
    {
        var path = $"/api/status/syncs/{sync.Name}";
        if (sync.ActiveRun?.RunId is { } run)
            yield return Components.Button(session, $"/api/status/runs/{run}/cancel", "Cancel", $"the run of {sync.Name}", "danger");
        if (sync is { Paused: false, ActiveRun: null, Error: null })
        {
            yield return Components.Button(session, path + "/run", "Run now", sync.Name, "main");
            yield return Components.Button(session, path + "/run", "Run full", sync.Name, extra: ("mode", "full"));
        }

        yield return sync.Paused ? Components.Button(session, path + "/resume", "Resume", sync.Name)
            : Components.Button(session, path + "/pause", "Pause", sync.Name);
    }

    private static Html Later(SyncStatus sync)
    {
        var times = sync.NextTimes.Skip(1).Select(t => t.ToString("ddd yyyy-MM-dd HH:mm:sszzz", CultureInfo.InvariantCulture));
        return Html.If(sync.NextTimes.Count > 1, () => Html.Of($"<div><dt>Then</dt><dd>{string.Join(", ", times)}</dd></div>"));
    }

    private static Html Facts(SyncStatus sync, long rejected, DateTimeOffset now) => Html.Of($"""
        <dl class="facts">
        {(sync is { Object: { } target, Behavior: { } behavior } ? Html.Of($"""
        <div><dt>Sends</dt><dd>{Components.Word(target)}s, {Components.Word(behavior)}</dd></div>
        <div><dt>From</dt><dd>{sync.Warehouse}</dd></div>
        <div><dt>To</dt><dd>{sync.Pendo}</dd></div>
        """) : Html.None)}
        <div><dt>Schedule</dt><dd>{sync.Schedule
            ?? (sync.After.Count > 0 ? "after " + string.Join(", ", sync.After) : "by hand")}</dd></div>
        <div><dt>Last success</dt><dd>{Components.Time(sync.LastSuccess, now)}</dd></div>
        <div><dt>Next run</dt><dd>{Parts.NextRun(sync, now)}</dd></div>
        {Later(sync)}
        <div><dt>Records in step</dt><dd>{Parts.InStep(sync)}</dd></div>
        <div><dt>Rejected</dt><dd><a href="/api/status/syncs/{sync.Name}/rejected">{Words.Count(rejected)}
        {(rejected == 1 ? "record" : "records")}</a></dd></div>
        {(sync.Cursor is { } cursor ? Html.Of($"<div><dt>Cursor</dt><dd>{cursor}</dd></div>") : Html.None)}
        {(sync.ActiveRun?.RunId is { } run
            ? Html.Of($"""<div><dt>Active run</dt><dd><a href="/api/status/runs/{run}">{run}</a></dd></div>""") : Html.None)}
        </dl>
        """);
}
