using System.Runtime.CompilerServices;
using PendoSync.State;

namespace PendoSync.Tests.Worlds;

/// <summary>Tables in memory, for tests that run many small worlds; the same rules as the real stores.</summary>
public sealed class MemoryTableStore : ITableStore
{
    private const int PageRows = 1000;

    private readonly TimeProvider _clock;
    private readonly Shared _all;

    public MemoryTableStore(TimeProvider? clock = null)
        : this(clock ?? TimeProvider.System, new Shared())
    {
    }

    private MemoryTableStore(TimeProvider clock, Shared all) => (_clock, _all) = (clock, all);

    /// <summary>The same entities by another clock: what a process of its own machine sees of a file.</summary>
    public MemoryTableStore SeenBy(TimeProvider clock) => new(clock, _all);

    public Task<TableAnswer<TableRow?>> GetAsync(string table, string partition, string row, CancellationToken ct)
    {
        TableLimits.CheckKey(table, partition);
        TableLimits.CheckKey(table, row);
        ct.ThrowIfCancellationRequested();
        lock (_all)
        {
            var found = Rows(table, partition).GetValueOrDefault(row);
            return Task.FromResult(new TableAnswer<TableRow?>(found is null ? null : Copy(found, null), _clock.GetUtcNow()));
        }
    }

    public Task<TableWrite> AddAsync(string table, TableRow row, CancellationToken ct) => Write(table, row, old => old is null, ct);

    public Task<TableWrite> ReplaceAsync(string table, TableRow row, string version, CancellationToken ct) =>
        Write(table, row, old => old?.Version == version, ct);

    public Task<TableWrite> UpsertAsync(string table, TableRow row, CancellationToken ct) => Write(table, row, _ => true, ct);

    public async IAsyncEnumerable<TableRow> QueryAsync(string table, string partition, RowRange range, IReadOnlyList<string>? columns,
        [EnumeratorCancellation] CancellationToken ct)
    {
        TableLimits.CheckKey(table, partition);
        string? after = null;
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            List<TableRow> page;
            lock (_all)
            {
                page = Rows(table, partition).Values
                    .Where(row => (after is null || string.CompareOrdinal(row.Row, after) > 0)
                        && (range.From is null || string.CompareOrdinal(row.Row, range.From) >= 0)
                        && (range.Before is null || string.CompareOrdinal(row.Row, range.Before) < 0))
                    .Take(PageRows).Select(row => Copy(row, columns)).ToList();
            }

            foreach (var row in page)
                yield return row;
            if (page.Count < PageRows)
                yield break;
            after = page[^1].Row;
            await Task.Yield();
        }
    }

    public Task UpsertManyAsync(string table, string partition, IReadOnlyList<TableRow> rows, CancellationToken ct)
    {
        foreach (var group in TableLimits.Groups(table, partition, rows).ToList())
        {
            ct.ThrowIfCancellationRequested();
            lock (_all)
            {
                foreach (var row in group)
                    Save(table, row);
            }
        }

        return Task.CompletedTask;
    }

    public Task DeleteAsync(string table, string partition, IReadOnlyList<string> rows, CancellationToken ct)
    {
        TableLimits.CheckKey(table, partition);
        ct.ThrowIfCancellationRequested();
        lock (_all)
        {
            foreach (var row in rows)
                Rows(table, partition).Remove(row);
        }

        return Task.CompletedTask;
    }

    /// <summary>Every partition of a table.</summary>
    public IReadOnlyList<string> Partitions(string table)
    {
        lock (_all)
            return [.. _all.Partitions.Keys.Where(k => k.Table == table).Select(k => k.Partition).Order(StringComparer.Ordinal)];
    }

    /// <summary>The same entities in a store of their own.</summary>
    public MemoryTableStore CopyFor(TimeProvider time)
    {
        var copy = new MemoryTableStore(time);
        lock (_all)
        {
            foreach (var (key, rows) in _all.Partitions)
                copy._all.Partitions[key] = new SortedList<string, TableRow>(rows, StringComparer.Ordinal);
            copy._all.Version = _all.Version;
        }

        return copy;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task<TableWrite> Write(string table, TableRow row, Func<TableRow?, bool> condition, CancellationToken ct)
    {
        TableLimits.Check(table, row);
        ct.ThrowIfCancellationRequested();
        lock (_all)
        {
            var old = Rows(table, row.Partition).GetValueOrDefault(row.Row);
            if (!condition(old))
                return Task.FromResult(new TableWrite(false, "", _clock.GetUtcNow()));
            var saved = Save(table, row);
            return Task.FromResult(new TableWrite(true, saved.Version, saved.Timestamp));
        }
    }

    private TableRow Save(string table, TableRow row)
    {
        var rows = Rows(table, row.Partition);
        var saved = Copy(row, null, (++_all.Version).ToString(), _clock.GetUtcNow());
        rows[row.Row] = saved;
        return saved;
    }

    private SortedList<string, TableRow> Rows(string table, string partition)
    {
        if (!_all.Partitions.TryGetValue((table, partition), out var rows))
            _all.Partitions.Add((table, partition), rows = new(StringComparer.Ordinal));
        return rows;
    }

    // Nobody may change what is stored through an object they hold.
    private static TableRow Copy(TableRow row, IReadOnlyList<string>? columns, string? version = null, DateTimeOffset? timestamp = null)
    {
        var copy = new TableRow(row.Partition, row.Row) { Version = version ?? row.Version, Timestamp = timestamp ?? row.Timestamp };
        foreach (var (name, value) in row.Properties)
        {
            if (columns is null || columns.Contains(name))
                copy[name] = value is byte[] bytes ? bytes.ToArray() : value;
        }

        return copy;
    }

    private sealed class Shared
    {
        public Dictionary<(string Table, string Partition), SortedList<string, TableRow>> Partitions { get; } = [];

        public long Version { get; set; }
    }
}
