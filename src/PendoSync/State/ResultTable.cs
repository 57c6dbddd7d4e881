using System.Security.Cryptography;

namespace PendoSync.State;

/// <summary>Results of dry runs and checks, for an hour, as JSON without values, in the table of what is shared.</summary>
public sealed class ResultTable(ITableStore store)
{
    /// <summary>So long a result is kept.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromHours(1);

    private const string Partition = "results";

    /// <summary>A new id.</summary>
    public static string NewId() => RandomNumberGenerator.GetHexString(24, lowercase: true);

    /// <summary>Writes a result.</summary>
    public async Task WriteAsync(string id, string json, CancellationToken ct)
    {
        var row = new TableRow(Partition, id);
        LongText.Set(row, "json", json);
        await store.UpsertAsync(Tables.Shared, row, ct);
    }

    /// <summary>A result, or null when there is none or its hour is over; and the store's clock.</summary>
    public async Task<(string? Json, DateTimeOffset Now)> ReadAsync(string id, CancellationToken ct)
    {
        var (row, now) = await store.GetAsync(Tables.Shared, Partition, id, ct);
        return (row is null || now - row.Timestamp > Kept ? null : LongText.Get(row, "json"), now);
    }

    /// <summary>Deletes those whose hour is over.</summary>
    public async Task PruneAsync(CancellationToken ct)
    {
        var (_, now) = await store.GetAsync(Tables.Shared, Partition, "none", ct);
        var old = new List<string>();
        await foreach (var row in store.QueryAsync(Tables.Shared, Partition, RowRange.All, [], ct))
            if (now - row.Timestamp > Kept)
                old.Add(row.Row);
        await store.DeleteAsync(Tables.Shared, Partition, old, ct);
    }
}
