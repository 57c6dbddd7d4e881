using System.Collections.Concurrent;
using PendoSync.Reports;
using PendoSync.State;

namespace PendoSync.Operations;

/// <summary>The runs of several syncs as one list, newest first.</summary>
internal static class RunList
{
    /// <summary>A page of it.</summary>
    /// <param name="store">The state.</param>
    /// <param name="syncs">The syncs.</param>
    /// <param name="state">Only runs in this state; null: any.</param>
    /// <param name="limit">Most runs.</param>
    /// <param name="after">Where the page before ended; null: from the newest.</param>
    /// <param name="now">The time a run that is not over is measured to.</param>
    /// <param name="ct">Ends the reading.</param>
    public static async Task<ItemPage<RunReport>> ReadAsync(StateStore store, string[] syncs, RunState? state, int limit, string? after,
        DateTimeOffset now, CancellationToken ct)
    {
        var found = new ConcurrentBag<RunRecord>();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = ct };
        await Parallel.ForEachAsync(syncs, parallel, async (sync, token) =>
        {
            var taken = 0;
            // What ends an id is its time, so the page before ended at the same one in every sync.
            await foreach (var run in store.Runs.ListAsync(sync, after is null ? null : $"{sync}-{after}", token))
            {
                if (state is not null && run.State != state)
                    continue;
                found.Add(run);
                if (++taken > limit)
                    break;
            }
        });
        var ordered = found.OrderBy(r => TimeOf(r.RunId), StringComparer.Ordinal).ToList();
        return new ItemPage<RunReport>([.. ordered.Take(limit).Select(r => RunReport.Of(r, now))],
            ordered.Count > limit ? TimeOf(ordered[limit - 1].RunId) : null);
    }

    private static string TimeOf(string runId) => runId[(runId.LastIndexOf('-') + 1)..];
}
