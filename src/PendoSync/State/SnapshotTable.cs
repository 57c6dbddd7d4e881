using System.Globalization;
using System.Numerics;
using System.Text.Json;
using PendoSync.Snapshot;

namespace PendoSync.State;

/// <summary>
/// Parts of a base. A part is cut into pages by the first bits of the key hashes, which are uniform, so that what is known of a key is one
/// page away; partition <c>sync+part+digit</c>, the digit being the first hex digit of the hashes (0 when the part is one page).
/// </summary>
internal sealed class SnapshotTable(ITableStore store)
{
    private const int Partitions = 16;
    // 8 to 16 KB of accepted records: enough that a whole part is read fast, little enough to be read for one key.
    private const int MostRecordsAPage = 1024;
    private const int WrittenAtOnce = 2 * 1024 * 1024;
    // More would be faster against a remote store, but each holds a part of the snapshot a second time.
    private const int Parallel = 2;

    /// <summary>Writes a part from an index that holds all it is to have.</summary>
    /// <param name="sync">The sync.</param>
    /// <param name="id">New id of the part; what was written is found by it, since it was announced as loose.</param>
    /// <param name="day">UTC day of the newest run in it.</param>
    /// <param name="index">The records.</param>
    /// <param name="seenOnly">True: only keys the read saw.</param>
    /// <param name="ct">Ends the writing.</param>
    /// <param name="over">True: the part lies over older ones, so that also keys are written of which nothing is known any more.</param>
    /// <returns>The part, as if no other one lay below it.</returns>
    public async Task<BasePart> WriteAsync(string sync, string id, string day, SnapshotIndex index, bool seenOnly, CancellationToken ct,
        bool over = false)
    {
        var bits = index.Entries <= MostRecordsAPage ? 0
            : Math.Max(4, BitOperations.Log2((ulong)(index.Entries - 1) / MostRecordsAPage) + 1);
        var part = new BasePart(id, day, 0, 0, bits);
        var doubts = index.SortedDoubts(seenOnly);
        var gate = new Lock();
        await Each(part, async (partition, token) =>
        {
            var (rows, bytes) = (new List<TableRow>(), 0L);
            foreach (var (bucket, accepted, waiting) in Buckets(index, bits, partition, seenOnly, over))
            {
                rows.Add(SnapshotPage.Write(PartitionOf(sync, id, partition), bucket, accepted.Span, waiting.Span,
                    Slice(doubts, 2, bits, bucket).Span));
                bytes += (accepted.Length + waiting.Length) * sizeof(ulong);
                lock (gate)
                    part = WithCounts(part, accepted.Span, waiting.Span);
                if (bytes < WrittenAtOnce)
                    continue;
                await store.UpsertManyAsync(Tables.Snapshots, PartitionOf(sync, id, partition), rows, token);
                (rows, bytes) = ([], 0);
            }

            await store.UpsertManyAsync(Tables.Snapshots, PartitionOf(sync, id, partition), rows, token);
        }, ct);
        await store.UpsertAsync(Tables.Snapshots,
            new TableRow(PartitionOf(sync, id, 0), "reasons") { ["reasons"] = ReasonsJson(index.Reasons), ["bits"] = bits }, ct);
        return part;
    }

    /// <summary>Loads a part into an index, over what older parts said.</summary>
    public Task LoadAsync(string sync, BasePart part, SnapshotIndex index, CancellationToken ct) =>
        EachPageAsync(sync, part, index, page => page.AddTo(index), ct);

    /// <summary>Reads every page of a part; each is given to one caller at a time.</summary>
    /// <param name="sync">The sync.</param>
    /// <param name="part">The part.</param>
    /// <param name="index">Gives numbers to the part's reasons.</param>
    /// <param name="take">Takes a page.</param>
    /// <param name="ct">Ends it.</param>
    public async Task EachPageAsync(string sync, BasePart part, SnapshotIndex index, Action<SnapshotPage> take, CancellationToken ct)
    {
        var reasons = await ReasonsAsync(sync, part, index, ct);
        long found = 0;
        var gate = new Lock();
        await Each(part, async (partition, token) =>
        {
            await foreach (var row in store.QueryAsync(Tables.Snapshots, PartitionOf(sync, part.Id, partition),
                RowRange.WithPrefix("b"), null, token))
            {
                var page = new SnapshotPage(row, reasons);
                lock (gate)
                {
                    found += page.Records;
                    take(page);
                }
            }
        }, ct);
        if (found != part.Accepted + part.Waiting)
            throw Incomplete(sync, $"the snapshot holds {found} records where {part.Accepted + part.Waiting} were written");
    }

    /// <summary>Reads the page of a bucket.</summary>
    /// <param name="sync">The sync.</param>
    /// <param name="part">The part.</param>
    /// <param name="bucket">The bucket, see <see cref="BasePart.BucketOf"/>.</param>
    /// <param name="reasons">Numbers of the part's reasons.</param>
    /// <param name="ct">Ends it.</param>
    public async Task<SnapshotPage> PageAsync(string sync, BasePart part, int bucket, ushort[] reasons, CancellationToken ct)
    {
        var answer = await store.GetAsync(Tables.Snapshots, PartitionOf(sync, part.Id, PartitionOf(part.Bits, bucket)),
            SnapshotPage.KeyOf(bucket), ct);
        return answer.Value is { } row ? new SnapshotPage(row, reasons)
            : throw Incomplete(sync, $"page {bucket} of the snapshot is missing");
    }

