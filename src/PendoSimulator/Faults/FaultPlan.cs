using System.Globalization;
using System.Text;
using PendoSimulator.Api;
using PendoSimulator.Records;

namespace PendoSimulator.Faults;

/// <summary>What the rules that meet one call do to it together.</summary>
internal sealed class FaultPlan(List<FaultRule> met)
{
    private const int DefaultSilence = 600_000;
    private const string Page =
        "<!DOCTYPE html><html><head><title>Be right back</title></head><body><h1>Down for maintenance</h1></body></html>";

    public FaultRule? Deciding { get; } = met.Find(rule => rule.DecidesAnswer);

    public TimeSpan Delay { get; } =
        TimeSpan.FromMilliseconds(met.Where(rule => rule.Action == FaultAction.Delay).Sum(rule => rule.Milliseconds ?? 0));

    public FaultRule? ConcurrentWrite { get; } = met.Find(rule => rule.Action == FaultAction.ConcurrentWrite);

    public IEnumerable<FaultRule> SchemaChanges => met.Where(rule => rule.Action == FaultAction.ChangeSchema);

    public string Names => string.Join(", ", met.Select(rule => rule.Name ?? rule.Action.ToString()));

    /// <summary>Whether the call must not reach the endpoint.</summary>
    public bool SkipsCall =>
        Deciding is { Apply: false, Action: FaultAction.Status or FaultAction.Reset or FaultAction.Silence or FaultAction.Html };

    public TimeSpan Silence => TimeSpan.FromMilliseconds(Deciding?.Milliseconds ?? DefaultSilence);

    /// <summary>What happens to each record of a bulk call, or null if no rule takes records.</summary>
    public Func<string, RecordFate>? Fates()
    {
        var takers = met.Where(rule => rule.TakesRecords).Select(rule => new Taker(rule)).ToList();
        if (takers.Count == 0)
            return null;
        return id => takers.Find(taker => taker.Takes(id))?.Fate ?? default;
    }

    /// <summary>What the rows of an aggregation become, or null if no rule changes them.</summary>
    public Func<List<RecordStore.Entry>, List<RecordStore.Entry>>? ChangeRows()
    {
        var changes = met.Where(rule => rule.ChangesRows).ToList();
        return changes.Count == 0 ? null : rows => changes.Aggregate(rows, (now, rule) => rule.Action switch
        {
            FaultAction.RowsDisordered => [.. now.Skip(rule.Count), .. now.Take(rule.Count)],
            FaultAction.RowsRepeated => [.. now.Take(rule.Count), .. now],
            _ => [.. now.SkipLast(rule.Count)],
        });
    }

    /// <summary>The answer that is sent in place of the endpoint's.</summary>
    public Answer Change(Answer answer, TimeProvider time) => Deciding switch
    {
        { Action: FaultAction.Status } rule =>
            new(rule.Status ?? 500, Encoding.UTF8.GetBytes(rule.Body ?? ""), rule.ContentType ?? "text/plain")
            {
                RetryAfter = Header(rule.RetryAfter, time),
            },
        { Action: FaultAction.Html } rule => new(rule.Status ?? 200, Encoding.UTF8.GetBytes(rule.Body ?? Page), "text/html; charset=utf-8")
        {
            RetryAfter = Header(rule.RetryAfter, time),
        },
        { Action: FaultAction.Truncate, Cut: false } rule => answer with { Body = answer.Body[..Kept(rule, answer)] },
        { Action: FaultAction.WrongCounts } rule when answer.Bulk is { } bulk => WrongCounts(rule, bulk),
        _ => answer,
    };

    public static int Kept(FaultRule rule, Answer answer) => Math.Clamp(rule.Bytes ?? answer.Body.Length / 2, 0, answer.Body.Length);

    private static Answer WrongCounts(FaultRule rule, BulkCounts bulk)
    {
        // Without numbers of its own the rule hides one update, so that the sums never fit.
        var hidden = rule is { TotalOff: 0, UpdatedOff: 0, FailedOff: 0 } ? -1 : rule.UpdatedOff;
        return Answer.Json(
            $$"""{"total":{{bulk.Total + rule.TotalOff}},"updated":{{bulk.Updated + hidden}},"failed":{{bulk.Failed + rule.FailedOff}}}""");
    }

    private static string? Header(string? value, TimeProvider time) =>
        value is not null && value.StartsWith("date:", StringComparison.Ordinal)
        && double.TryParse(value["date:".Length..], NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
            ? time.GetUtcNow().AddSeconds(seconds).ToString("R", CultureInfo.InvariantCulture)
            : value;

    /// <summary>Takes the named records, or the first ones of the call.</summary>
    private sealed class Taker(FaultRule rule)
    {
        private int left = rule.Count;

        public RecordFate Fate { get; } = new(
            rule.Action == FaultAction.RecordError ? rule.Error ?? "the record was refused" : null,
            rule.Action == FaultAction.RecordMissing,
            rule.Action == FaultAction.FailedWithoutDetails);

        public bool Takes(string id) => rule.RecordIds is { } ids ? ids.Contains(id) : left-- > 0;
    }
}
