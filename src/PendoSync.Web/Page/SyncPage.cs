using System.Globalization;
using PendoSync.Definitions;
using PendoSync.Operations;
using PendoSync.Reports;
using PendoSync.State;
using PendoSync.Web.Http;

namespace PendoSync.Web.Page;

/// <summary>One sync: how it is, what it does, how it went, what is refused.</summary>
internal sealed class SyncPage(SyncService service, ApiAccess access, TimeProvider clock)
{
    private const int RunsShown = 20;
    private const int RunsCharted = 3000;

    public async Task ShowAsync(ApiRequest request)
    {
        var name = service.KnownSync(request);
        var sync = await service.SyncAsync(name, request.Ct);
        var after = request.Query("after");
        var recent = await RecentAsync(name, request.Ct);
        var runs = after is null ? new ItemPage<RunReport>([.. recent.Take(RunsShown)], recent.Count > RunsShown
            ? recent[RunsShown - 1].RunId
            : null) : await service.RunsAsync(name, RunsShown, after, request.Ct);
        var problems = await service.ProblemsAsync(name, null, 1, null, null, request.Ct);
        var now = clock.GetUtcNow();
        await Layout.WriteAsync(request, access, name, Html.Of($"""
            {Components.Crumbs()}
            <h1>{name} {Components.Badge(Components.Word(sync.Health))}
            {Html.If(sync.ActiveRun is not null || sync.Paused, () => Components.Badge(Components.Word(sync.State)))}</h1>
            {Components.Notice(request.Query("done"))}
            {Trouble(sync)}
            {Html.If(sync.InDoubt, () => Doubt(sync, request.Session, now))}
            <div class="buttons">{Buttons(sync, request.Session)}</div>
            {Facts(sync, recent, problems.Total, now)}
            <div class="two"><section class="card"><h2>Last 30 days</h2>{Trends.Of(recent, now)}{Strip.Of(recent)}</section>
            {(service.Project.Find(name) is { } definition ? DefinitionCard.Of(definition) : Html.None)}</div>
            {DriftCard.Of(sync.Verified, now)}
            <h2>Problems, in groups</h2>
            {ProblemGroups.Table(name, problems.Groups, now)}
            {Html.If(problems.Total > 0, () => Html.Of($"""
                <p class="links"><a href="/api/status/syncs/{name}/problems">All {Words.Count(problems.Total)} records</a></p>
                """))}
            <h2>Runs</h2>
            {Components.Runs(runs.Items, now)}
            <p class="links">{(runs.Next is { } next
                ? Html.Of($"""<a href="/api/status/syncs/{name}?after={next}">Older runs</a>""") : Html.None)}
            <a href="/api/syncs/{name}/runs?format=csv">Runs as CSV</a>
            <a href="/api/syncs/{name}/runs?format=ndjson">as NDJSON</a></p>
            """), refresh: true, sync: name);
    }

    private async Task<List<RunReport>> RecentAsync(string name, CancellationToken ct)
    {
        var runs = new List<RunReport>();
        string? after = null;
        do
        {
            var page = await service.RunsAsync(name, SyncService.MaxPage, after, ct);
            runs.AddRange(page.Items);
            after = page.Next;
        }
        while (after is not null && runs.Count < RunsCharted);
        return runs;
    }

    private static Html Trouble(SyncStatus sync) => sync is { HealthReason: { } reason, Health: not Health.Healthy } ? Html.Of($"""
        <div class="trouble card {Components.Word(sync.Health)}"><div><p>{reason}</p>
        {(sync.HealthFix is { } fix ? Html.Of($"""<p class="quiet">{fix}</p>""") : Html.None)}</div></div>
        """) : Html.None;

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

        if (sync.Error is null)
        {
            yield return Components.Button(session, path + "/plan", "Dry run", sync.Name);
            yield return Components.Button(session, path + "/check", "Check", sync.Name);
            if (sync.Object is not PendoObject.TrackEvent)
                yield return Components.Button(session, path + "/compare", "Compare with Pendo", sync.Name);
            if (sync is { Object: not PendoObject.TrackEvent, LastSuccess: null, ActiveRun: null })
                yield return Components.Button(session, path + "/adopt", "Adopt what is in Pendo", sync.Name);
        }

        yield return sync.Paused ? Components.Button(session, path + "/resume", "Resume", sync.Name)
            : Components.Button(session, path + "/pause", "Pause", sync.Name);
    }

    private static Html Doubt(SyncStatus sync, ApiSession session, DateTimeOffset now) => Html.Of($"""
        <section class="problem" aria-label="Restored state">
        <p><strong>The state is older than what was sent last, as after restoring a backup. No event is sent until you say which of
        them were sent.</strong></p>
        <form method="post" action="/api/status/syncs/{sync.Name}/doubt">
        <input type="hidden" name="{CrossSite.TokenField}" value="{session.FormToken}">
        <label for="sent_until">Sent until</label>
        <input id="sent_until" name="sent_until" required value="{Components.Exact(now)}">
        <button>Count those as sent</button></form>
        {Components.Button(session, $"/api/status/syncs/{sync.Name}/doubt", "Send all", $"events of {sync.Name} again",
            "danger")}</section>
        """);

    private static Html Facts(SyncStatus sync, IReadOnlyList<RunReport> runs, long problems, DateTimeOffset now) => Html.Of($"""
        <dl class="facts">
        <div><dt>In step{(sync.InStepAt is { } at ? Html.Of($", as of {Components.Time(at, now)}") : Html.None)}</dt>
        <dd>{Parts.InStep(sync)}{Trends.InStep(runs)}</dd></div>
        {Components.Fact("Newest data in Pendo", Parts.Newest(sync, now), sync.Cursor is { } cursor ? "cursor " + cursor : null)}
        {Components.Fact("Last success", Components.Time(sync.LastSuccess, now))}
        {Components.Fact("Next run", Parts.NextRun(sync, now), sync.Schedule)}
        {Components.Fact("Refused", Html.Of($"""
            <a href="/api/status/syncs/{sync.Name}/problems">{Words.Count(problems)} {(problems == 1 ? "record" : "records")}</a>
            """))}
        {(sync.ActiveRun?.RunId is { } run ? Html.Of($"""
            <div><dt>Active run</dt><dd class="small"><a href="/api/status/runs/{run}">{run}</a></dd></div>
            """) : Html.None)}
        </dl>
        {Html.If(sync.NextTimes.Count > 1, () => Html.Of($"""
            <p class="quiet small">Then {string.Join(", ", sync.NextTimes.Skip(1).Select(t =>
                t.ToString("ddd yyyy-MM-dd HH:mm:sszzz", CultureInfo.InvariantCulture)))}</p>
            """))}
        """);
}
