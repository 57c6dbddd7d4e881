using System.Globalization;
using PendoSync.Reports;

namespace PendoSync.Web.Page;

/// <summary>What the runs of 30 days did, a bar a day.</summary>
internal static class Trends
{
    private const int Days = 30;
    private const int Height = 44;

    /// <summary>Four charts.</summary>
    public static Html Of(IReadOnlyList<RunReport> runs, DateTimeOffset now)
    {
        var days = Enumerable.Range(0, Days).Select(_ => new List<RunReport>()).ToArray();
        foreach (var run in runs)
            if (run.StartedAt is { } at && (int)(now - at).TotalDays is >= 0 and < Days and var ago)
                days[Days - 1 - ago].Add(run);
        return Html.Of($"""
            <div class="trends">
            {Chart("Rows read", days, d => d.Sum(r => r.Read), "link", "a day", now)}
            {Chart("Records sent", days, d => d.Sum(r => r.Sent), "good", "a day", now)}
            {Chart("Refused", days, d => d.Sum(r => r.Refused), "warn", "a day", now)}
            {Chart("Duration of a run", days, d => d.Count == 0 ? 0 : (long)Math.Ceiling(d.Average(r => r.Seconds)), "idle", "s", now)}
            </div>
            """);
    }

    /// <summary>The share in step after each of the last runs, as a line from nothing to all.</summary>
    public static Html InStep(IReadOnlyList<RunReport> newestFirst)
    {
        var shares = newestFirst.Where(r => r.InStepOf > 0).Take(Strip.Runs).Reverse().Select(r =>
            (double)r.InStep!.Value / r.InStepOf!.Value)
            .ToList();
        if (shares.Count < 2)
            return Html.None;
        var points = shares.Select((share, i) =>
            FormattableString.Invariant($"{i * 72.0 / (shares.Count - 1):0.#},{17 - (16 * share):0.#}"));
        return Html.Of($"""
            <svg class="line" width="74" height="18" viewBox="-1 0 74 18" role="img"
            aria-label="In step after the last {shares.Count} runs: from {Parts.Percent(shares[0])} to {Parts.Percent(shares[^1])}">
            <polyline points="{string.Join(' ', points)}"/></svg>
            """);
    }

    private static Html Chart(string name, List<RunReport>[] days, Func<List<RunReport>, long> value, string tone, string unit,
        DateTimeOffset now)
    {
        var values = days.Select(value).ToArray();
        var most = Math.Max(1, values.Max());
        return Html.Of($"""
            <figure><figcaption><span>{name}</span>
            <span class="quiet">at most {Words.Count(values.Max())} {unit}</span></figcaption>
            <svg class="days {tone}" viewBox="0 0 {Days * 10} {Height}" preserveAspectRatio="none" role="img"
            aria-label="{name} by day, of {Days} days, at most {Words.Count(values.Max())} {unit}">
            {values.Select((v, i) => Bar(i, v, most, now))}</svg></figure>
            """);
    }

    private static Html Bar(int day, long value, long most, DateTimeOffset now)
    {
        var date = now.AddDays(day + 1 - Days).UtcDateTime.ToString("d MMM", CultureInfo.InvariantCulture);
        var tall = Tall(value, most);
        return Html.Of($"""
            <rect x="{day * 10}" y="{Height - tall}" width="8" height="{tall}"><title>{date}: {Words.Count(value)}</title></rect>
            """);
    }

    private static double Tall(long value, long most) => value == 0 ? 1 : Math.Max(3, (double)Height * value / most);
}
