using System.Collections.Concurrent;
using PendoSync.Batches;
using PendoSync.State;

namespace PendoSync.Runs;

/// <summary>Live counts of the runs this process works on, for progress bars only.</summary>
public sealed class RunObserver
{
    private readonly ConcurrentDictionary<string, RunCounts> _live = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (string RunId, string Key)> _accepted = new(StringComparer.Ordinal);

    /// <summary>The counts so far; zeros when nothing is known.</summary>
    public RunCounts Of(string runId) => _live.GetValueOrDefault(runId) ?? new RunCounts();

    /// <summary>The run that accepted a record of the sync last, and the key of one such record; null before the first.</summary>
    public (string RunId, string Key)? AcceptedLast(string sync) => _accepted.TryGetValue(sync, out var last) ? last : null;

    /// <summary>The planner's counts replace the earlier ones.</summary>
    internal void Planned(string runId, RunCounts plan) =>
        _live.AddOrUpdate(runId, plan, (_, now) =>
            now with
            {
                Read = plan.Read,
                Invalid = plan.Invalid,
                Unchanged = plan.Unchanged,
                Waiting = plan.Waiting,
                Planned = plan.Planned
            });

    /// <summary>A receipt's counts are added.</summary>
    internal void Delivered(RecordBatch batch, BatchRow receipt, RunCounts totals)
    {
        _live.AddOrUpdate(batch.Id.RunId, totals, (_, now) => now.WithOutcomesOf(now.PlusOutcomes(totals)));
        for (var i = 0; i < receipt.Count; i++)
        {
            if (receipt.OutcomeOf(i) != RecordOutcome.Accepted)
                continue;
            _accepted[batch.Id.Sync] = (batch.Id.RunId, batch.Records.KeyOf(i));
            return;
        }
    }

    /// <summary>Forgets an ended run.</summary>
    internal void Forget(string runId) => _live.TryRemove(runId, out _);
}
