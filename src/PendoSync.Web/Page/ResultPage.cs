using PendoSync.Operations;
using PendoSync.Reports;
using PendoSync.Web.Http;

namespace PendoSync.Web.Page;

/// <summary>What a dry run or a check found.</summary>
internal sealed class ResultPage(SyncService service, ApiAccess access, TimeProvider clock)
{
    public async Task ShowAsync(ApiRequest request)
    {
        var result = await service.Dry.ReadAsync(request.RunId, request.Ct)
            ?? throw new ApiException(404, "there is no such result any more", request.RunId, "Results are kept for an hour; ask again.");
        var now = clock.GetUtcNow();
        await Layout.WriteAsync(request, access, $"{Name(result)} of {result.Sync}", Html.Of($"""
            <nav class="crumbs" aria-label="You are here"><a href="/api/status">Overview</a> / <a href="/api/status/syncs/{result.Sync}">{result.Sync}</a></nav>
            <h1>{Name(result)} {Components.Badge(Components.Word(result.State))}</h1>
            <p class="quiet">Asked for {Components.Time(result.StartedAt, now)}; kept for an hour. Nothing was sent.</p>
            {Components.Problem(result.Error ?? result.Plan?.Error)}
            {(result.Plan is { } plan ? Plan(plan, now) : Html.None)}
            {(result.Check is { } check ? Check(check) : Html.None)}
            """), refresh: result.State == DryState.Running, sync: result.Sync);
    }

    private static string Name(DryResult result) => result.Kind == DryKind.Plan ? "Dry run" : "Check";

    private static Html Plan(SyncPlan plan, DateTimeOffset now) => Html.Of($"""
        <p class="lead">{plan.Effect}</p>
        <dl class="facts">{Fact("Rows read", plan.Read)}{Fact("Unchanged", plan.Unchanged)}{Fact("Invalid", plan.Invalid)}{Fact("Retry scheduled", plan.Waiting)}{Fact("Would be sent", plan.Planned)}{Fact("New", plan.Reasons.New)}{Fact("Changed", plan.Reasons.Changed)}{Fact("Retried", plan.Reasons.Retry)}{Fact("By the mapping", plan.Reasons.Mapping)}{Fact("Calls to Pendo", plan.Calls)}</dl>
        {plan.Notices.Select(n => Html.Of($"""<p class="notice">{n}</p>"""))}
        {Html.If(plan.NewFields.Count > 0, () => Html.Of($"""<p>Fields that Pendo does not have yet: {string.Join(", ", plan.NewFields.Select(f => $"{f.Name} ({f.Type})"))}.</p>"""))}
        {Html.If(plan.Groups.Count > 0, () => Html.Of($"""<h2>Invalid rows</h2>{ProblemGroups.Table(plan.Sync, plan.Groups, now)}"""))}
        {Html.If(plan.Sample.Count > 0, () => Html.Of($"""<section class="card"><h2>A sample, with what Pendo holds now</h2>{RecordPage.Changes(plan.Sample, plan.Sync)}</section>"""))}
        """);

    private static Html Fact(string name, long count) => Html.Of($"<div><dt>{name}</dt><dd>{Words.Count(count)}</dd></div>");

    private static Html Check(CheckReport check) => Html.Of($"""
        <table class="cards"><thead><tr><th scope="col">What</th><th scope="col">Works</th><th scope="col">Found</th></tr></thead><tbody>
        {check.Checks.Select(c => Html.Of($"""<tr><th scope="row">{c.Name}</th><td data-label="Works">{Components.Badge(c.Ok ? "ok" : c.Kind is null ? "not tried" : "failed")}</td><td data-label="Found">{c.Message}{(c.Fix is { } fix ? Html.Of($"""<br><span class="quiet">{fix}</span>""") : Html.None)}</td></tr>"""))}
        </tbody></table>
        """);
}
