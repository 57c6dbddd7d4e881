using PendoSync.Definitions;
using PendoSync.Diffing;
using PendoSync.State;

namespace PendoSync.Running;

/// <summary>Counts, before anything is sent, what a run would change, and stops it when that is more of the snapshot than allowed.</summary>
internal static class ChangeGuard
{
    /// <summary>Reads the model once and throws a limit problem when too much would change. The index is used up by it.</summary>
    public static async Task CheckAsync(SyncContext context, Checkpoint checkpoint, ReadingPlan reading, SnapshotIndex index, EngineOptions options, CancellationToken ct)
    {
        var limits = context.Sync.Limits;
        var snapshot = index.Accepted;
        long read = 0, changed = 0;
        var open = await ModelRead.OpenAsync(context, reading.From, checkpoint.Seeds, options.Clock, dryRun: true, ct);
        await using (open)
        {
            var diff = new Diff(index, context.Sync.Behavior == Behavior.UpdateOrCreate, everything: false, checkpoint.ReadAt);
            while (await open.Reader.ReadAsync(ct))
            {
                read++;
                if (open.Mapper.Map(open.Reader) is not null)
                    diff.Meet(open.Mapper.KeyHash);
                else if (diff.Decide(open.Mapper.KeyHash, open.Mapper.Second) is Decision.New or Decision.Changed)
                    changed++;
            }
        }

        var percent = 100.0 * changed / snapshot;
        if (read >= limits.MinRecords && percent > limits.MaxChangedPercent)
        {
            throw new ProblemException(ProblemKind.Limit,
                $"{changed} records would change, {percent:0.#} % of the {snapshot} in the snapshot (allowed are {limits.MaxChangedPercent:0.#} %); nothing was sent", $"sync '{context.Sync.Name}'",
                $"Look at `pendosync plan {context.Sync.Name}`; if the change is meant, raise limits.max_changed_percent for one run.");
        }
    }
}
