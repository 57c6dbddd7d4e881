using System.Runtime.CompilerServices;
using PendoSync.State;

namespace PendoSync.Tests.Worlds;

/// <summary>The world's tables as one process sees them: every write is a side effect, and is watched.</summary>
internal sealed class WorldTables(World world, WorldProcess process) : ITableStore
{
    private readonly MemoryTableStore _store = world.Setup.OneMachine ? world.Tables.SeenBy(process.Clock) : world.Tables;

    public async Task<TableAnswer<TableRow?>> GetAsync(string table, string partition, string row, CancellationToken ct)
    {
        await process.PassAsync();
        ct.ThrowIfCancellationRequested();
        return await _store.GetAsync(table, partition, row, ct);
    }

    public Task<TableWrite> AddAsync(string table, TableRow row, CancellationToken ct) =>
        WriteAsync("add", table, row, () => _store.AddAsync(table, row, ct), ct);

    public Task<TableWrite> ReplaceAsync(string table, TableRow row, string version, CancellationToken ct) =>
        WriteAsync("replace", table, row, () => _store.ReplaceAsync(table, row, version, ct), ct);

    public Task<TableWrite> UpsertAsync(string table, TableRow row, CancellationToken ct) =>
        WriteAsync("upsert", table, row, () => _store.UpsertAsync(table, row, ct), ct);

    public async IAsyncEnumerable<TableRow> QueryAsync(string table, string partition, RowRange range, IReadOnlyList<string>? columns,
        [EnumeratorCancellation] CancellationToken ct)
    {
        await process.PassAsync();
        await foreach (var row in _store.QueryAsync(table, partition, range, columns, ct))
            yield return row;
    }

    public Task UpsertManyAsync(string table, string partition, IReadOnlyList<TableRow> rows, CancellationToken ct) =>
        rows.Count == 0 ? Task.CompletedTask :
        process.EffectAsync($"upsert {table} x{rows.Count}", async () =>
        {
            await _store.UpsertManyAsync(table, partition, rows, ct);
            return true;
        });

    public Task DeleteAsync(string table, string partition, IReadOnlyList<string> rows, CancellationToken ct) =>
        rows.Count == 0 ? Task.CompletedTask :
        process.EffectAsync($"delete {table} x{rows.Count}", async () =>
        {
            world.Watch.Deleting(table, partition, rows);
            await _store.DeleteAsync(table, partition, rows, ct);
            return true;
        });

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task<TableWrite> WriteAsync(string how, string table, TableRow row, Func<Task<TableWrite>> write, CancellationToken ct) =>
        process.EffectAsync($"{how} {table}", async () =>
        {
            ct.ThrowIfCancellationRequested();
            if (world.BeforeWrite?.Invoke(process, how, table) is { } fault)
                throw fault;
            var before = (await _store.GetAsync(table, row.Partition, row.Row, CancellationToken.None)).Value;
            var result = await write();
            if (result.Done)
                world.Watch.Written(how, table, before, row);
            return world.AfterWrite?.Invoke(process, how, table) is { } lost ? throw lost : result;
        });
}
