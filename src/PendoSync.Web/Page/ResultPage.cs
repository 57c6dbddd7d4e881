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
            {Components.Crumbs(result.Sync)}
            <h1>{Name(result)} {Components.Badge(Components.Word(result.State))}</h1>
            <p class="quiet">Asked for {Components.Time(result.StartedAt, now)}; kept for an hour. Nothing was sent.</p>
            {Components.Problem(result.Error ?? result.Plan?.Error)}
            {(result.Plan is { } plan ? Plan(plan, now) : Html.None)}
            {(result.Check is { } check ? Check(check) : Html.None)}
            """), refresh: result.State == DryState.Running, sync: result.Sync);
    }

    private static string Name(DryResult result) => result.Kind == DryKind.Plan ? "Dry run" : "Check";

    private static Html Plan(SyncPlan plan, DateTimeOffset now) => Html.Of($"""
        <p class="lead">A run {plan.Effect}.</p>
        <dl class="facts">{Counts(plan).Select(c => Components.Fact(c.Name, Html.Of($"{Words.Count(c.Count)}")))}</dl>
        {plan.Notices.Select(n => Html.Of($"""<p class="notice">{n}</p>"""))}
        {Html.If(plan.NewFields.Count > 0, () => Html.Of($"""
            <p>Fields that Pendo does not have yet: {string.Join(", ", plan.NewFields.Select(f => $"{f.Name} ({f.Type})"))}.</p>
            """))}
        {Html.If(plan.Groups.Count > 0, () => Html.Of($"<h2>Invalid rows</h2>{ProblemGroups.Table(plan.Sync, plan.Groups, now)}"))}
        {Html.If(plan.Sample.Count > 0, () => Html.Of($"""
            <section class="card"><h2>A sample, with what Pendo holds now</h2>{RecordPage.Changes(plan.Sample, plan.Sync)}</section>
            """))}
        """);

    // Zeros say nothing, except of what was read and what would be sent.
    private static IEnumerable<(string Name, long Count)> Counts(SyncPlan plan)
    {
        (string Name, long Count)[] all = [("Rows read", plan.Read), ("Would be sent", plan.Planned), ("New", plan.Reasons.New),
            ("Changed", plan.Reasons.Changed), ("Tried again", plan.Reasons.Retry), ("By definition or full run", plan.Reasons.Mapping),
            ("Unchanged", plan.Unchanged), ("Invalid", plan.Invalid), ("Retry scheduled", plan.Waiting), ("Calls to Pendo", plan.Calls)];
        return all.Where((c, i) => i < 2 || c.Count > 0);
    }

    private static Html Check(CheckReport check) => Components.Table(check.Checks.Select(c => Html.Of($"""
        <tr><th scope="row">{c.Name}</th>{Components.Cell("Works", Components.Badge(c.Ok ? "ok" : c.Kind is null ? "not tried" : "failed"))}
        {Components.Cell("Found", Html.Of($"""<span>{c.Message}{(c.Fix is { } fix
            ? Html.Of($"""<br><span class="quiet">{fix}</span>""") : Html.None)}</span>"""))}</tr>
        """)), "What", "Works", "Found");
}
