using PendoSync.Operations;
using PendoSync.Planning;
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
            {(result.Progress is { } progress ? Progress(progress) : Html.None)}
            {(result.Comparison is { } comparison ? Comparison(comparison) : Html.None)}
            {(result.Adoption is { } adoption ? Adoption(adoption) : Html.None)}
            """), refresh: result.State == DryState.Running, sync: result.Sync);
    }

    private static string Name(DryResult result) => result.Kind switch
    {
        DryKind.Plan => "Dry run",
        DryKind.Compare => "Comparison with Pendo",
        DryKind.Adopt => "Adoption",
        _ => "Check",
    };

    private static Html Comparison(SyncComparison found) => Html.Of($"""
        <p class="lead">{Words.Count(found.Equal)} of {Words.Count(found.InBoth)} records are equal on both sides.</p>
        {Facts(("Different", found.Different), ("Only in the warehouse", found.OnlyWarehouse), ("Only in Pendo", found.OnlyPendo),
            ("Invalid rows", found.Invalid), ("The next run mends", found.NextRunMends), ("The next run leaves", found.NextRunLeaves),
            ("Drifted", found.Drifted), ("Calls to Pendo", found.Calls))}
        {found.Notices.Select(n => Html.Of($"""<p class="notice">{n}</p>"""))}
        {Html.If(found.ByField.Count > 0, () => Html.Of($"""
            <section class="card"><h2>Different records by field</h2>{DriftCard.Fields(found.ByField)}</section>
            """))}
        {Html.If(found.Sample.Count > 0, () => Html.Of($"""
            <section class="card"><h2>A sample</h2>{RecordPage.Changes([.. found.Sample.Select(s =>
                new PlanSample(s.Key, s.Field, s.Pendo, s.Warehouse))], found.Sync, "Pendo holds", "The warehouse has")}</section>
            """))}
        """);

    private static Html Adoption(SyncAdoption adopted) => Html.Of($"""
        <p class="lead">{Words.Count(adopted.Equal)} records are in Pendo as the warehouse has them; the next run does not send them.</p>
        {Facts(("Rows read", adopted.Read), ("Different", adopted.Different), ("Only in the warehouse", adopted.OnlyWarehouse),
            ("Only in Pendo", adopted.OnlyPendo))}
        """);

    private static Html Progress(ComparisonProgress progress) => Html.Of($"""
        <p class="lead">{Words.Count(progress.Pendo)} records of Pendo and {Words.Count(progress.Rows)} rows
        read{Html.If(progress.Again > 0, () => Html.Of($", {Words.Count(progress.Again)} records once more"))}.</p>
        """);

    private static Html Facts(params IEnumerable<(string Name, long Count)> facts) => Html.Of($"""
        <dl class="facts">{facts.Select(f => Components.Fact(f.Name, Html.Of($"{Words.Count(f.Count)}")))}</dl>
        """);

    private static Html Plan(SyncPlan plan, DateTimeOffset now) => Html.Of($"""
        <p class="lead">A run {plan.Effect}.</p>
        {Facts(Counts(plan))}
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
