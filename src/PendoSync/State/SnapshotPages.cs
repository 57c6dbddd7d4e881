using PendoSync.Snapshot;

namespace PendoSync.State;

/// <summary>The pages of a base that is too large to be loaded for a few rows.</summary>
/// <param name="table">Where they are.</param>
/// <param name="sync">The sync.</param>
/// <param name="parts">The base, oldest part first.</param>
internal sealed class SnapshotPages(SnapshotTable table, string sync, IReadOnlyList<BasePart> parts) : ISnapshotPages
{
    private const int Parallel = 16;
    // Parts of a few pages are young ones: every batch of keys needs them.
    private const int FewPages = 64;
    private readonly Dictionary<(string Part, int Bucket), SnapshotPage> _kept = [];
    private readonly Dictionary<string, ushort[]> _reasons = [];
    private readonly long _pages = parts.Sum(p => 1L << p.Bits);
    private long _read;

    /// <inheritdoc/>
    public async Task<bool> LookUpAsync(SnapshotIndex index, IReadOnlyCollection<SnapshotKey> keys, CancellationToken ct)
    {
        // A read of so many rows is no longer one of a few.
        if (_read + parts.Sum(p => keys.Select(k => p.BucketOf(k.Hash)).Distinct().Count(b => !_kept.ContainsKey((p.Id, b)))) > _pages)
        {
            await LoadRestAsync(index, ct);
            return true;
        }

        var left = keys;
        foreach (var part in parts.Reverse())
        {
            var byPage = left.GroupBy(key => part.BucketOf(key.Hash)).ToList();
            var pages = await ReadAsync(part, index, [.. byPage.Select(p => p.Key)], ct);
            left = [.. byPage.Zip(pages, (wanted, page) => wanted.Where(key => !page.AddTo(index, key))).SelectMany(none => none)];
            if (left.Count == 0)
                break;
        }

        return false;
    }

    /// <inheritdoc/>
    public async Task LoadRestAsync(SnapshotIndex index, CancellationToken ct)
    {
        index.Reserve(index.Entries + parts.Sum(p => p.Accepted), index.Entries + parts.Sum(p => p.Waiting));
        foreach (var part in parts.Reverse())
            await table.EachPageAsync(sync, part, index, page => page.AddUnknownTo(index), ct);
    }

    private async Task<SnapshotPage[]> ReadAsync(BasePart part, SnapshotIndex index, IReadOnlyList<int> buckets, CancellationToken ct)
    {
        if (!_reasons.TryGetValue(part.Id, out var reasons))
            _reasons[part.Id] = reasons = await table.ReasonsAsync(sync, part, index, ct);
        var pages = new SnapshotPage[buckets.Count];
        var keeps = 1 << part.Bits <= FewPages;
        await System.Threading.Tasks.Parallel.ForEachAsync(Enumerable.Range(0, buckets.Count),
            new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = ct, TaskScheduler = TaskScheduler.Current },
            async (i, token) =>
            {
                if (!_kept.TryGetValue((part.Id, buckets[i]), out var page))
                {
                    page = await table.PageAsync(sync, part, buckets[i], reasons, token);
                    Interlocked.Increment(ref _read);
                }

                pages[i] = page;
            });
        if (keeps)
            for (var i = 0; i < pages.Length; i++)
                _kept[(part.Id, buckets[i])] = pages[i];
        return pages;
    }
}
