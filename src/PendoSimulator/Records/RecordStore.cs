using System.Runtime.InteropServices;

namespace PendoSimulator.Records;

/// <summary>All records of one kind, in the order of their creation.</summary>
internal sealed class RecordStore
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, int> positions = new(StringComparer.Ordinal);
    private readonly List<Entry> entries = [];
    private (StringComparer Order, string[] Ids)? sorted;

    public int Count
    {
        get
        {
            lock (gate)
                return entries.Count;
        }
    }

    public void Clear()
    {
        lock (gate)
        {
            sorted = null;
            positions.Clear();
            entries.Clear();
        }
    }

    public bool Create(string id)
    {
        lock (gate)
            return Position(id, create: true, out _) >= 0;
    }

    /// <summary>Removes the records of these ids; unknown ones are passed over.</summary>
    public void Remove(IReadOnlyCollection<string> ids)
    {
        lock (gate)
        {
            var first = entries.Count;
            var gone = new HashSet<string>(StringComparer.Ordinal);
            foreach (var id in ids)
            {
                if (!positions.Remove(id, out var at))
                    continue;
                gone.Add(id);
                sorted = null;
                first = Math.Min(first, at);
            }
            entries.RemoveAll(entry => gone.Contains(entry.Id));
            for (var i = first; i < entries.Count; i++)
                positions[entries[i].Id] = i;
        }
    }

    /// <summary>The packed values of a record, or null if there is no such id.</summary>
    public byte[]? Find(string id)
    {
        lock (gate)
            return positions.TryGetValue(id, out var at) ? entries[at].Values : null;
    }

    /// <summary>Applies a whole batch as one step. <paramref name="fails"/> names records that a fault refuses.</summary>
    public BulkResult Apply(BulkBatch batch, bool create, RepeatedIdPolicy repeated, Func<string, RecordFate>? fails)
    {
        var result = new BulkResult { Total = batch.Records.Count };
        var seen = repeated == RepeatedIdPolicy.PerRecordError ? new HashSet<string>(StringComparer.Ordinal) : null;
        lock (gate)
        {
            foreach (ref readonly var record in CollectionsMarshal.AsSpan(batch.Records))
                Apply(batch, record, create, seen, fails, result);
        }
        return result;
    }

    /// <summary>Records that pass a test, by their ids, or in the order of creation when there is no order.</summary>
    /// <param name="from">No lower id passes; null: any may.</param>
    public List<Entry> Select(StringComparer? order, bool descending, string? from, Func<string, bool> passes, int skip, int limit)
    {
        lock (gate)
        {
            var ids = order is null ? entries.ConvertAll(entry => entry.Id) : (IReadOnlyList<string>)Sorted(order);
            var first = descending || order is null || from is null ? 0 : Array.BinarySearch(Sorted(order), from, order);
            first = first < 0 ? ~first : first;
            var rows = new List<Entry>();
            for (var i = first; i < ids.Count && rows.Count < limit; i++)
            {
                var id = ids[descending ? ids.Count - 1 - i : i];
                if (passes(id) && skip-- <= 0)
                    rows.Add(entries[positions[id]]);
            }
            return rows;
        }
    }

    private string[] Sorted(StringComparer order)
    {
        if (sorted is not { } known || known.Order != order)
            sorted = known = (order, [.. entries.Select(entry => entry.Id).Order(order)]);
        return known.Ids;
    }

    /// <summary>Copies a stretch of records, so that a long dump does not hold up the calls.</summary>
    public int Copy(int after, Span<Entry> to)
    {
        lock (gate)
        {
            var from = Math.Min(after, entries.Count);
            var taken = CollectionsMarshal.AsSpan(entries).Slice(from, Math.Min(to.Length, entries.Count - from));
            taken.CopyTo(to);
            return taken.Length;
        }
    }

    private void Apply(BulkBatch batch, in BulkRecord record, bool create, HashSet<string>? seen,
        Func<string, RecordFate>? fails, BulkResult result)
    {
        var id = batch.Id(record);
        var problem = record.Error;
        var fate = fails?.Invoke(id.ToString()) ?? default;
        problem ??= fate.Error;
        if (seen is not null && !seen.Add(id.ToString()))
            problem ??= "the id stands twice in this call";
        if (problem is not null)
        {
            result.Errors.Add(new(id.ToString(), problem));
            return;
        }
        if (fate.SilentlyFails)
            return;
        var created = false;
        var at = fate.Missing ? -1 : Position(id, create, out created);
        if (at < 0)
        {
            result.Missing.Add(id.ToString());
            return;
        }
        ref var entry = ref CollectionsMarshal.AsSpan(entries)[at];
        if (PackedValues.Merge(entry.Values, batch.ChangesOf(record), batch.Values, batch.Work) is { } values)
            entry = entry with { Values = values };
        result.Updated++;
        result.Created += created ? 1 : 0;
    }

    private int Position(ReadOnlySpan<char> id, bool create, out bool created)
    {
        created = false;
        var lookup = positions.GetAlternateLookup<ReadOnlySpan<char>>();
        if (lookup.TryGetValue(id, out var at))
            return at;
        if (!create)
            return -1;
        (created, sorted) = (true, null);
        var text = id.ToString();
        positions.Add(text, entries.Count);
        entries.Add(new(text, []));
        return entries.Count - 1;
    }

    internal readonly record struct Entry(string Id, byte[] Values);
}

/// <summary>What a fault decides about one record of a bulk call.</summary>
internal readonly record struct RecordFate(string? Error, bool Missing, bool SilentlyFails);
