using PendoSync.Values;

namespace PendoSync.State;

/// <summary>Reads and moves checkpoints.</summary>
public sealed class CheckpointTable(ITableStore store)
{
    /// <summary>The sync's checkpoint; a fresh one, not stored yet, when there is none.</summary>
    public async Task<Checkpoint> ReadAsync(string sync, CancellationToken ct)
    {
        var answer = await store.GetAsync(Tables.Checkpoints, sync, "checkpoint", ct);
        return answer.Value is { } row
            ? Checkpoint.FromRow(row, answer.Now)
            : new Checkpoint { Sync = sync, Seeds = HashSeeds.Random(), ReadAt = answer.Now, Timestamp = answer.Now };
    }

    /// <summary>
    /// Writes the checkpoint if nobody did since it was read; null when somebody did: read again and decide again (promise 5).
    /// </summary>
    public async Task<Checkpoint?> TryWriteAsync(Checkpoint checkpoint, CancellationToken ct)
    {
        var write = await OwnWrite.TryAsync(store, Tables.Checkpoints, checkpoint.ToRow(), row => checkpoint.Version.Length == 0
            ? store.AddAsync(Tables.Checkpoints, row, ct)
            : store.ReplaceAsync(Tables.Checkpoints, row, checkpoint.Version, ct), ct);
        return write.Done ? checkpoint with { Version = write.Version, Timestamp = write.Now, ReadAt = write.Now } : null;
    }

    /// <summary>Changes the checkpoint as the planner that holds the lease.</summary>
    /// <exception cref="ProblemException">Conflict: it does not hold it any more.</exception>
    internal async Task<Checkpoint> ChangeHeldAsync(string sync, string runId, int attempt, string owner,
        Func<Checkpoint, Checkpoint> change, CancellationToken ct)
    {
        var held = false;
        var written = await ChangeAsync(sync, now => (held = now.IsHeld(runId, attempt, owner)) ? change(now) : null, ct);
        return held ? written
            : throw new ProblemException(ProblemKind.Conflict, "the run was cancelled or taken over", runId);
    }

    /// <summary>Deletes the checkpoint of a sync that has none any more.</summary>
    internal Task DeleteAsync(string sync, CancellationToken ct) => store.DeleteAsync(Tables.Checkpoints, sync, ["checkpoint"], ct);

    /// <summary>Reads, changes and writes until no conflict is left; <paramref name="change"/> returns null to leave it as it is.</summary>
    /// <returns>The checkpoint as it stands afterwards.</returns>
    public async Task<Checkpoint> ChangeAsync(string sync, Func<Checkpoint, Checkpoint?> change, CancellationToken ct)
    {
        while (true)
        {
            var before = await ReadAsync(sync, ct);
            if (change(before) is not { } wanted)
                return before;
            if (await TryWriteAsync(wanted, ct) is { } written)
                return written;
        }
    }
}
