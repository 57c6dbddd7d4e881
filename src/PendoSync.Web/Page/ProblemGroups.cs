using PendoSync.Reports;

namespace PendoSync.Web.Page;

/// <summary>Groups of problems: the reason, how many, since when, and keys that lead to their records' stories.</summary>
internal static class ProblemGroups
{
    /// <summary>The table; a word when there are none.</summary>
    public static Html Table(string sync, IReadOnlyList<ProblemGroup> groups, DateTimeOffset now) => groups.Count == 0
        ? Html.Of($"""<p class="quiet">Nothing is refused.</p>""") : Components.Table(groups.Select(g => Row(sync, g, now)),
            "Reason", "Outcome", "#Records", "First", "Last", "For example");

    private static Html Row(string sync, ProblemGroup group, DateTimeOffset now) => Html.Of($"""
        <tr><th scope="row">{group.Reason}</th>{Components.Cell("Outcome", Components.Badge(group.Outcome))}
        {Components.Cell("Records", Html.Of($"""<span>{Words.Count(group.Count)}{(group.Share is { } share
            ? Html.Of($"""<br><span class="quiet">{Parts.Percent(share)}</span>""") : Html.None)}</span>"""), "number")}
        {Components.Cell("First", Components.Time(group.First, now))}{Components.Cell("Last", Components.Time(group.Last, now))}
        {Components.Cell("For example", group.Examples.Count == 0 ? Html.Of($"""<span class="quiet">no key to show</span>""")
            : Html.Of($"<div>{group.Examples.Select(k => Parts.Record(sync, k))}</div>"), "keys")}</tr>
        """);
}
