using PendoSync.Reports;
using PendoSync.State;

namespace PendoSync.Operations;

/// <summary>Reads rejected records for people, with the true count.</summary>
internal sealed class RejectedReader(StateStore state)
{
    /// <summary>One page.</summary>
    public async Task<RejectedPage> ReadAsync(string sync, int limit, string? after, string? search, CancellationToken ct)
    {
        var items = new List<RejectedItem>();
        string? last = null;
        var more = false;
        await foreach (var rejection in state.Rejections.ListAsync(sync, after, ct))
        {
            if (!Fits(rejection, search))
                continue;
            if (items.Count == limit)
            {
                more = true;
                break;
            }

            items.Add(RejectedItem.Of(rejection));
            last = rejection.Id;
        }

        return new RejectedPage(items, await TotalAsync(sync, search, ct), more ? last : null);
    }

    private async Task<long> TotalAsync(string sync, string? search, CancellationToken ct)
    {
        if (!string.IsNullOrEmpty(search))
        {
            long fitting = 0;
            await foreach (var rejection in state.Rejections.ListAsync(sync, null, ct))
                fitting += Fits(rejection, search) ? 1 : 0;
            return fitting;
        }

        var kept = await state.Rejections.IdsAsync(sync, ct);
        return kept.Count < RejectionTable.MaxKept ? kept.Count : await BeyondKeptAsync(sync, kept.Count, ct);
    }

    // The list keeps the newest 10,000; the base knows how many wait, the runs since how many more were rejected.
    private async Task<long> BeyondKeptAsync(string sync, int kept, CancellationToken ct)
    {
        var checkpoint = await state.Checkpoints.ReadAsync(sync, ct);
        var waiting = checkpoint.Parts.Sum(s => s.Waiting);
        foreach (var runId in checkpoint.Ended.Where(e => e.Counts).Select(e => e.RunId).Distinct())
            if (await state.Runs.ReadAsync(sync, runId, ct) is { } run)
                waiting += run.Counts.NotFound + run.Counts.Rejected + run.Counts.GivenUp;
        var invalid = checkpoint.LastRun is { } lastRun ? (await state.Runs.ReadAsync(sync, lastRun, ct))?.Counts.Invalid ?? 0 : 0;
        return Math.Max(kept, waiting + invalid);
    }

    private static bool Fits(Rejection rejection, string? search) =>
        string.IsNullOrEmpty(search) || Holds(rejection.Key, search) || Holds(rejection.Rule, search) || Holds(rejection.Reason, search)
            || Holds(rejection.Outcome, search);

    private static bool Holds(string? text, string part) => text is not null && text.Contains(part, StringComparison.OrdinalIgnoreCase);
}
