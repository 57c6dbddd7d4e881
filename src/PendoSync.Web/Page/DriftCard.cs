using System.Globalization;
using PendoSync.Reports;
using PendoSync.State;

namespace PendoSync.Web.Page;

/// <summary>What the comparisons with Pendo found, the last one and those before.</summary>
internal static class DriftCard
{
    /// <summary>The card; nothing before the first comparison.</summary>
    public static Html Of(Verified? verified, DateTimeOffset now) => verified is null ? Html.None : Html.Of($"""
        <section class="card" aria-label="Compared with Pendo"><h2>Compared with Pendo</h2>
        <p>verified {Components.Time(verified.At, now)}: {Words.Count(verified.Equal)} of {Words.Count(verified.Rows)} equal{Drifted(verified)}</p>
        {Html.If(verified.ByField.Count > 0, () => Fields(verified.ByField))}
        {Html.If(verified.History.Count > 1, () => History(verified, now))}</section>
        """);

    /// <summary>Records by field.</summary>
    public static Html Fields(IReadOnlyDictionary<string, long> fields) => Html.Of($"""
        <table class="cards"><thead><tr><th scope="col">Field</th><th scope="col" class="number">Records</th></tr></thead><tbody>
        {fields.OrderByDescending(f => f.Value).Select(f => Html.Of($"""<tr><th scope="row">{f.Key}</th><td data-label="Records" class="number">{Words.Count(f.Value)}</td></tr>"""))}
        </tbody></table>
        """);

    private static Html Drifted(Verified verified) => Html.Of($"""{Html.If(verified.Drifted > 0, () => Html.Of(
        $", {Words.Count(verified.Drifted)} {(verified.Repaired ? "repaired" : "drifted")}"))}{Html.If(verified.Missing > 0, () => Html.Of(
        $" ({Words.Count(verified.Missing)} of them not in Pendo)"))}{Html.If(verified.NotJudged > 0, () => Html.Of(
        $", {Words.Count(verified.NotJudged)} too new to be judged"))}""");

    private static Html History(Verified verified, DateTimeOffset now) => Html.Of($"""
        <table class="cards"><thead><tr><th scope="col">Compared</th><th scope="col" class="number">Rows</th><th scope="col" class="number">Drifted</th><th scope="col">Fields</th></tr></thead><tbody>
        {verified.History.Reverse().Select(point => Html.Of($"""<tr><th scope="row">{Components.Time(point.At, now)}</th><td data-label="Rows" class="number">{Words.Count(point.Rows)}</td><td data-label="Drifted" class="number">{Words.Count(point.Drifted)}</td><td data-label="Fields">{string.Join(", ", point.ByField.Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Key} {f.Value:N0}")))}</td></tr>"""))}
        </tbody></table>
        """);
}
