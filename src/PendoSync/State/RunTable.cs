namespace PendoSync.State;

/// <summary>Reads and writes runs, newest first. Only who moves the checkpoint decides about a run; this is what people read.</summary>
public sealed class RunTable(ITableStore store)
{
    /// <summary>The run, or null.</summary>
    public async Task<RunRecord?> ReadAsync(string sync, string runId, CancellationToken ct)
    {
        var answer = await store.GetAsync(Tables.Runs, sync, runId, ct);
        return answer.Value is { } row ? RunRecord.FromRow(row) : null;
    }

    /// <summary>Writes the run, whatever was there; for stores in which nobody else is at work.</summary>
    internal Task WriteAsync(RunRecord run, CancellationToken ct) => store.UpsertAsync(Tables.Runs, run.ToRow(), ct);

    /// <summary>
    /// Reads, changes and writes until nobody else did meanwhile: a planner that lost its lease must not write over a run's end.
    /// </summary>
    /// <param name="active">The run; a new record of it is handed in when there is none yet.</param>
    /// <param name="sync">The sync.</param>
    /// <param name="change">Gets the run and the store's clock; returns null to leave it as it is.</param>
    /// <param name="ct">Ends the work.</param>
    /// <returns>The run as it stands afterwards.</returns>
    public async Task<RunRecord> ChangeAsync(string sync, ActiveRun active, Func<RunRecord, DateTimeOffset, RunRecord?> change,
        CancellationToken ct)
    {
        while (true)
        {
            var (row, now) = await store.GetAsync(Tables.Runs, sync, active.RunId, ct);
            var before = row is null ? RunRecord.Of(sync, active) : RunRecord.FromRow(row);
            if (change(before, now) is not { } wanted)
                return before;
            var write = row is null
                ? await store.AddAsync(Tables.Runs, wanted.ToRow(), ct)
                : await store.ReplaceAsync(Tables.Runs, wanted.ToRow(), row.Version, ct);
            if (write.Done)
                return wanted;
        }
    }

    /// <summary>Runs of a sync, newest first, from behind <paramref name="after"/>.</summary>
    public async IAsyncEnumerable<RunRecord> ListAsync(string sync, string? after,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        if (after is not null && RunRecord.SyncOf(after) != sync)
        {
            throw new ProblemException(ProblemKind.Configuration, $"'{after}' is not the id of a run of this sync", $"sync '{sync}', after",
                "Give the `next` of the page before.");
        }

        var range = after is null ? RowRange.All : RowRange.StartingAt(after + "+");
        await foreach (var row in store.QueryAsync(Tables.Runs, sync, range, null, ct))
            yield return RunRecord.FromRow(row);
    }

    /// <summary>Deletes the runs of a sync that cannot be read.</summary>
    internal Task DeleteDamagedAsync(string sync, CancellationToken ct) =>
        DamagedRows.DeleteAsync(store, Tables.Runs, sync, row => RunRecord.FromRow(row), ct);

    /// <summary>Deletes runs.</summary>
    public Task DeleteAsync(string sync, IReadOnlyList<string> runIds, CancellationToken ct) =>
        store.DeleteAsync(Tables.Runs, sync, runIds, ct);
}
