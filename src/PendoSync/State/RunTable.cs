namespace PendoSync.State;

/// <summary>Reads and writes runs, newest first.</summary>
public sealed class RunTable(ITableStore store)
{
    /// <summary>The run, or null.</summary>
    public async Task<RunRecord?> ReadAsync(string sync, string runId, CancellationToken ct)
    {
        var answer = await store.GetAsync(Tables.Runs, sync, runId, ct);
        return answer.Value is { } row ? RunRecord.FromRow(row) : null;
    }

    /// <summary>Writes the run, whatever was there: only who moves the checkpoint decides about a run, this is what people read.</summary>
    public Task WriteAsync(RunRecord run, CancellationToken ct) => store.UpsertAsync(Tables.Runs, run.ToRow(), ct);

    /// <summary>Runs of a sync, newest first, from behind <paramref name="after"/>.</summary>
    public async IAsyncEnumerable<RunRecord> ListAsync(string sync, string? after, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        var range = after is null ? RowRange.All : RowRange.StartingAt(after + "+");
        await foreach (var row in store.QueryAsync(Tables.Runs, sync, range, null, ct))
            yield return RunRecord.FromRow(row);
    }

    /// <summary>Deletes runs.</summary>
    public Task DeleteAsync(string sync, IReadOnlyList<string> runIds, CancellationToken ct) => store.DeleteAsync(Tables.Runs, sync, runIds, ct);
}
