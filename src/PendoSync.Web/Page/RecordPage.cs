using System.Text.Json;
using PendoSync.Operations;
using PendoSync.Reports;
using PendoSync.Web.Http;

namespace PendoSync.Web.Page;

/// <summary>The story of one record; without a sync, the syncs that may tell one.</summary>
internal sealed class RecordPage(SyncService service, ApiAccess access, TimeProvider clock)
{
    public async Task ShowAsync(ApiRequest request)
    {
        var key = request.Query("key") ?? throw new ApiException(422, "the key is missing", "key", "Write the id of a record.");
        var sync = request.Query("sync") is { } named && service.Knows(named) ? named
            : service.Project.Syncs.Count == 1 ? service.Project.Syncs[0].Name : null;
        var now = clock.GetUtcNow();
        var told = sync is null ? await ChoiceAsync(key, request.Ct) : await StoryAsync(sync, key, now, request.Ct);
        await Layout.WriteAsync(request, access, key, Html.Of($"""
            {Components.Crumbs(sync)}
            <h1><span class="key">{key}</span></h1>
            {told}
            """), sync: sync);
    }

    // The state is asked, not the warehouses: that is one look a sync.
    private async Task<Html> ChoiceAsync(string key, CancellationToken ct)
    {
        var syncs = service.Project.Syncs;
        var found = new (string Sync, string? Outcome)[syncs.Count];
        await Parallel.ForEachAsync(Enumerable.Range(0, syncs.Count),
            new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = ct }, async (i, token) =>
                found[i] = (syncs[i].Name, (await service.ProblemOfAsync(syncs[i].Name, key, token))?.Outcome));
        return Html.Of($"""
            <p>Which sync is asked? Each reads the row of this id from its warehouse.</p>
            {Components.Table(found.OrderByDescending(f => f.Outcome is not null).Select(f => Choice(f.Sync, key, f.Outcome)),
                "Sync", "Known of it")}
            """);
    }

    private static Html Choice(string sync, string key, string? outcome) => Html.Of($"""
        <tr><th scope="row"><a href="/api/status/record?sync={sync}&amp;key={Uri.EscapeDataString(key)}">{sync}</a></th>
        {Components.Cell("Known of it", outcome is null ? Html.Of($"""<span class="quiet">no problem</span>""")
            : Components.Badge(outcome))}</tr>
        """);

    private async Task<Html> StoryAsync(string sync, string key, DateTimeOffset now, CancellationToken ct)
    {
        var story = await service.ExplainAsync(sync, key, ct);
        var changes = await service.CompareOneAsync(story, ct);
        return Html.Of($"""
            <p class="lead">{Components.Badge(Components.Word(story.Decision))} {story.Because}</p>
            <dl class="facts"><div><dt>Last outcome</dt><dd>{(story.LastOutcome ?? "never sent").Replace('_', ' ')}</dd></div>
            {(story.AcceptedAt is { } at ? Fact("Accepted", Html.Of($"""
                {Components.Time(at, now)}<span class="quiet"><a href="/api/status/runs/{story.AcceptedRun}">in this run</a></span>
                """)) : Html.None)}
            {(story.LastRejection is { } refused ? Fact(refused.Outcome.Replace('_', ' '),
                Refused(refused, refused.NextTry(service.Project.Find(sync)), now), "small") : Html.None)}
            {(story.Link is { } link ? Fact("In Pendo", Link(link), "small") : Html.None)}
            </dl>
            {Html.If(changes.Count > 0, () => Html.Of($"""
                <section class="card"><h2>What sending it would change in Pendo</h2>{Changes(changes)}</section>
                """))}
            {(story.Row is { } row ? Row(row, story.Rows) : Html.None)}
            """);
    }

    private static Html Link(string link) => !link.Contains(PendoLinks.Placeholder, StringComparison.Ordinal)
        ? Html.Of($"""<a href="{link}" rel="noreferrer">{link}</a>""")
        : Html.Of($"""{link}<span class="quiet">With subscription_id in the connection this leads there.</span>""");

    private static Html Fact(string name, Html value, string kind = "") =>
        Html.Of($"""<div><dt>{name}</dt><dd class="{kind}">{value}</dd></div>""");

    private static Html Refused(RejectedItem refused, string? nextTry, DateTimeOffset now) => Html.Of($"""
        {refused.Reason ?? refused.Rule}<span class="quiet">{refused.Tries} tries, last {Components.Time(refused.Last, now)}, retry
        {(nextTry is not null ? Html.Of($"{nextTry}") : Components.Time(refused.NextDue, now))}</span>
        """);

    private static Html Row(IReadOnlyDictionary<string, JsonElement?> row, int rows) => Html.Of($"""
        <section class="card"><h2>Row{(rows > 1 ? $" (the first of {rows})" : "")}</h2>
        {Components.Map(row.Select(c => Html.Of($"""
            <tr>{Components.Cell("Column", Html.Of($"<code>{c.Key}</code>"))}{Components.Cell("Value", c.Value is { } value ? Text(value)
                : Html.Of($"""<span class="quiet">null</span>"""))}</tr>
            """)), "Column", "Value")}</section>
        """);

    /// <summary>Old and new values, field by field.</summary>
    public static Html Changes(IReadOnlyList<PlanSample> changes, string? sync = null, string before = "Before", string now = "Now") =>
        Components.Map(changes.Select(c => Html.Of($"""
        <tr>{(sync is null ? Html.None : Components.Cell("Record", Parts.Record(sync, c.Key)))}
        {Components.Cell("Field", Html.Of($"<code>{c.Field}</code>"))}
        {Components.Cell(before, Value(c.Old), "old")}{Components.Cell(now, Value(c.New), "new")}</tr>
        """)), sync is null ? ["Field", before, now] : ["Record", "Field", before, now]);

    private static Html Value(JsonElement? value) => value is { } some ? Text(some) : Html.Of($"""<span class="quiet">nothing</span>""");

    private static Html Text(JsonElement value) =>
        Html.Of($"{(value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText())}");
}
