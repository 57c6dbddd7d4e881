namespace PendoSync.State;

/// <summary>
/// The extra calls that halving has cost in the last run of each sync, of all its batches and processes together: one row a sync, which
/// the next run begins anew.
/// </summary>
internal sealed class HalvingTable(ITableStore store)
{
    private const string Row = "halving";

    /// <summary>Takes calls from a run's budget; false when so many are not left.</summary>
    /// <param name="sync">The sync.</param>
    /// <param name="runId">The run.</param>
    /// <param name="calls">How many.</param>
    /// <param name="most">The budget of a run.</param>
    /// <param name="ct">Ends it.</param>
    public async Task<bool> TryTakeAsync(string sync, string runId, int calls, int most, CancellationToken ct)
    {
        while (true)
        {
            var before = (await store.GetAsync(Tables.Shared, sync, Row, ct)).Value;
            var used = before?.Text("run") == runId ? before.Number("calls") : 0;
            if (used + calls > most)
                return false;
            var row = new TableRow(sync, Row) { ["run"] = runId, ["calls"] = used + calls };
            // A repeated write after a lost answer takes twice, which only makes the budget smaller.
            var write = before is null ? await store.AddAsync(Tables.Shared, row, ct)
                : await store.ReplaceAsync(Tables.Shared, row, before.Version, ct);
            if (write.Done)
                return true;
        }
    }
}
