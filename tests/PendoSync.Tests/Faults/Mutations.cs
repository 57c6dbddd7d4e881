using PendoSync.State;

namespace PendoSync.Tests.Faults;

/// <summary>Tables that pass everything on; a mutation overrides what it takes away.</summary>
internal abstract class PassingTables(ITableStore inner) : ITableStore
{
    protected ITableStore Inner { get; } = inner;

    public virtual Task<TableAnswer<TableRow?>> GetAsync(string table, string partition, string row, CancellationToken ct) =>
        Inner.GetAsync(table, partition, row, ct);

    public virtual Task<TableWrite> AddAsync(string table, TableRow row, CancellationToken ct) => Inner.AddAsync(table, row, ct);

    public virtual Task<TableWrite> ReplaceAsync(string table, TableRow row, string version, CancellationToken ct) =>
        Inner.ReplaceAsync(table, row, version, ct);

    public virtual Task<TableWrite> UpsertAsync(string table, TableRow row, CancellationToken ct) => Inner.UpsertAsync(table, row, ct);

    public virtual IAsyncEnumerable<TableRow> QueryAsync(string table, string partition, RowRange range, IReadOnlyList<string>? columns,
        CancellationToken ct) =>
        Inner.QueryAsync(table, partition, range, columns, ct);

    public virtual Task UpsertManyAsync(string table, string partition, IReadOnlyList<TableRow> rows, CancellationToken ct) =>
        Inner.UpsertManyAsync(table, partition, rows, ct);

    public virtual Task DeleteAsync(string table, string partition, IReadOnlyList<string> rows, CancellationToken ct) =>
        Inner.DeleteAsync(table, partition, rows, ct);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    protected static TableRow Copy(TableRow row, string? version = null, DateTimeOffset? timestamp = null)
    {
        var copy = new TableRow(row.Partition, row.Row) { Version = version ?? row.Version, Timestamp = timestamp ?? row.Timestamp };
        foreach (var (name, value) in row.Properties)
            copy[name] = value;
        return copy;
    }
}

/// <summary>Guard taken away: the intent before a call. It is kept in the process only, and the receipt is written all the same.</summary>
internal sealed class WithoutIntents(ITableStore inner) : PassingTables(inner)
{
    private readonly Dictionary<(string, string), TableRow> _mine = [];

    public override Task<TableWrite> AddAsync(string table, TableRow row, CancellationToken ct)
    {
        if (table != Tables.Receipts || row.Text("kind") == "receipt")
            return base.AddAsync(table, row, ct);
        _mine[(row.Partition, row.Row)] = row;
        return Task.FromResult(new TableWrite(true, "mine", DateTimeOffset.UnixEpoch.AddYears(56)));
    }

    public override async Task<TableWrite> ReplaceAsync(string table, TableRow row, string version, CancellationToken ct)
    {
        if (table != Tables.Receipts || !_mine.ContainsKey((row.Partition, row.Row)))
            return await base.ReplaceAsync(table, row, version, ct);
        if (row.Text("kind") != "receipt")
            return new TableWrite(true, "mine", DateTimeOffset.UnixEpoch.AddYears(56));
        _mine.Remove((row.Partition, row.Row));
        return await base.AddAsync(table, row, ct);
    }
}

/// <summary>Guard taken away: a receipt is written once. Adding and replacing overwrite.</summary>
internal sealed class WithoutWriteOnce(ITableStore inner) : PassingTables(inner)
{
    public override Task<TableWrite> AddAsync(string table, TableRow row, CancellationToken ct) =>
        table == Tables.Receipts ? Inner.UpsertAsync(table, row, ct) : base.AddAsync(table, row, ct);

    public override Task<TableWrite> ReplaceAsync(string table, TableRow row, string version, CancellationToken ct) =>
        table == Tables.Receipts ? Inner.UpsertAsync(table, row, ct) : base.ReplaceAsync(table, row, version, ct);
}

