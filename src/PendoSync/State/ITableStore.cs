namespace PendoSync.State;

/// <summary>
/// Small tables with two-part keys and a version per entity: Table Storage in Azure, SQLite on one machine.
/// Every entity has the store's own timestamp and every answer the store's own clock, so that ages never depend on a machine's clock.
/// The clock is asked anew for each answer; it is never derived from an entity, and an entity may be younger than now when the clock was
/// set back.
/// Limits: an entity at most 1 MiB, a binary or text property at most 64 KiB (text 32,768 characters), at most eleven full binaries.
/// Keys hold letters, digits and <c>- _ . ~ = +</c>; order is ordinal. Throttling and lost connections are retried inside;
/// what remains is a <see cref="ProblemException"/> of kind Transient or State.
/// </summary>
public interface ITableStore : IAsyncDisposable
{
    /// <summary>The entity, or null.</summary>
    Task<TableAnswer<TableRow?>> GetAsync(string table, string partition, string row, CancellationToken ct);

    /// <summary>Adds an entity; <see cref="TableWrite.Done"/> is false when it exists, and nothing was changed.</summary>
    /// <remarks>After a lost answer a retry may meet its own entity: callers put an owner into it and read it back.</remarks>
    Task<TableWrite> AddAsync(string table, TableRow row, CancellationToken ct);

    /// <summary>Replaces the whole entity when it still has <paramref name="version"/>; Done is false when it changed or is gone.</summary>
    Task<TableWrite> ReplaceAsync(string table, TableRow row, string version, CancellationToken ct);

    /// <summary>Writes the whole entity, whatever was there.</summary>
    Task<TableWrite> UpsertAsync(string table, TableRow row, CancellationToken ct);

    /// <summary>Entities of one partition in ordinal order of their row key, paged inside.</summary>
    /// <param name="table">The table.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="range">Which rows.</param>
    /// <param name="columns">Property names to bring; null: all; empty: keys only.</param>
    /// <param name="ct">Ends the query.</param>
    IAsyncEnumerable<TableRow> QueryAsync(string table, string partition, RowRange range, IReadOnlyList<string>? columns,
        CancellationToken ct);

    /// <summary>Writes entities of one partition whatever was there; all of each group of at most 100 and 4 MB, or none of it.</summary>
    Task UpsertManyAsync(string table, string partition, IReadOnlyList<TableRow> rows, CancellationToken ct);

    /// <summary>Deletes entities of one partition; missing ones are no error.</summary>
    Task DeleteAsync(string table, string partition, IReadOnlyList<string> rows, CancellationToken ct);
}

/// <summary>Rows from <see cref="From"/> (inclusive) to <see cref="Before"/> (exclusive); null: open.</summary>
public readonly record struct RowRange(string? From, string? Before)
{
    /// <summary>All rows.</summary>
    public static RowRange All => default;

    /// <summary>Rows from a key on.</summary>
    public static RowRange StartingAt(string from) => new(from, null);

    /// <summary>Rows that start with a prefix of at least one character.</summary>
    public static RowRange WithPrefix(string prefix) => new(prefix, prefix[..^1] + (char)(prefix[^1] + 1));
}

/// <summary>A value and the store's clock at the moment of the answer.</summary>
public readonly record struct TableAnswer<T>(T Value, DateTimeOffset Now);

/// <summary>The result of a conditional write.</summary>
/// <param name="Done">False: the condition did not hold, nothing was changed.</param>
/// <param name="Version">The entity's new version when done.</param>
/// <param name="Now">The store's clock.</param>
public readonly record struct TableWrite(bool Done, string Version, DateTimeOffset Now);

/// <summary>
/// One entity. Property values are string, bool, long, double, DateTimeOffset (UTC) or byte[]; null properties are left out.
/// </summary>
public sealed class TableRow(string partition, string row)
{
    private readonly Dictionary<string, object> _properties = new(StringComparer.Ordinal);

    /// <summary>First key.</summary>
    public string Partition { get; } = partition;

    /// <summary>Second key.</summary>
    public string Row { get; } = row;

    /// <summary>Changes with every write; empty on a new entity.</summary>
    public string Version { get; init; } = "";

    /// <summary>When the store last wrote it.</summary>
    public DateTimeOffset Timestamp { get; init; }

    /// <summary>Every property by name.</summary>
    public IReadOnlyDictionary<string, object> Properties => _properties;

    /// <summary>Sets or, with null, removes a property.</summary>
    public object? this[string name]
    {
        get => _properties.GetValueOrDefault(name);
        set
        {
            if (value is null)
                _properties.Remove(name);
            else
                _properties[name] = value is int small ? (long)small : value;
        }
    }

    /// <summary>Text, or null.</summary>
    public string? Text(string name) => _properties.GetValueOrDefault(name) as string;

    /// <summary>A whole number, 0 when missing.</summary>
    public long Number(string name) => _properties.GetValueOrDefault(name) is long number ? number : 0;

    /// <summary>A flag, false when missing.</summary>
    public bool Flag(string name) => _properties.GetValueOrDefault(name) is true;

    /// <summary>An instant, or null.</summary>
    public DateTimeOffset? Time(string name) => _properties.GetValueOrDefault(name) is DateTimeOffset time ? time : null;

    /// <summary>Bytes, or null.</summary>
    public byte[]? Bytes(string name) => _properties.GetValueOrDefault(name) as byte[];
}

/// <summary>The six tables.</summary>
public static class Tables
{
    /// <summary>One entity per sync.</summary>
    public const string Checkpoints = "SyncCheckpoints";

    /// <summary>One entity per run, newest first.</summary>
    public const string Runs = "SyncRuns";

    /// <summary>Intents and receipts.</summary>
    public const string Receipts = "SyncReceipts";

    /// <summary>Bases.</summary>
    public const string Snapshots = "SyncSnapshots";

    /// <summary>Readable details of rejected records.</summary>
    public const string Rejections = "SyncRejections";

    /// <summary>What all syncs of a connection share.</summary>
    public const string Shared = "Shared";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Checkpoints, Runs, Receipts, Snapshots, Rejections, Shared];
}