    /// <summary>Every part counts its own reasons; here they get the numbers of the index.</summary>
    public async Task<ushort[]> ReasonsAsync(string sync, BasePart part, SnapshotIndex index, CancellationToken ct)
    {
        var answer = await store.GetAsync(Tables.Snapshots, PartitionOf(sync, part.Id, 0), "reasons", ct);
        return [.. (StateJson.Read<IReadOnlyList<string>>(answer.Value?.Text("reasons")) ?? []).Select(index.NumberOf)];
    }

    /// <summary>Deletes a part's pages; false when there were none.</summary>
    public async Task<bool> DeleteAsync(string sync, string id, CancellationToken ct)
    {
        var (found, partitions) = (false, await IsOnePageAsync(sync, id, ct) ? 1 : Partitions);
        for (var number = 0; number < partitions; number++)
        {
            var partition = PartitionOf(sync, id, number);
            var rows = new List<string>();
            await foreach (var page in store.QueryAsync(Tables.Snapshots, partition, RowRange.All, [], ct))
                rows.Add(page.Row);
            found |= rows.Count > 0;
            await store.DeleteAsync(Tables.Snapshots, partition, rows, ct);
        }

        return found;
    }

    // The reasons are written last: a part that has them is complete.
    private async Task<bool> IsOnePageAsync(string sync, string id, CancellationToken ct)
    {
        try
        {
            var last = await store.GetAsync(Tables.Snapshots, PartitionOf(sync, id, 0), "reasons", ct);
            return last.Value is { } row && row.Number("bits") == 0;
        }
        catch (DamagedRowException)
        {
            return false;
        }
    }

    private static string PartitionOf(string sync, string id, int number) =>
        string.Create(CultureInfo.InvariantCulture, $"{sync}+{id}+{number:x1}");

    private static int PartitionOf(int bits, int bucket) => bits == 0 ? 0 : bucket >> (bits - 4);

    private static Task Each(BasePart part, Func<int, CancellationToken, ValueTask> body, CancellationToken ct) =>
        System.Threading.Tasks.Parallel.ForEachAsync(Enumerable.Range(0, part.Bits == 0 ? 1 : Partitions),
            new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = ct, TaskScheduler = TaskScheduler.Current }, body);

    // As many of the index's parts as make a page, so that a fold needs little memory beside it; of many pages as many as one part holds.
    private static IEnumerable<(int Bucket, ReadOnlyMemory<ulong> Accepted, ReadOnlyMemory<ulong> Waiting)> Buckets(SnapshotIndex index,
        int bits, int partition, bool seenOnly, bool over)
    {
        var most = bits == 0 ? PackedTable.Parts : PackedTable.Parts / Partitions;
        var (step, pages) = bits < PackedTable.PartBits ? (PackedTable.Parts >> bits, 1) : (1, 1 << (bits - PackedTable.PartBits));
        for (var first = partition * most; first < (partition + 1) * most; first += step)
        {
            var accepted = index.SortedAccepted(first, step, seenOnly, over);
            var waiting = index.SortedWaiting(first, step, seenOnly, over);
            var from = first / step * pages;
            for (var bucket = from; bucket < from + pages; bucket++)
                yield return (bucket, Slice(accepted, 2, bits, bucket), Slice(waiting, 3, bits, bucket));
        }
    }

    private static ReadOnlyMemory<ulong> Slice(ulong[] sorted, int size, int bits, int bucket)
    {
        if (bits == 0)
            return sorted;
        var from = SnapshotPage.Find(sorted, size, (ulong)bucket << (64 - bits));
        var to = bucket + 1 == 1 << bits ? sorted.Length : SnapshotPage.Find(sorted, size, (ulong)(bucket + 1) << (64 - bits));
        return sorted.AsMemory(from, to - from);
    }

    private static BasePart WithCounts(BasePart part, ReadOnlySpan<ulong> accepted, ReadOnlySpan<ulong> waiting)
    {
        var adds = part.Adds;
        for (var i = 1; i < accepted.Length; i += 2)
            if (accepted[i] != 0)
                adds = adds.With(Batches.RecordOutcome.Accepted, 1);
        for (var i = 2; i < waiting.Length; i += 3)
            if (waiting[i] != 0)
                adds = adds.With(Snapshot.Waiting.Unpack(0, waiting[i]).Outcome, 1);
        return part with { Accepted = part.Accepted + (accepted.Length / 2), Waiting = part.Waiting + (waiting.Length / 3), Adds = adds };
    }

    private static ProblemException Incomplete(string sync, string what) => new(ProblemKind.State, what, $"sync '{sync}'",
        $"Try again; if it stays, put a backup of the state in its place or run `pendosync reset {sync}` (of events with "
        + "--forget-events).");

    // A text property holds 32,768 characters; the newest reasons go first, their records then show none.
    private static string ReasonsJson(List<string> reasons)
    {
        var kept = reasons.ToList();
        while (true)
        {
            var json = StateJson.Write(kept);
            if (json.Length <= 32_000)
                return json;
            kept.RemoveRange(kept.Count - (kept.Count / 4) - 1, (kept.Count / 4) + 1);
        }
    }
}
