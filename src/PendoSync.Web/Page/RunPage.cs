using PendoSync.Operations;
using PendoSync.Reports;
using PendoSync.State;
using PendoSync.Web.Http;

namespace PendoSync.Web.Page;

/// <summary>One run: what became of its rows, its batches, how fast, and when.</summary>
internal sealed class RunPage(SyncService service, StateStore state, ApiAccess access, TimeProvider clock)
{
    public async Task ShowAsync(ApiRequest request)
    {
        var run = await service.RunAsync(request.RunId, request.Ct)
            ?? throw new ApiException(404, $"there is no run '{request.RunId}'", request.RunId, "Runs are kept 30 days.");
        var active = (await service.SyncAsync(run.Sync, request.Ct)).ActiveRun;
        // The active run's report knows what this process is doing right now.
        run = active is not null && active.RunId == run.RunId ? active : run;
        var batches = await RunBatches.ReadAsync(state, run.Sync, request.RunId, request.Ct);
        var now = clock.GetUtcNow();
        var groups = run.Refused == 0 ? [] : await service.GroupsOfRunAsync(run, request.Ct);
        await Layout.WriteAsync(request, access, $"Run of {run.Sync}", Html.Of($"""
            <nav class="crumbs" aria-label="You are here"><a href="/api/status">Overview</a> / <a href="/api/status/syncs/{run.Sync}">{run.Sync}</a></nav>
            <h1>Run {Components.Badge(Components.Word(run.State))}</h1>
            <p class="quiet id">{run.RunId}</p>
            {Components.Notice(request.Query("done"))}
            {Components.Problem(run.Error)}
            {run.Notices.Select(n => Html.Of($"""<p class="notice">{n}</p>"""))}
            <div class="buttons">{Html.If(run.EndedAt is null, () => Components.Button(request.Session, $"/api/status/runs/{run.RunId}/cancel", "Cancel", $"this run of {run.Sync}", "danger"))}</div>
            {(run is { HealthReason: { } reason, Error: null } ? Html.Of($"""<div class="trouble card {Components.Word(run.Health)}"><div><p>{reason}</p><p class="quiet">{run.HealthFix}</p></div></div>""") : Html.None)}
            {OutcomeBar.Large(run)}
            {Facts(run, batches)}
            {Changed(run)}
            {Html.If(groups.Count > 0, () => Html.Of($"""<h2>Problems, in groups</h2>{ProblemGroups.Table(run.Sync, groups, now)}"""))}
            <h2>Timeline</h2>
            {Timeline(run, batches, now)}
            {RunBatches.Chart(batches)}
            {RunBatches.Table(batches)}
            <p class="links"><a href="/api/status/syncs/{run.Sync}/problems">Problems of this sync</a></p>
            """), refresh: run.EndedAt is null, sync: run.Sync);
    }

    private static Html Changed(RunReport run) => run.Reasons is not { } why || run.Planned == 0 ? Html.None : Html.Of($"""
        <h2>What changed</h2>
        <p>{string.Join(", ", new[] { (why.New, "new"), (why.Changed, "changed"), (why.Retry, "tried again"), (why.Mapping, "sent because of the definition or a full run") }.Where(w => w.Item1 > 0).Select(w => $"{Words.Count(w.Item1)} {w.Item2}"))}. {Html.If(run.Sample.Count > 0, () => Html.Of($"For example {run.Sample.Select(k => Parts.Record(run.Sync, k))}"))}</p>
        """);

    private static Html Facts(RunReport run, RunBatches batches)
    {
        return Html.Of($"""
            <dl class="facts">
            <div><dt>Started by</dt><dd>{run.Trigger}, {Components.Word(run.Mode)}{(run.Full ? ", full read" : "")}</dd></div>
            <div><dt>Took</dt><dd>{Components.Duration(TimeSpan.FromSeconds(run.Seconds))}</dd></div>
            <div><dt>Batches answered</dt><dd>{Words.Count(batches.Answered)}{(batches.Planned > 0 ? $" of {Words.Count(batches.Planned)}" : "")}</dd></div>
            <div><dt>Calls to Pendo</dt><dd>{Words.Count(run.Calls)}{Words.Pace(run)}</dd></div>
            <div><dt>Rows read</dt><dd>{PerSecond(run.Read, run.Seconds)}</dd></div>
            <div><dt>Records sent</dt><dd>{PerSecond(run.Sent, run.Seconds)}</dd></div>
            </dl>
            """);
    }

    private static Html Timeline(RunReport run, RunBatches batches, DateTimeOffset now) => Html.Of($"""
        <ol class="timeline">{Moment("Asked for", run.RequestedAt, now)}{Moment("Reading began", run.StartedAt, now)}{Moment("First batch answered", batches.First, now)}{Moment("Last batch answered", batches.Last, now)}{Moment("Ended", run.EndedAt, now)}</ol>
        """);

    private static Html Moment(string what, DateTimeOffset? at, DateTimeOffset now) => at is not { } time ? Html.None
        : Html.Of($"""<li><span>{what}</span> {Components.Time(time, now)} <span class="quiet">{Components.Readable(time)}</span></li>""");

    private static string PerSecond(long records, double seconds) =>
        seconds <= 0 ? Words.Count(records) : $"{Words.Count(records)} ({Words.Count((long)(records / seconds))} a second)";
}
