using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using PendoSync.Diffing;

namespace PendoSync.State;

/// <summary>
/// Pages of a base. Partition <c>sync+segment+digit</c> for each first hex digit of the key hash; rows <c>a…</c> hold
/// accepted records (16 B each), rows <c>w…</c> waiting ones (24 B each), sorted; at most ten 64 KiB properties an entity.
/// </summary>
internal sealed class SnapshotTable(ITableStore store)
{
    private const int Digits = 16;
    private const int PropertyBytes = 64 * 1024 / 48 * 48;
    private const int PropertiesPerPage = 10;
    // More would be faster against a remote store, but each holds a sixteenth of the snapshot a second time.
    private const int Parallel = 2;

    /// <summary>Writes a segment from an index.</summary>
    /// <param name="sync">The sync.</param>
    /// <param name="id">New id of the segment.</param>
    /// <param name="index">The accepted records to write.</param>
    /// <param name="seenOnly">True: only keys the read saw.</param>
    /// <param name="ct">Ends the writing; what was written is found by the id that was announced as loose.</param>
    /// <param name="waits">The waiting records to write; null: those of <paramref name="index"/>.</param>
    /// <returns>Accepted and waiting records written.</returns>
    public async Task<(long Accepted, long Waiting)> WriteAsync(string sync, string id, SnapshotIndex index, bool seenOnly, CancellationToken ct, SnapshotIndex? waits = null)
    {
        long accepted = 0, waiting = 0;
        await System.Threading.Tasks.Parallel.ForEachAsync(Enumerable.Range(0, Digits),
            new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = ct, TaskScheduler = TaskScheduler.Current },
            async (digit, token) =>
            {
                var partition = PartitionOf(sync, id, digit);
                var sorted = index.SortedAccepted(digit, seenOnly);
                await WritePagesAsync(partition, 'a', sorted, token);
                Interlocked.Add(ref accepted, sorted.Length / 2);
                var refused = (waits ?? index).SortedWaiting(digit, seenOnly);
                await WritePagesAsync(partition, 'w', refused, token);
                Interlocked.Add(ref waiting, refused.Length / 3);
            });
        await store.UpsertAsync(Tables.Snapshots, new TableRow(PartitionOf(sync, id, 0), "reasons") { ["reasons"] = ReasonsJson((waits ?? index).Reasons) }, ct);
        return (accepted, waiting);
    }

    /// <summary>Loads a segment into an index.</summary>
    public async Task LoadAsync(string sync, Segment segment, SnapshotIndex index, CancellationToken ct)
    {
        var reasons = await ReasonsAsync(sync, segment, index, ct);
        long found = 0;
        var gate = new Lock();
        await System.Threading.Tasks.Parallel.ForEachAsync(Enumerable.Range(0, Digits),
            new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = ct, TaskScheduler = TaskScheduler.Current },
            async (digit, token) =>
            {
                await foreach (var row in store.QueryAsync(Tables.Snapshots, PartitionOf(sync, segment.Id, digit), RowRange.All, null, token))
                {
                    lock (gate)
                        found += LoadPage(row, index, reasons);
                }
            });
        if (found != segment.Accepted + segment.Waiting)
        {
            throw new ProblemException(ProblemKind.State, $"the snapshot holds {found} records where {segment.Accepted + segment.Waiting} were written", $"sync '{sync}'",
                "Try again; if it stays, restore the state from a backup or run `pendosync reset` for this sync.");
        }
    }

    /// <summary>Loads only the pages that can hold one key.</summary>
    public async Task LoadDigitAsync(string sync, Segment segment, ulong keyHash, SnapshotIndex index, CancellationToken ct)
    {
        var reasons = await ReasonsAsync(sync, segment, index, ct);
        await foreach (var row in store.QueryAsync(Tables.Snapshots, PartitionOf(sync, segment.Id, (int)(keyHash >> 60)), RowRange.All, null, ct))
            LoadPage(row, index, reasons);
    }

    /// <summary>Deletes a segment's pages; false when there were none.</summary>
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

    private static string PartitionOf(string sync, string id, int digit) => string.Create(CultureInfo.InvariantCulture, $"{sync}+{id}+{digit:x1}");

    private static long LoadPage(TableRow row, SnapshotIndex index, ushort[] reasons)
    {
        if (row.Row == "reasons")
            return 0;
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
                    index.SetWaiting(words[i], waiting with { Reason = waiting.Reason < reasons.Length ? reasons[waiting.Reason] : (ushort)0 });
                }
            }
        }

        return count;
    }

    // Every segment counts its own reasons; here they get the numbers of the index.
    private async Task<ushort[]> ReasonsAsync(string sync, Segment segment, SnapshotIndex index, CancellationToken ct)
    {
        var answer = await store.GetAsync(Tables.Snapshots, PartitionOf(sync, segment.Id, 0), "reasons", ct);
        return answer.Value?.Text("reasons") is { } json ? [.. JsonSerializer.Deserialize<List<string>>(json)!.Select(index.NumberOf)] : [];
    }

    private async Task WritePagesAsync(string partition, char kind, ulong[] words, CancellationToken ct)
    {
        var total = words.Length * sizeof(ulong);
        for (int offset = 0, page = 0; offset < total; page++)
        {
            var row = new TableRow(partition, string.Create(CultureInfo.InvariantCulture, $"{kind}{page:D6}"));
            for (var part = 0; part < PropertiesPerPage && offset < total; part++)
            {
                var length = Math.Min(PropertyBytes, total - offset);
                row["b" + part] = MemoryMarshal.AsBytes(words.AsSpan()).Slice(offset, length).ToArray();
                offset += length;
            }

            await store.UpsertAsync(Tables.Snapshots, row, ct);
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
