using System.Runtime.CompilerServices;
using PendoFunctions.Tests.Worlds;
using PendoSync.State;

namespace PendoFunctions.Tests.Kills;

/// <summary>
/// A store in a time that is ahead of the real one: its own clock, and the timestamp of each entity by how far ahead it was
/// when it was written. So what was written before a skip is old after it, and what is written now is not.
/// </summary>
internal sealed class AheadStore(ITableStore inner, ShiftedClock clock) : ITableStore
{
    private const string Ahead = "testahead";

    public async Task<TableAnswer<TableRow?>> GetAsync(string table, string partition, string row, CancellationToken ct)
    {
        var answer = await inner.GetAsync(table, partition, row, ct);
        return new TableAnswer<TableRow?>(answer.Value is { } found ? Unmarked(found) : null, answer.Now + clock.Ahead);
    }

    public async Task<TableWrite> AddAsync(string table, TableRow row, CancellationToken ct) => Shifted(await inner.AddAsync(table, Marked(row), ct));

    public async Task<TableWrite> ReplaceAsync(string table, TableRow row, string version, CancellationToken ct) => Shifted(await inner.ReplaceAsync(table, Marked(row), version, ct));

    public async Task<TableWrite> UpsertAsync(string table, TableRow row, CancellationToken ct) => Shifted(await inner.UpsertAsync(table, Marked(row), ct));

    public async IAsyncEnumerable<TableRow> QueryAsync(string table, string partition, RowRange range, IReadOnlyList<string>? columns, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var row in inner.QueryAsync(table, partition, range, columns is null ? null : [.. columns, Ahead], ct))
            yield return Unmarked(row);
    }

    public Task UpsertManyAsync(string table, string partition, IReadOnlyList<TableRow> rows, CancellationToken ct) => inner.UpsertManyAsync(table, partition, [.. rows.Select(Marked)], ct);

    public Task DeleteAsync(string table, string partition, IReadOnlyList<string> rows, CancellationToken ct) => inner.DeleteAsync(table, partition, rows, ct);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private TableWrite Shifted(TableWrite write) => write with { Now = write.Now + clock.Ahead };

    private TableRow Marked(TableRow row)
    {
        var copy = Copy(row, TimeSpan.Zero);
        copy[Ahead] = clock.Ahead.Ticks;
        return copy;
    }

    private static TableRow Unmarked(TableRow row)
    {
        var copy = Copy(row, TimeSpan.FromTicks(row.Number(Ahead)));
        copy[Ahead] = null;
        return copy;
    }

    private static TableRow Copy(TableRow row, TimeSpan ahead)
    {
        var copy = new TableRow(row.Partition, row.Row) { Version = row.Version, Timestamp = row.Timestamp == default ? default : row.Timestamp + ahead };
        foreach (var (name, value) in row.Properties)
            copy[name] = value;
        return copy;
    }
}
