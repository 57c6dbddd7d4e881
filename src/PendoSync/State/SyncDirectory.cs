namespace PendoSync.State;

/// <summary>Which syncs have a state, and what it belongs to: one row a sync, written by each run.</summary>
internal sealed class SyncDirectory(ITableStore store)
{
    // No connection may be called so, and those have the other rows of the table.
    private const string Partition = "syncs=";

    /// <summary>A run of the sync begins.</summary>
    public Task NoteAsync(string sync, string identity, CancellationToken ct) =>
        store.UpsertAsync(Tables.Shared, new TableRow(Partition, sync) { ["identity"] = identity }, ct);

    /// <summary>The sync has no state any more.</summary>
    public Task ForgetAsync(string sync, CancellationToken ct) => store.DeleteAsync(Tables.Shared, Partition, [sync], ct);

    /// <summary>Syncs whose state belongs to that, in ordinal order.</summary>
    public async Task<IReadOnlyList<string>> WithAsync(string identity, CancellationToken ct)
    {
        var found = new List<string>();
        await foreach (var row in store.QueryAsync(Tables.Shared, Partition, RowRange.All, ["identity"], ct))
            if (row.Text("identity") == identity)
                found.Add(row.Row);
        return found;
    }
}
