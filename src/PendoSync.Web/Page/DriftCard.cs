using PendoSync.Reports;
using PendoSync.State;

namespace PendoSync.Web.Page;

/// <summary>What the comparisons with Pendo found, the last one and those before.</summary>
internal static class DriftCard
{
    /// <summary>The card; nothing before the first comparison.</summary>
    public static Html Of(Verified? verified, DateTimeOffset now) => verified is null ? Html.None : Html.Of($"""
        <section class="card" aria-label="Compared with Pendo"><h2>Compared with Pendo</h2>
        <p>verified {Components.Time(verified.At, now)}: {Found(verified)}</p>
        {Html.If(verified.ByField.Count > 0, () => Html.Of($"<h3>Drift by field</h3>{Fields(verified.ByField)}"))}
        {Html.If(verified.History.Count > 1, () => Html.Of($"<h3>Over time</h3>{History(verified, now)}"))}</section>
        """);

    /// <summary>Records by field.</summary>
    public static Html Fields(IReadOnlyDictionary<string, long> fields) => Components.Map(
        fields.OrderByDescending(f => f.Value).Select(f => Html.Of($"""
        <tr>{Components.Cell("Field", Html.Of($"<code>{f.Key}</code>"))}{Components.Cell("Records", f.Value)}</tr>
        """)), "Field", "#Records");

    /// <summary>199,950 of 200,000 equal, 50 repaired.</summary>
    internal static string Found(Verified verified) => $"{Words.Count(verified.Equal)} of {Words.Count(verified.Rows)} equal"
        + (verified.Drifted > 0 ? $", {Words.Count(verified.Drifted)} {(verified.Repaired ? "repaired" : "drifted")}" : "")
        + (verified.Missing > 0 ? $" ({Words.Count(verified.Missing)} of them not in Pendo)" : "")
        + (verified.NotJudged > 0 ? $", {Words.Count(verified.NotJudged)} too new to be judged" : "");

    private static Html History(Verified verified, DateTimeOffset now) => Components.Map(
        verified.History.Reverse().Select(point => Html.Of($"""
        <tr>{Components.Cell("Compared", Components.Time(point.At, now))}{Components.Cell("Rows", point.Rows)}{Components.Cell("Drifted",
            point.Drifted)}{Components.Cell("Fields", Html.Of($"{string.Join(", ", point.ByField.Select(f =>
            $"{f.Key} {Words.Count(f.Value)}"))}"))}</tr>
        """)), "Compared", "#Rows", "#Drifted", "Fields");
}
