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
            <nav class="crumbs" aria-label="You are here"><a href="/api/status">Overview</a>{(sync is null ? Html.None : Html.Of($""" / <a href="/api/status/syncs/{sync}">{sync}</a>"""))}</nav>
            <h1><span class="key">{key}</span></h1>
            {told}
            """), sync: sync);
    }

    // The state is asked, not the warehouses: that is one look a sync.
    private async Task<Html> ChoiceAsync(string key, CancellationToken ct)
    {
        var found = new List<(string Sync, string? Outcome)>();
        foreach (var sync in service.Project.Syncs)
        {
            var problem = await service.ProblemOfAsync(sync.Name, key, ct);
            found.Add((sync.Name, problem?.Outcome));
        }

        return Html.Of($"""
            <p>Which sync is asked? Each reads the row of this id from its warehouse.</p>
            <table class="cards"><thead><tr><th scope="col">Sync</th><th scope="col">Known of it</th></tr></thead><tbody>
            {found.OrderByDescending(f => f.Outcome is not null).Select(f => Html.Of($"""<tr><th scope="row"><a href="/api/status/record?sync={f.Sync}&amp;key={Uri.EscapeDataString(key)}">{f.Sync}</a></th><td data-label="Known of it">{(f.Outcome is { } outcome ? Components.Badge(outcome) : Html.Of($"""<span class="quiet">no problem</span>"""))}</td></tr>"""))}
            </tbody></table>
            """);
    }

    private async Task<Html> StoryAsync(string sync, string key, DateTimeOffset now, CancellationToken ct)
    {
        var story = await service.ExplainAsync(sync, key, ct);
        var changes = await service.CompareOneAsync(story, ct);
        return Html.Of($"""
            <p class="lead">{Components.Badge(Components.Word(story.Decision))} {story.Because}</p>
            <dl class="facts"><div><dt>Last outcome</dt><dd>{(story.LastOutcome ?? "never sent").Replace('_', ' ')}</dd></div>
            {(story.AcceptedAt is { } at ? Html.Of($"""<div><dt>Accepted</dt><dd>{Components.Time(at, now)}<span class="quiet"><a href="/api/status/runs/{story.AcceptedRun}">in this run</a></span></dd></div>""") : Html.None)}
            {(story.LastRejection is { } refused ? Html.Of($"""<div><dt>{refused.Outcome.Replace('_', ' ')}</dt><dd class="small">{refused.Reason ?? refused.Rule}<span class="quiet">{refused.Tries} tries, last {Components.Time(refused.Last, now)}, retry {(refused.NextDue is null ? Html.Of($"when its row changes") : Components.Time(refused.NextDue, now))}</span></dd></div>""") : Html.None)}
            {(story.Link is { } link ? Html.Of($"""<div><dt>In Pendo</dt><dd class="small"><a href="{link}" rel="noreferrer">{link}</a></dd></div>""") : Html.None)}
            </dl>
            {Html.If(changes.Count > 0, () => Html.Of($"""<section class="card"><h2>What sending it would change in Pendo</h2>{Changes(changes)}</section>"""))}
            {(story.Row is { } row ? Html.Of($"""<section class="card"><h2>Row{(story.Rows > 1 ? $" (the first of {story.Rows})" : "")}</h2><table class="map"><thead><tr><th scope="col">Column</th><th scope="col">Value</th></tr></thead><tbody>{row.Select(c => Html.Of($"""<tr><td data-label="Column"><code>{c.Key}</code></td><td data-label="Value">{(c.Value is { } value ? Text(value) : Html.Of($"""<span class="quiet">null</span>"""))}</td></tr>"""))}</tbody></table></section>""") : Html.None)}
            """);
    }

    /// <summary>Old and new values, field by field.</summary>
    public static Html Changes(IReadOnlyList<PlanSample> changes, string? sync = null) => Html.Of($"""
        <table class="map"><thead><tr>{(sync is null ? Html.None : Html.Of($"""<th scope="col">Record</th>"""))}<th scope="col">Field</th><th scope="col">Before</th><th scope="col">Now</th></tr></thead><tbody>
        {changes.Select(c => Html.Of($"""<tr>{(sync is null ? Html.None : Html.Of($"""<td data-label="Record">{Parts.Record(sync, c.Key)}</td>"""))}<td data-label="Field"><code>{c.Field}</code></td><td data-label="Before" class="old">{(c.Old is { } old ? Text(old) : Html.Of($"""<span class="quiet">nothing</span>"""))}</td><td data-label="Now" class="new">{(c.New is { } fresh ? Text(fresh) : Html.None)}</td></tr>"""))}
        </tbody></table>
        """);

    private static Html Text(JsonElement value) =>
        Html.Of($"{(value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText())}");
}