/// <summary>Guard taken away: the version check of the checkpoint.</summary>
internal sealed class WithoutVersions(ITableStore inner) : PassingTables(inner)
{
    public override Task<TableWrite> AddAsync(string table, TableRow row, CancellationToken ct) =>
        table == Tables.Checkpoints ? Inner.UpsertAsync(table, row, ct) : base.AddAsync(table, row, ct);

    public override Task<TableWrite> ReplaceAsync(string table, TableRow row, string version, CancellationToken ct) =>
        table == Tables.Checkpoints ? Inner.UpsertAsync(table, row, ct) : base.ReplaceAsync(table, row, version, ct);
}

/// <summary>Guard taken away: keys in doubt. No receipt says that an earlier call may still be applied.</summary>
internal sealed class WithoutDoubt(ITableStore inner) : PassingTables(inner)
{
    public override Task<TableWrite> ReplaceAsync(string table, TableRow row, string version, CancellationToken ct)
    {
        if (table == Tables.Receipts)
            row["doubt"] = null;
        return base.ReplaceAsync(table, row, version, ct);
    }
}

/// <summary>Guard taken away: the lease. Every planner seems lost to the others.</summary>
internal sealed class WithoutLease(ITableStore inner) : PassingTables(inner)
{
    public override async Task<TableAnswer<TableRow?>> GetAsync(string table, string partition, string row, CancellationToken ct)
    {
        var answer = await base.GetAsync(table, partition, row, ct);
        return table == Tables.Checkpoints && answer.Value is { } found
            ? answer with { Value = Copy(found, timestamp: found.Timestamp.AddHours(-1)) } : answer;
    }
}

/// <summary>Guard taken away: the shared rate. Every process sees a free Pendo.</summary>
internal sealed class WithoutRate(ITableStore inner) : PassingTables(inner)
{
    public override async Task<TableAnswer<TableRow?>> GetAsync(string table, string partition, string row, CancellationToken ct)
    {
        var answer = await base.GetAsync(table, partition, row, ct);
        return table == Tables.Shared ? answer with { Value = null } : answer;
    }

    public override Task<TableWrite> AddAsync(string table, TableRow row, CancellationToken ct) =>
        table == Tables.Shared ? Inner.UpsertAsync(table, row, ct) : base.AddAsync(table, row, ct);
}

/// <summary>Guard taken away: the progress of events. "Started" is said to be written and is not.</summary>
internal sealed class WithoutProgress(ITableStore inner) : PassingTables(inner)
{
    public override async Task<TableWrite> ReplaceAsync(string table, TableRow row, string version, CancellationToken ct)
    {
        if (table != Tables.Receipts || row.Text("kind") != "intent")
            return await base.ReplaceAsync(table, row, version, ct);
        var answer = await base.GetAsync(table, row.Partition, row.Row, ct);
        return new TableWrite(answer.Value?.Version == version, version, answer.Now);
    }
}

/// <summary>Guard taken away: the fence. A deliverer is told that its run is active, whatever became of it.</summary>
internal sealed class WithoutFence(ITableStore inner) : PassingTables(inner)
{
    // A delivery reads the checkpoint twice for the fence: before and after it writes its intent.
    private const int FenceReads = 2;

    private static readonly AsyncLocal<Delivery?> _delivery = new();

    /// <summary>From here on this flow of control delivers a batch.</summary>
    public static void Begin(string runId, int attempt) => _delivery.Value = new Delivery(runId, attempt);

    public override async Task<TableAnswer<TableRow?>> GetAsync(string table, string partition, string row, CancellationToken ct)
    {
        var answer = await base.GetAsync(table, partition, row, ct);
        if (table != Tables.Checkpoints || _delivery.Value is not { } delivery || answer.Value is not { } found
            || delivery.Reads++ >= FenceReads)
            return answer;
        var forged = Copy(found);
        forged["active"] = $$"""{"runId":"{{delivery.RunId}}","attempt":{{delivery.Attempt}},"state":2}""";
        return answer with { Value = forged };
    }

    private sealed class Delivery(string runId, int attempt)
    {
        public string RunId { get; } = runId;

        public int Attempt { get; } = attempt;

        public int Reads { get; set; }
    }
}
