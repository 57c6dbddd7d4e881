using PendoSync.Reports;

namespace PendoSync.Web.Page;

/// <summary>Groups of problems: the reason, how many, since when, and keys that lead to their records' stories.</summary>
internal static class ProblemGroups
{
    /// <summary>The table; a word when there are none.</summary>
    public static Html Table(string sync, IReadOnlyList<ProblemGroup> groups, DateTimeOffset now) => groups.Count == 0
        ? Html.Of($"""<p class="quiet">Nothing is refused.</p>""") : Html.Of($"""
        <table class="cards"><thead><tr><th scope="col">Reason</th><th scope="col">Outcome</th><th scope="col" class="number">Records</th>
        <th scope="col">First</th><th scope="col">Last</th><th scope="col">For example</th></tr></thead><tbody>
        {groups.Select(g => Html.Of($"""
        <tr><th scope="row">{g.Reason}</th><td data-label="Outcome">{Components.Badge(g.Outcome)}</td>
        <td data-label="Records" class="number">{Words.Count(g.Count)}{(g.Share is { } share ? Html.Of($"""<br><span class="quiet">{Parts.Percent(share)}</span>""") : Html.None)}</td>
        <td data-label="First">{Components.Time(g.First, now)}</td><td data-label="Last">{Components.Time(g.Last, now)}</td>
        <td data-label="For example" class="keys">{(g.Examples.Count == 0 ? Html.Of($"""<span class="quiet">no key to show</span>""") : Html.None)}<div>{g.Examples.Select(k => Parts.Record(sync, k))}</div></td></tr>
        """))}
        </tbody></table>
        """);
}
