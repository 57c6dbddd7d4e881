using System.Globalization;
using System.Runtime.CompilerServices;

namespace PendoSync.State;

/// <summary>Readable details of one rejected record, for people only.</summary>
public sealed record Rejection
{
    /// <summary>Hash of the key, 16 hex digits; a row without key has a number of its own.</summary>
    public required string Id { get; init; }

    /// <summary>The key; null when the row has none.</summary>
    public string? Key { get; init; }

    /// <summary>invalid, rejected, not_found, unknown or given_up.</summary>
    public required string Outcome { get; init; }

    /// <summary>Our rule, for invalid rows.</summary>
    public string? Rule { get; init; }

    /// <summary>The column to blame, for invalid rows; null when it is the whole record.</summary>
    public string? Column { get; init; }

    /// <summary>Pendo's reason, or what is wrong with the row.</summary>
    public string? Reason { get; init; }

    /// <summary>How often it was rejected.</summary>
    public int Tries { get; init; } = 1;

    /// <summary>First rejection.</summary>
    public DateTimeOffset First { get; init; }

    /// <summary>Last rejection.</summary>
    public DateTimeOffset Last { get; init; }

    /// <summary>When it is tried again; null: when its row changes.</summary>
    public DateTimeOffset? NextDue { get; init; }

    /// <summary>The run that rejected it last.</summary>
    public string RunId { get; init; } = "";
}

/// <summary>Keeps at most 10,000 rejections a sync, the newest; nothing depends on them.</summary>
public sealed class RejectionTable(ITableStore store)
{
    /// <summary>Rejections kept per sync.</summary>
    public const int MaxKept = 10_000;

    private const int KeyLength = 1000;

    /// <summary>The id of a key hash.</summary>
    public static string IdOf(ulong keyHash) => keyHash.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>Writes rejections.</summary>
    public Task WriteAsync(string sync, IEnumerable<Rejection> rejections, CancellationToken ct) =>
        store.UpsertManyAsync(Tables.Rejections, sync, [.. rejections.DistinctBy(r => r.Id).Select(r => ToRow(sync, r))], ct);

    /// <summary>Deletes rejections that are none any more.</summary>
    public Task DeleteAsync(string sync, IReadOnlyList<string> ids, CancellationToken ct) =>
        ids.Count == 0 ? Task.CompletedTask : store.DeleteAsync(Tables.Rejections, sync, ids, ct);

    /// <summary>Writes all of one sync's rejections for another one too.</summary>
    internal async Task CopyAsync(string from, string to, CancellationToken ct)
    {
        var copies = new List<Rejection>();
        await foreach (var rejection in ListAsync(from, null, ct))
            copies.Add(rejection);
        await WriteAsync(to, copies, ct);
    }

    /// <summary>Deletes all rejections of a sync.</summary>
    internal async Task DeleteAllAsync(string sync, CancellationToken ct) =>
        await DeleteAsync(sync, [.. (await IdsAsync(sync, ct)).Select(r => r.Id)], ct);

    /// <summary>Deletes the rejections of a sync that cannot be read.</summary>
    internal Task DeleteDamagedAsync(string sync, CancellationToken ct) =>
        DamagedRows.DeleteAsync(store, Tables.Rejections, sync, row => FromRow(row), ct);

    /// <summary>Rejections in the order of their ids, from behind <paramref name="after"/>.</summary>
    public async IAsyncEnumerable<Rejection> ListAsync(string sync, string? after, [EnumeratorCancellation] CancellationToken ct)
    {
        var range = after is null ? RowRange.All : RowRange.StartingAt(after + "+");
        await foreach (var row in store.QueryAsync(Tables.Rejections, sync, range, null, ct))
            yield return FromRow(row);
    }

    /// <summary>One rejection, or null.</summary>
    public async Task<Rejection?> ReadAsync(string sync, string id, CancellationToken ct) =>
        (await store.GetAsync(Tables.Rejections, sync, id, ct)).Value is { } row ? FromRow(row) : null;

    /// <summary>Ids with outcome and last time only; for pruning and for knowing what to take away.</summary>
    public async Task<List<(string Id, string Outcome, DateTimeOffset Last, string RunId)>> IdsAsync(string sync, CancellationToken ct)
    {
        var ids = new List<(string, string, DateTimeOffset, string)>();
        await foreach (var row in store.QueryAsync(Tables.Rejections, sync, RowRange.All, ["outcome", "last", "run"], ct))
            ids.Add((row.Row, row.Text("outcome") ?? "", row.Time("last") ?? default, row.Text("run") ?? ""));
        return ids;
    }

    private static TableRow ToRow(string sync, Rejection rejection) => new(sync, rejection.Id)
    {
        ["key"] = rejection.Key is { } key ? ShownText.Cut(key, KeyLength) : null,
        ["outcome"] = rejection.Outcome,
        ["rule"] = rejection.Rule,
        ["column"] = rejection.Column,
        ["reason"] = rejection.Reason,
        ["tries"] = rejection.Tries,
        ["first"] = rejection.First,
        ["last"] = rejection.Last,
        ["due"] = rejection.NextDue,
        ["run"] = rejection.RunId,
    };

    private static Rejection FromRow(TableRow row) => new()
    {
        Id = row.Row,
        Key = row.Text("key"),
        Outcome = row.Text("outcome") ?? "rejected",
        Rule = row.Text("rule"),
        Column = row.Text("column"),
        Reason = row.Text("reason"),
        Tries = (int)row.Number("tries"),
        First = row.Time("first") ?? row.Timestamp,
        Last = row.Time("last") ?? row.Timestamp,
        NextDue = row.Time("due"),
        RunId = row.Text("run") ?? "",
    };
}
