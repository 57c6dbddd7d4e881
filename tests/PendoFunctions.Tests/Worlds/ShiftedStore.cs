using PendoSync.State;

namespace PendoFunctions.Tests.Worlds;

/// <summary>A store whose own clock is moved ahead too: schedules and ages see the time that a test skips.</summary>
internal sealed class ShiftedStore(ITableStore inner, ShiftedClock clock) : ITableStore
{
    public async Task<TableAnswer<TableRow?>> GetAsync(string table, string partition, string row, CancellationToken ct)
    {
        var answer = await inner.GetAsync(table, partition, row, ct);
        return answer with { Now = answer.Now + clock.Ahead };
    }

    public async Task<TableWrite> AddAsync(string table, TableRow row, CancellationToken ct) => Shifted(await inner.AddAsync(table, row, ct));

    public async Task<TableWrite> ReplaceAsync(string table, TableRow row, string version, CancellationToken ct) => Shifted(await inner.ReplaceAsync(table, row, version, ct));

    public async Task<TableWrite> UpsertAsync(string table, TableRow row, CancellationToken ct) => Shifted(await inner.UpsertAsync(table, row, ct));

    public IAsyncEnumerable<TableRow> QueryAsync(string table, string partition, RowRange range, IReadOnlyList<string>? columns, CancellationToken ct) =>
        inner.QueryAsync(table, partition, range, columns, ct);

    public Task UpsertManyAsync(string table, string partition, IReadOnlyList<TableRow> rows, CancellationToken ct) => inner.UpsertManyAsync(table, partition, rows, ct);

    public Task DeleteAsync(string table, string partition, IReadOnlyList<string> rows, CancellationToken ct) => inner.DeleteAsync(table, partition, rows, ct);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private TableWrite Shifted(TableWrite write) => write with { Now = write.Now + clock.Ahead };
}
