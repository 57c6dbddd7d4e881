using PendoSync.State;

namespace PendoSync.Runs;

/// <summary>Deletes runs and their receipts after 30 days; receipts that are not in a base yet are never deleted.</summary>
internal sealed class Pruner(StateStore state, EngineOptions options)
{
    private const int MostAtOnce = 50;

    /// <summary>Deletes what is old, a few runs at a time.</summary>
    public async Task PruneAsync(string sync, CancellationToken ct)
    {
        var checkpoint = await state.Checkpoints.ReadAsync(sync, ct);
        var oldest = RunRecord.NewId(sync, checkpoint.ReadAt - options.KeepRuns);
        var unfolded = checkpoint.Ended.Select(e => e.RunId).ToHashSet(StringComparer.Ordinal);
        var gone = new List<RunRecord>();
        await foreach (var run in state.Runs.ListAsync(sync, oldest, ct))
        {
            if (unfolded.Contains(run.RunId) || checkpoint.Active?.RunId == run.RunId)
                continue;
            gone.Add(run);
            if (gone.Count == MostAtOnce)
                break;
        }

        foreach (var run in gone)
            for (var attempt = 1; attempt <= run.Attempt; attempt++)
                await state.Receipts.DeleteAsync(ReceiptTable.PartitionOf(run.RunId, attempt), ct);
        await state.Runs.DeleteAsync(sync, [.. gone.Select(r => r.RunId)], ct);
    }
}
