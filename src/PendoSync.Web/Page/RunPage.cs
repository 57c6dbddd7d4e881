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
            {Components.Crumbs(run.Sync)}
            <h1>Run {Components.Badge(Components.Word(run.State))}</h1>
            <p class="quiet id">{run.RunId}</p>
            {Components.Notice(request.Query("done"))}
            {Components.Problem(run.Error)}
            {run.Notices.Select(n => Html.Of($"""<p class="notice">{n}</p>"""))}
            {Html.If(run.EndedAt is null, () => Cancel(run, request.Session))}
            {(run is { HealthReason: { } reason, Error: null } ? Html.Of($"""
                <div class="trouble card {Components.Word(run.Health)}"><div><p>{reason}</p><p class="quiet">{run.HealthFix}</p></div></div>
                """) : Html.None)}
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

    private static Html Cancel(RunReport run, ApiSession session) => Html.Of($"""
        <div class="buttons">{Components.Button(session, $"/api/status/runs/{run.RunId}/cancel", "Cancel", $"this run of {run.Sync}",
            "danger")}</div>
        """);

    private static Html Changed(RunReport run)
    {
        if (run.Reasons is not { } why || run.Planned == 0)
            return Html.None;
        var reasons = new (long Count, string Word)[] { (why.New, "new"), (why.Changed, "changed"), (why.Retry, "tried again"),
            (why.Mapping, "sent because of the definition or a full run") };
        return Html.Of($"""
            <section class="card"><h2>What changed</h2>
            <p>{string.Join(", ", reasons.Where(r => r.Count > 0).Select(r => $"{Words.Count(r.Count)} {r.Word}"))}.</p>
            {(run.ChangedFields is { } fields ? Fields(fields) : Html.None)}
            {Html.If(run.Sample.Count > 0, () => Html.Of($"<p>For example {run.Sample.Select(k => Parts.Record(run.Sync, k))}</p>"))}
            </section>
            """);
    }

    private static Html Fields(ChangedFields changed) => Html.Of($"""
        <p class="quiet">{(changed.Compared == 1 ? "One changed record was" : $"The first {changed.Compared} changed records were")}
        compared with what Pendo held before{(changed.Fields.Count == 0 ? ": no field is different." : ".")}</p>
        {Html.If(changed.Fields.Count > 0, () => Components.Map(changed.Fields.Select(f => Html.Of($"""
            <tr>{Components.Cell("Field", Html.Of($"<code>{f.Field}</code>"))}
            {Components.Cell("Different in", Html.Of($"{f.Records} of {changed.Compared}"))}</tr>
            """)), "Field", "Different in"))}
        """);

    private static Html Facts(RunReport run, RunBatches batches) => Html.Of($"""
        <dl class="facts">
        {Fact("Started by", run.Trigger, Components.Word(run.Mode) + (run.Full ? ", full read" : ""))}
        {Fact("Took", Components.Duration(TimeSpan.FromSeconds(run.Seconds)))}
        {Fact("Batches answered", Words.Count(batches.Answered) + (batches.Planned > 0 ? $" of {Words.Count(batches.Planned)}" : ""))}
        {Fact("Calls to Pendo", Words.Count(run.Calls) + Words.Pace(run))}
        {Fact("Rows read", Words.Count(run.Read), PerSecond(run.Read, run.Seconds))}
        {Fact("Records sent", Words.Count(run.Sent), PerSecond(run.Sent, run.Seconds))}
        </dl>
        """);

    private static Html Fact(string name, string value, string? more = null) => Components.Fact(name, Html.Of($"{value}"), more);

    private static Html Timeline(RunReport run, RunBatches batches, DateTimeOffset now) => Html.Of($"""
        <ol class="timeline">{Moment("Asked for", run.RequestedAt, now)}{Moment("Reading began", run.StartedAt, now)}
        {Moment("First batch answered", batches.First, now)}{Moment("Last batch answered", batches.Last, now)}
        {Moment("Ended", run.EndedAt, now)}</ol>
        """);

    private static Html Moment(string what, DateTimeOffset? at, DateTimeOffset now) => at is not { } time ? Html.None : Html.Of($"""
        <li><span>{what}</span> {Components.Time(time, now)} <span class="quiet">{Components.Readable(time)}</span></li>
        """);

    private static string? PerSecond(long records, double seconds) =>
        seconds <= 0 ? null : $"{Words.Count((long)(records / seconds))} a second";
}
