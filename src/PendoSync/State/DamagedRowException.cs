namespace PendoSync.State;

/// <summary>An entity is there, but what it holds cannot be read. Whoever mends it replaces this version of it, or deletes it.</summary>
/// <param name="table">Its table.</param>
/// <param name="row">The entity with its keys and version, and as many of its properties as could be read.</param>
/// <param name="inner">What reading it threw; null when a part of it is missing.</param>
internal sealed class DamagedRowException(string table, TableRow row, Exception? inner = null)
    : ProblemException(ProblemOf(table, row), inner)
{
    private const string Backup = "Put a backup of the state in its place (noticed: values are sent once more, events ask first), or ";

    /// <summary>The entity.</summary>
    public TableRow Row { get; } = row;

    private static Problem ProblemOf(string table, TableRow row) => table switch
    {
        Tables.Checkpoints => New("the checkpoint cannot be read", $"sync '{row.Partition}'",
            $"{Backup}run `pendosync reset {row.Partition}` (of events with --forget-events); it was not changed."),
        Tables.Runs => New("a run cannot be read", $"run '{row.Row}'",
            $"{Backup}run `pendosync reset {row.Partition}`, which also takes the run off the list; it was not changed."),
        Tables.Rejections => New("the details of a rejected record cannot be read", $"{row.Partition}/{row.Row}",
            $"{Backup}run `pendosync reset {row.Partition}`, which also takes the record off the list; it was not changed."),
        Tables.Receipts => New("a receipt cannot be read", $"{row.Partition}/{row.Row}",
            $"{Backup}run `pendosync reset {SyncOfReceipt(row.Partition)}` (of events with --forget-events); it was not changed."),
        Tables.Snapshots => New("a page of the snapshot cannot be read", $"{row.Partition}/{row.Row}",
            $"{Backup}run `pendosync reset {row.Partition.Split('+')[0]}` (of events with --forget-events); it was not changed."),
        _ => New("a row that all syncs share cannot be read", $"{row.Partition}/{row.Row}",
            $"{Backup}move it away to start anew: every record is then sent once more."),
    };

    // Of a run and an attempt.
    private static string SyncOfReceipt(string partition) => RunRecord.SyncOf(partition.Split('.')[0]) ?? "SYNC";

    private static Problem New(string message, string place, string fix) => new(ProblemKind.State, message, place, fix);
}

/// <summary>Takes away rows that nothing depends on and that cannot be read.</summary>
internal static class DamagedRows
{
    /// <summary>Deletes the damaged rows of one partition.</summary>
    /// <param name="store">The store.</param>
    /// <param name="table">The table.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="read">Reads a row as its table does; throws <see cref="DamagedRowException"/>.</param>
    /// <param name="ct">Ends the work.</param>
    public static async Task DeleteAsync(ITableStore store, string table, string partition, Action<TableRow> read, CancellationToken ct)
    {
        var from = RowRange.All;
        while (await FirstAsync() is { } damaged)
            await store.DeleteAsync(table, partition, [damaged], ct);

        async Task<string?> FirstAsync()
        {
            try
            {
                await foreach (var row in store.QueryAsync(table, partition, from, null, ct))
                {
                    read(row);
                    from = RowRange.StartingAt(row.Row);
                }

                return null;
            }
            catch (DamagedRowException e)
            {
                return e.Row.Row;
            }
        }
    }
}
