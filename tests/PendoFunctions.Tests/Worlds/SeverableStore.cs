using PendoSync;
using PendoSync.State;

namespace PendoFunctions.Tests.Worlds;

/// <summary>A store whose network can be cut: to everybody else, the process behind it is dead from then on.</summary>
internal sealed class SeverableStore(ITableStore inner) : ITableStore
{
    private volatile bool _cut;

    public void Cut() => _cut = true;

    public Task<TableAnswer<TableRow?>> GetAsync(string table, string partition, string row, CancellationToken ct) => Reached().GetAsync(table, partition, row, ct);

    public Task<TableWrite> AddAsync(string table, TableRow row, CancellationToken ct) => Reached().AddAsync(table, row, ct);

    public Task<TableWrite> ReplaceAsync(string table, TableRow row, string version, CancellationToken ct) => Reached().ReplaceAsync(table, row, version, ct);

    public Task<TableWrite> UpsertAsync(string table, TableRow row, CancellationToken ct) => Reached().UpsertAsync(table, row, ct);

    public IAsyncEnumerable<TableRow> QueryAsync(string table, string partition, RowRange range, IReadOnlyList<string>? columns, CancellationToken ct) =>
        Reached().QueryAsync(table, partition, range, columns, ct);

    public Task UpsertManyAsync(string table, string partition, IReadOnlyList<TableRow> rows, CancellationToken ct) => Reached().UpsertManyAsync(table, partition, rows, ct);

    public Task DeleteAsync(string table, string partition, IReadOnlyList<string> rows, CancellationToken ct) => Reached().DeleteAsync(table, partition, rows, ct);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private ITableStore Reached() => _cut ? throw new ProblemException(ProblemKind.Transient, "the store cannot be reached") : inner;
}
