using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using PendoSync.Snapshot;

namespace PendoSync.State;

/// <summary>
/// Pages of a base. Partition <c>sync+part+digit</c> for each first hex digit of the key hash; rows <c>a…</c> hold
/// accepted records (16 B each), rows <c>w…</c> waiting ones (24 B each), rows <c>d…</c> keys in doubt (16 B each),
/// sorted; at most ten 64 KiB properties an entity.
/// </summary>
internal sealed class SnapshotTable(ITableStore store)
{
    private const int Digits = 16;
    private const int PropertyBytes = 64 * 1024 / 48 * 48;
    private const int PropertiesPerPage = 10;
    // More would be faster against a remote store, but each holds a part of the snapshot a second time.
    private const int Parallel = 2;

    /// <summary>Writes a part from an index.</summary>
    /// <param name="sync">The sync.</param>
    /// <param name="id">New id of the part.</param>
    /// <param name="index">The accepted records to write.</param>
    /// <param name="seenOnly">True: only keys the read saw.</param>
    /// <param name="ct">Ends the writing; what was written is found by the id that was announced as loose.</param>
    /// <param name="waits">The waiting records to write; null: those of <paramref name="index"/>.</param>
    /// <returns>Accepted and waiting records written.</returns>
    public async Task<(long Accepted, long Waiting)> WriteAsync(string sync, string id, SnapshotIndex index, bool seenOnly,
        CancellationToken ct, SnapshotIndex? waits = null)
    {
        long accepted = 0, waiting = 0;
        await System.Threading.Tasks.Parallel.ForEachAsync(Enumerable.Range(0, Digits),
            new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = ct, TaskScheduler = TaskScheduler.Current },
            async (digit, token) =>
            {
                var partition = PartitionOf(sync, id, digit);
                Interlocked.Add(ref accepted, await WritePagesAsync(partition, 'a', index.SortedAccepted(digit, seenOnly), token) / 2);
                Interlocked.Add(ref waiting, await WritePagesAsync(partition, 'w', (waits ?? index).SortedWaiting(digit, seenOnly),
                    token) / 3);
                await WritePagesAsync(partition, 'd', index.SortedDoubts(digit, seenOnly), token);
            });
        await store.UpsertAsync(Tables.Snapshots,
            new TableRow(PartitionOf(sync, id, 0), "reasons") { ["reasons"] = ReasonsJson((waits ?? index).Reasons) }, ct);
        return (accepted, waiting);
    }

    /// <summary>Loads a part into an index.</summary>
    public async Task LoadAsync(string sync, BasePart part, SnapshotIndex index, CancellationToken ct)
    {
        var reasons = await ReasonsAsync(sync, part, index, ct);
        long found = 0;
        var gate = new Lock();
        await System.Threading.Tasks.Parallel.ForEachAsync(Enumerable.Range(0, Digits),
            new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = ct, TaskScheduler = TaskScheduler.Current },
            async (digit, token) =>
            {
                await foreach (var row in store.QueryAsync(Tables.Snapshots, PartitionOf(sync, part.Id, digit), RowRange.All, null, token))
                {
                    lock (gate)
                        found += LoadPage(row, index, reasons);
                }
            });
        if (found != part.Accepted + part.Waiting)
        {
            throw new ProblemException(ProblemKind.State,
                $"the snapshot holds {found} records where {part.Accepted + part.Waiting} were written", $"sync '{sync}'",
                "Try again; if it stays, put a backup of the state in its place or run `pendosync reset` for this sync (of "
                + "events with --forget-events).");
        }
    }

    /// <summary>Loads only the pages that can hold one key.</summary>
    public async Task LoadDigitAsync(string sync, BasePart part, ulong keyHash, SnapshotIndex index, CancellationToken ct)
    {
        var reasons = await ReasonsAsync(sync, part, index, ct);
        await foreach (var row in store.QueryAsync(Tables.Snapshots, PartitionOf(sync, part.Id, (int)(keyHash >> 60)),
            RowRange.All, null, ct))
            LoadPage(row, index, reasons);
    }

    /// <summary>Deletes a part's pages; false when there were none.</summary>
    public async Task<bool> DeleteAsync(string sync, string id, CancellationToken ct)
    {
        var found = false;
        for (var digit = 0; digit < Digits; digit++)
        {
            var partition = PartitionOf(sync, id, digit);
            var rows = new List<string>();
            await foreach (var row in store.QueryAsync(Tables.Snapshots, partition, RowRange.All, [], ct))
                rows.Add(row.Row);
            found |= rows.Count > 0;
            await store.DeleteAsync(Tables.Snapshots, partition, rows, ct);
        }

        return found;
    }

    private static string PartitionOf(string sync, string id, int digit) =>
        string.Create(CultureInfo.InvariantCulture, $"{sync}+{id}+{digit:x1}");

    private static long LoadPage(TableRow row, SnapshotIndex index, ushort[] reasons)
    {
        if (row.Row == "reasons")
            return 0;
        if (row.Row[0] == 'd')
            return LoadDoubts(row, index);
        long count = 0;
        for (var part = 0; row.Bytes("b" + part) is { } bytes; part++)
        {
            var words = MemoryMarshal.Cast<byte, ulong>(bytes);
            if (row.Row[0] == 'a')
            {
                for (var i = 0; i + 1 < words.Length; i += 2, count++)
                    index.SetAccepted(words[i], words[i + 1]);
            }
            else
            {
                for (var i = 0; i + 2 < words.Length; i += 3, count++)
                {
                    var waiting = Waiting.Unpack(words[i + 1], words[i + 2]);
                    index.SetWaiting(words[i],
                        waiting with { Reason = waiting.Reason < reasons.Length ? reasons[waiting.Reason] : (ushort)0 });
                }
            }
        }

        return count;
    }

    private static long LoadDoubts(TableRow row, SnapshotIndex index)
    {
        for (var part = 0; row.Bytes("b" + part) is { } bytes; part++)
        {
            var words = MemoryMarshal.Cast<byte, ulong>(bytes);
            for (var i = 0; i + 1 < words.Length; i += 2)
                index.SetDoubt(words[i], new DateTimeOffset((long)words[i + 1], TimeSpan.Zero));
        }

        return 0;
    }

    // Every part counts its own reasons; here they get the numbers of the index.
    private async Task<ushort[]> ReasonsAsync(string sync, BasePart part, SnapshotIndex index, CancellationToken ct)
    {
        var answer = await store.GetAsync(Tables.Snapshots, PartitionOf(sync, part.Id, 0), "reasons", ct);
        return answer.Value?.Text("reasons") is { } json ? [.. JsonSerializer.Deserialize<List<string>>(json)!.Select(index.NumberOf)] : [];
    }

    // Sixteenth by sixteenth of a digit, so that a fold needs little memory beside the index. Returns the words written.
    private async Task<long> WritePagesAsync(string partition, char kind, IEnumerable<ulong[]> sorted, CancellationToken ct)
    {
        var (page, words) = (0, 0L);
        TableRow? row = null;
        using var property = new MemoryStream(PropertyBytes);
        foreach (var part in sorted)
        {
            words += part.Length;
            for (var offset = 0; offset < part.Length * sizeof(ulong);)
            {
                var length = (int)Math.Min(PropertyBytes - property.Length, (part.Length * sizeof(ulong)) - offset);
                property.Write(MemoryMarshal.AsBytes(part.AsSpan()).Slice(offset, length));
                offset += length;
                if (property.Length == PropertyBytes && Put() is { Properties.Count: PropertiesPerPage } full)
                {
                    await store.UpsertAsync(Tables.Snapshots, full, ct);
                    row = null;
                }
            }
        }

        if (property.Length > 0)
            Put();
        if (row is not null)
            await store.UpsertAsync(Tables.Snapshots, row, ct);
        return words;

        TableRow Put()
        {
            row ??= new TableRow(partition, string.Create(CultureInfo.InvariantCulture, $"{kind}{page++:D6}"));
            row["b" + row.Properties.Count] = property.ToArray();
            property.SetLength(0);
            return row;
        }
    }

    // A text property holds 32,768 characters; the newest reasons go first, their records then show none.
    private static string ReasonsJson(List<string> reasons)
    {
        var kept = reasons.ToList();
        while (true)
        {
            var json = JsonSerializer.Serialize(kept);
            if (json.Length <= 32_000)
                return json;
            kept.RemoveRange(kept.Count - (kept.Count / 4) - 1, (kept.Count / 4) + 1);
        }
    }
}
