namespace PendoSync.State;

/// <summary>
/// A conditional write that knows its own entity. When an answer gets lost on the way a store tries again, and then meets
/// what it wrote itself: that is a success, and to take it for somebody else's would leave nobody in charge.
/// </summary>
internal static class OwnWrite
{
    private const string Mark = "write";

    /// <summary>Marks the entity, writes it, and after a refusal looks whether the mark is there already.</summary>
    public static async Task<TableWrite> TryAsync(ITableStore store, string table, TableRow row,
        Func<TableRow, Task<TableWrite>> write, CancellationToken ct)
    {
        var mark = Guid.NewGuid().ToString("N");
        row[Mark] = mark;
        var result = await write(row);
        if (result.Done)
            return result;
        var found = await store.GetAsync(table, row.Partition, row.Row, ct);
        return found.Value is { } own && own.Text(Mark) == mark ? new TableWrite(true, own.Version, found.Now) : result;
    }
}
