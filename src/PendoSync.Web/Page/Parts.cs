using PendoSync.Reports;
using PendoSync.State;
using PendoSync.Web.Http;

namespace PendoSync.Web.Page;

/// <summary>Facts and buttons of a sync, alike on the overview and on its own page.</summary>
internal static class Parts
{
    public static Html Logout(ApiAccess access, ApiSession session) =>
        Html.If(access.NeedsKey && session.Shown == Shown.Cookie, () =>
            Components.Button(session, "/api/status/logout", "Sign out", "", "plain"));

    public static Html NextRun(SyncStatus sync, DateTimeOffset now) => sync switch
    {
        { Error: not null } => Html.Of($"""<span class="quiet">when it is corrected</span>"""),
        { Paused: true } => Html.Of($"""<span class="quiet">paused</span>"""),
        { NextDue: { } due } => due <= now ? Html.Of($"now") : Components.Time(due, now),
        { After.Count: > 0 } => Html.Of($"after {string.Join(", ", sync.After)}"),
        _ => Html.Of($"""<span class="quiet">by hand</span>"""),
    };

    /// <summary>The share in step as number and bar; a dash before it was counted.</summary>
    public static Html InStep(SyncStatus sync)
    {
        if (sync is not { InStep: { } inStep, InStepOf: { } of })
            return Html.Of($"""<span class="quiet">–</span>""");
        if (of == 0)
            return Html.Of($"""<span class="quiet">no rows</span>""");
        var share = (double)inStep / of;
        var tone = sync.Health is Health.Failing ? "bad" : inStep == of ? "good" : "warn";
        return Html.Of($"""
            <span class="share"><span>{Percent(share)} <span class="quiet">{Words.Count(inStep)} of {Words.Count(of)}</span></span>
            <svg class="part {tone}" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect width="100" height="6"/>
            <rect class="of" width="{100 * share}" height="6"/></svg></span>
            """);
    }

    /// <summary>How old the newest data in Pendo is: by the cursor, else by the last complete read.</summary>
    public static Html Newest(SyncStatus sync, DateTimeOffset now) => (sync.CursorAt ?? sync.DataAsOf) is { } at
        ? Html.Of($"""<time datetime="{Components.Exact(at)}" title="{Components.Readable(at)}">{Components.Coarse(now - at)}</time>""")
        : Html.Of($"""<span class="quiet">–</span>""");

    /// <summary>A key that leads to its record's story.</summary>
    public static Html Record(string sync, string key) =>
        Html.Of($"""<a class="key" href="/api/status/record?sync={sync}&amp;key={Uri.EscapeDataString(key)}">{key}</a> """);

    /// <summary>A share from 0 to 1: 99.9 %; never 100 % unless it is all.</summary>
    public static string Percent(double share) => share switch
    {
        >= 1 => "100 %",
        > 0.999 => "99.9 %",
        > 0 and < 0.001 => "0.1 %",
        _ => (100 * share).ToString("0.#", System.Globalization.CultureInfo.InvariantCulture) + " %",
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
