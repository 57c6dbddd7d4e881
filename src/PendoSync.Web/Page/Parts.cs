using PendoSync.Reports;
using PendoSync.Web.Http;

namespace PendoSync.Web.Page;

/// <summary>Facts and buttons of a sync, alike on the overview and on its own page.</summary>
internal static class Parts
{
    public static Html Logout(ApiAccess access, ApiSession session) =>
        Html.If(access.NeedsKey && session.Shown == Shown.Cookie, () =>
            Components.Button(session, "/api/status/logout", "Sign out", "", "plain"));

    public static Html LastRun(SyncStatus sync) => sync.LastRun is { } run
        ? Html.Of($"""<a href="/api/status/runs/{run.RunId}" aria-label="Last run of {sync.Name}: {Components.Word(run.State)}">{Components.Badge(Components.Word(run.State))}</a>""")
        : Html.Of($"""<span class="quiet">none</span>""");

    public static Html NextRun(SyncStatus sync, DateTimeOffset now) => sync switch
    {
        { Error: not null } => Html.Of($"""<span class="quiet">when it is corrected</span>"""),
        { Paused: true } => Html.Of($"""<span class="quiet">paused</span>"""),
        { NextDue: { } due } => due <= now ? Html.Of($"now") : Components.Time(due, now),
        { After.Count: > 0 } => Html.Of($"after {string.Join(", ", sync.After)}"),
        _ => Html.Of($"""<span class="quiet">by hand</span>"""),
    };

    public static Html InStep(SyncStatus sync) => sync switch
    {
        { InStep: null } => Html.Of($"""<span class="quiet">–</span>"""),
        { InStepOf: { } of } when of != sync.InStep =>
            Html.Of($"""<span>{Words.Count(sync.InStep.Value)} <span class="quiet">of {Words.Count(of)}</span></span>"""),
        _ => Html.Of($"{Words.Count(sync.InStep.Value)}"),
    };

    public static Html RunOrCancel(SyncStatus sync, ApiSession session) => sync switch
    {
        { ActiveRun.RunId: { } run } =>
            Components.Button(session, $"/api/status/runs/{run}/cancel", "Cancel", $"the run of {sync.Name}", "danger"),
        { Paused: true } => Components.Button(session, $"/api/status/syncs/{sync.Name}/resume", "Resume", sync.Name),
        { Error: not null } => Html.None,
        _ => Components.Button(session, $"/api/status/syncs/{sync.Name}/run", "Run now", sync.Name),
    };
}
