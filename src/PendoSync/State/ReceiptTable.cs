using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace PendoSync.State;

/// <summary>Intents and receipts of batches.</summary>
public sealed class ReceiptTable(ITableStore store)
{
    private static readonly string[] _small =
        ["kind", "owner", "records", "totals", "cursor", "rejectedWhole", "gave_up", "stop", "doubt"];

    /// <summary>Partition of an attempt.</summary>
    public static string PartitionOf(string runId, int attempt) => string.Create(CultureInfo.InvariantCulture, $"{runId}.{attempt}");

    /// <summary>Row of a batch.</summary>
    public static string RowOf(int number) => number.ToString("D7", CultureInfo.InvariantCulture);

    /// <summary>Writes a new intent; false when the batch has an entity already.</summary>
    public Task<bool> TryAddAsync(BatchRow batch, CancellationToken ct) =>
        TryAsync(batch, row => store.AddAsync(Tables.Receipts, row, ct), ct);

    /// <summary>Replaces the entity if nobody changed it since; false when somebody did (promise 3).</summary>
    public Task<bool> TryReplaceAsync(BatchRow batch, CancellationToken ct) =>
        TryAsync(batch, row => store.ReplaceAsync(Tables.Receipts, row, batch.Version, ct), ct);

    private async Task<bool> TryAsync(BatchRow batch, Func<TableRow, Task<TableWrite>> write, CancellationToken ct)
    {
        var row = batch.ToRow();
        var result = await OwnWrite.TryAsync(store, Tables.Receipts, row, write, ct);
        if (result.Done)
            (batch.Version, batch.Timestamp) = (result.Version, result.Now);
        return result.Done;
    }

    /// <summary>The entity of a batch with the store's clock; null when it has none.</summary>
    public async Task<TableAnswer<BatchRow?>> ReadAsync(string runId, int attempt, int number, CancellationToken ct)
    {
        var answer = await store.GetAsync(Tables.Receipts, PartitionOf(runId, attempt), RowOf(number), ct);
        return new TableAnswer<BatchRow?>(answer.Value is { } row ? BatchRow.FromRow(row) : null, answer.Now);
    }

    /// <summary>All entities of an attempt, whole.</summary>
    public async IAsyncEnumerable<BatchRow> ListAsync(string partition, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var row in store.QueryAsync(Tables.Receipts, partition, RowRange.All, null, ct))
            yield return BatchRow.FromRow(row);
    }

    /// <summary>A few small columns of the entities of an attempt from a batch on: what a look needs.</summary>
    public async IAsyncEnumerable<BatchSummary> SummariesAsync(string partition, int from, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var row in store.QueryAsync(Tables.Receipts, partition, RowRange.StartingAt(RowOf(from)), _small, ct))
            yield return SummaryOf(row);
    }

    /// <summary>Deletes the intents and receipts of an attempt that cannot be read; only of one that counts no longer.</summary>
    internal Task DeleteDamagedAsync(string partition, CancellationToken ct) =>
        DamagedRows.DeleteAsync(store, Tables.Receipts, partition, row =>
    {
        SummaryOf(row);
        BatchRow.FromRow(row);
    }, ct);

    /// <summary>Deletes all entities of an attempt.</summary>
    public async Task DeleteAsync(string partition, CancellationToken ct)
    {
        var rows = new List<string>();
        await foreach (var row in store.QueryAsync(Tables.Receipts, partition, RowRange.All, [], ct))
            rows.Add(row.Row);
        await store.DeleteAsync(Tables.Receipts, partition, rows, ct);
    }

    private static BatchSummary SummaryOf(TableRow row)
    {
        try
        {
            return new BatchSummary(
                int.Parse(row.Row, CultureInfo.InvariantCulture),
                row.Text("kind") == "receipt",
                row.Number("records"),
                row.Text("totals") is { } totals ? JsonSerializer.Deserialize<RunCounts>(totals)! : new RunCounts(),
                row.Text("cursor"),
                row.Text("rejectedWhole"),
                row.Text("gave_up"),
                StateJson.Read<Problem>(row.Text("stop")),
                row.Time("doubt"),
                row.Timestamp);
        }
        catch (Exception e) when (e is JsonException or FormatException or OverflowException)
        {
            throw new DamagedRowException(Tables.Receipts, row, e);
        }
    }
}

/// <summary>What a look sees of a batch.</summary>
/// <param name="Number">Batch number.</param>
/// <param name="Final">True for a receipt.</param>
/// <param name="Records">Number of records.</param>
/// <param name="Totals">Outcomes of a receipt.</param>
/// <param name="Cursor">Lowest cursor of its rows.</param>
/// <param name="RejectedWhole">The one reason with which Pendo rejected the whole batch.</param>
/// <param name="GivenUpReason">What the last try met when it was given up.</param>
/// <param name="Stop">Why the run has to stop.</param>
/// <param name="DoubtUntil">Until when a call without answer may be applied.</param>
/// <param name="At">When the store last wrote it.</param>
public sealed record BatchSummary(
    int Number, bool Final, long Records, RunCounts Totals, string? Cursor, string? RejectedWhole, string? GivenUpReason,
    Problem? Stop, DateTimeOffset? DoubtUntil, DateTimeOffset At);
