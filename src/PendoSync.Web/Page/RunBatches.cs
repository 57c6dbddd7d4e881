using PendoSync.Reports;
using PendoSync.State;

namespace PendoSync.Web.Page;

/// <summary>The batches of a run's last attempt, as far as a person wants to see them.</summary>
internal sealed record RunBatches(int Planned, int Answered, IReadOnlyList<BatchSummary> Newest, IReadOnlyList<BatchSummary> All)
{
    private const int Shown = 20;
    private const int Bars = 40;
    private static readonly TimeSpan ShortestChart = TimeSpan.FromSeconds(1);

    /// <summary>First answer.</summary>
    public DateTimeOffset? First => Answered == 0 ? null : All.Where(b => b.Final).Min(b => b.At);

    /// <summary>Last answer.</summary>
    public DateTimeOffset? Last => Answered == 0 ? null : All.Where(b => b.Final).Max(b => b.At);

    public static async Task<RunBatches> ReadAsync(StateStore state, string sync, string runId, CancellationToken ct)
    {
        if (await state.Runs.ReadAsync(sync, runId, ct) is not { } run)
            return new RunBatches(0, 0, [], []);
        var all = new List<BatchSummary>();
        await foreach (var batch in state.Receipts.SummariesAsync(ReceiptTable.PartitionOf(runId, run.Attempt), 0, ct))
            all.Add(batch);
        return new RunBatches(run.Batches, all.Count(b => b.Final), [.. all.OrderByDescending(b => b.Number).Take(Shown)], all);
    }

    /// <summary>Records answered over time, as bars.</summary>
    public static Html Chart(RunBatches batches)
    {
        if (batches.First is not { } first || batches.Last is not { } last || batches.Answered < 3 || last - first < ShortestChart)
            return Html.None;
        var sums = new long[Bars];
        foreach (var batch in batches.All.Where(b => b.Final))
            sums[Math.Min(Bars - 1, (int)((batch.At - first) / (last - first) * Bars))] += batch.Records;
        var most = Math.Max(1, sums.Max());
        var perSecond = batches.All.Where(b => b.Final).Sum(b => b.Records) / Math.Max(0.001, (last - first).TotalSeconds);
        return Html.Of($"""
            <figure><svg class="chart" viewBox="0 0 {Bars * 10} 60" preserveAspectRatio="none" role="img"
            aria-label="Records answered over time, {Words.Count((long)perSecond)} a second on average">
            {sums.Select((sum, i) => Html.Of(
                $"""<rect x="{i * 10}" y="{60 - (60.0 * sum / most)}" width="9" height="{60.0 * sum / most}"/>"""))}</svg>
            <figcaption class="quiet">Records answered over {Components.Duration(last - first)},
            {Words.Count((long)perSecond)} a second on average</figcaption></figure>
            """);
    }

    /// <summary>The newest batches.</summary>
    public static Html Table(RunBatches batches) => batches.Newest.Count == 0 ? Html.None : Html.Of($"""
        <details><summary>Batches</summary>
        {Components.Table(batches.Newest.Select(Row), "Batch", "State", "#Records", "#Accepted", "#Refused", "Reason for all of it")}
        {Html.If(batches.All.Count > Shown, () =>
            Html.Of($"""<p class="quiet">The newest {Shown} of {Words.Count(batches.All.Count)}.</p>"""))}
        </details>
        """);

    private static Html Row(BatchSummary batch) => Html.Of($"""
        <tr><th scope="row">{batch.Number + 1}</th>{Components.Cell("State", Html.Of($"{(batch.Final ? "answered" : "on its way")}"))}
        {Components.Cell("Records", batch.Records)}{Components.Cell("Accepted", batch.Totals.Accepted)}
        {Components.Cell("Refused", batch.Totals.Delivered - batch.Totals.Accepted)}
        {Components.Cell("Reason", Html.Of($"{batch.RejectedWhole ?? batch.GivenUpReason}"))}</tr>
        """);
}
