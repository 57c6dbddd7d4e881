using System.Runtime.CompilerServices;

namespace PendoSync.Snapshot;

/// <summary>
/// A hash table of fixed-size entries of 64-bit words, keyed by hashes that are already uniform: 4,096 small tables by the first bits of
/// the key, each an open-addressed array that grows by a quarter, so an entry costs its words divided by 0.68 to 0.85, and what a growth
/// leaves behind is small enough for the collector to close up. Entries are never removed. The bits of a key that its part says anyway
/// hold whether the slot is taken and whether the entry was "seen": one line of the processor's cache answers all.
/// </summary>
/// <param name="words">Words per entry, the key included; at least 2.</param>
/// <param name="keyWords">Words that make the key: 1, or 2 for 128-bit event ids.</param>
internal sealed class PackedTable(int words, int keyWords)
{
    /// <summary>Bits of a key that choose its part.</summary>
    public const int PartBits = 12;

    /// <summary>Parts, by the first bits of their keys.</summary>
    public const int Parts = 1 << PartBits;

    private const int FirstCapacity = 4;
    private const int LargeCapacity = 16;
    private const ulong Taken = 1UL << 63;
    private const ulong Seen = 1UL << 62;
    private readonly Part[] _parts = new Part[Parts];

    /// <summary>Number of entries.</summary>
    public long Count { get; private set; }

    /// <summary>Memory taken, in bytes.</summary>
    public long Bytes => _parts.Sum(part => 8L * (part.Slots?.Length ?? 0));

    /// <summary>Words per entry.</summary>
    public int Words { get; } = words;

    /// <summary>Finds an entry; false when there is none.</summary>
    public bool TryFind(ulong key, ulong key2, out Entry entry)
    {
        var index = IndexOf(key);
        ref var part = ref _parts[index];
        entry = default;
        if (part.Slots is null)
            return false;
        var found = Probe(part.Slots, part.Capacity, key, key2, out var slot);
        entry = new Entry(index, slot);
        return found;
    }

    /// <summary>Finds or adds an entry; the other words of a new one are 0.</summary>
    public Entry GetOrAdd(ulong key, ulong key2, out bool added)
    {
        var index = IndexOf(key);
        ref var part = ref _parts[index];
        if (part.Slots is null || part.Count + 1 > part.Capacity * 85L / 100)
            Grow(ref part);
        var slots = part.Slots!;
        added = !Probe(slots, part.Capacity, key, key2, out var slot);
        if (added)
        {
            slots[slot * Words] = Held(key);
            if (keyWords == 2)
                slots[(slot * Words) + 1] = key2;
            part.Count++;
            Count++;
        }

        return new Entry(index, slot);
    }

    /// <summary>The first word of an entry's key.</summary>
    public ulong Key(Entry entry) => ((ulong)entry.Part << (64 - PartBits)) | (Word(entry, 0) << PartBits >> PartBits);

    /// <summary>A word of an entry but the first; valid until the next <see cref="GetOrAdd"/>.</summary>
    public ref ulong Word(Entry entry, int word) => ref _parts[entry.Part].Slots![(entry.Slot * Words) + word];

    /// <summary>Marks an entry; true when it was not marked before.</summary>
    public bool MarkSeen(Entry entry)
    {
        ref var held = ref Word(entry, 0);
        var before = held;
        held |= Seen;
        return (before & Seen) == 0;
    }

    /// <summary>True when the entry was marked.</summary>
    public bool IsSeen(Entry entry) => (Word(entry, 0) & Seen) != 0;

    /// <summary>Marks none.</summary>
    public void ClearSeen()
    {
        foreach (var entry in Entries())
            Word(entry, 0) &= ~Seen;
    }

    /// <summary>Makes room for <paramref name="count"/> entries, so that loading them does not grow step by step.</summary>
    public void Reserve(long count)
    {
        if (count == 0)
            return;
        var capacity = (int)Math.Min((count / Parts * 100 / 80) + FirstCapacity, 4_000_000);
        for (var i = 0; i < Parts; i++)
            if (_parts[i].Capacity < capacity)
                Resize(ref _parts[i], capacity);
    }

    /// <summary>Every entry.</summary>
    public IEnumerable<Entry> Entries() => EntriesOf(0, Parts);

    /// <summary>Every entry of some parts: sorted by part, and within one in no order.</summary>
    public IEnumerable<Entry> EntriesOf(int first, int count)
    {
        for (var part = first; part < first + count; part++)
        {
            for (var slot = 0; slot < _parts[part].Capacity; slot++)
            {
                var entry = new Entry(part, slot);
                if (Word(entry, 0) != 0)
                    yield return entry;
            }
        }
    }

    private static int IndexOf(ulong key) => (int)(key >> (64 - PartBits));

    private static ulong Held(ulong key) => (key << PartBits >> PartBits) | Taken;

    // The slot follows the key's order, so a part is almost sorted and neighbours in memory are neighbours in hash.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Probe(ulong[] slots, int capacity, ulong key, ulong key2, out int slot)
    {
        slot = SlotOf(key, capacity);
        var held = Held(key);
        while (true)
        {
            var at = slots[slot * Words] & ~Seen;
            if (at == 0)
                return false;
            if (at == held && (keyWords == 1 || slots[(slot * Words) + 1] == key2))
                return true;
            if (++slot == capacity)
                slot = 0;
        }
    }

    private static int SlotOf(ulong key, int capacity) => (int)Math.BigMul(key << PartBits, (ulong)capacity, out _);

    // While a part is small a copy costs more than the room that doubling may leave empty.
    private void Grow(ref Part part) => Resize(ref part,
        part.Capacity < LargeCapacity ? Math.Max(FirstCapacity, part.Capacity * 2) : part.Capacity + (part.Capacity / 4));

    private void Resize(ref Part part, int capacity)
    {
        var old = part;
        var slots = new ulong[capacity * Words];
        part = new Part { Slots = slots, Capacity = capacity, Count = old.Count };
        for (var i = 0; i < old.Capacity; i++)
        {
            var entry = old.Slots.AsSpan(i * Words, Words);
            if (entry[0] == 0)
                continue;
            Probe(slots, capacity, entry[0], entry[1], out var slot);
            entry.CopyTo(slots.AsSpan(slot * Words, Words));
        }
    }

    /// <summary>Where an entry stands; valid until the next growth of its part.</summary>
    internal readonly record struct Entry(int Part, int Slot);

    private struct Part
    {
        public ulong[]? Slots;
        public int Capacity;
        public int Count;
    }
}
