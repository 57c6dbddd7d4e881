using System.Globalization;
using System.Runtime.InteropServices;
using PendoSync.Snapshot;

namespace PendoSync.State;

/// <summary>
/// What a part of the base says of a range of keys: one entity, whose binaries are sorted 64-bit words. <c>a…</c>: accepted keys with
/// fingerprint (of an event the rest of its id), 16 B each; <c>w…</c>: waiting ones with match and state, 24 B each; <c>d…</c>: keys in
/// doubt with the instant, 16 B each. A second word of 0 under a, or a third under w, says that nothing is known any more.
/// </summary>
internal sealed class SnapshotPage
{
    private const int PropertyBytes = TableLimits.PropertyBytes / 48 * 48;
    private readonly TableRow _row;
    private readonly ushort[] _reasons;

    /// <summary>A page that was read.</summary>
    /// <param name="row">Its entity.</param>
    /// <param name="reasons">Numbers that the index has for the part's reasons.</param>
    /// <exception cref="DamagedRowException">It holds another number of records than were written.</exception>
    public SnapshotPage(TableRow row, ushort[] reasons)
    {
        (_row, _reasons) = (row, reasons);
        Records = CountOf('a', 2) + CountOf('w', 3);
        if (Records != row.Number("n"))
            throw new DamagedRowException(Tables.Snapshots, row);
    }

    /// <summary>Entries under a and w.</summary>
    public long Records { get; }

    /// <summary>Row key of the page of a bucket.</summary>
    public static string KeyOf(int bucket) => string.Create(CultureInfo.InvariantCulture, $"b{bucket:x6}");

    /// <summary>Makes the entity.</summary>
    public static TableRow Write(string partition, int bucket, ReadOnlySpan<ulong> accepted, ReadOnlySpan<ulong> waiting,
        ReadOnlySpan<ulong> doubts)
    {
        var row = new TableRow(partition, KeyOf(bucket)) { ["n"] = (long)((accepted.Length / 2) + (waiting.Length / 3)) };
        Put(row, 'a', accepted);
        Put(row, 'w', waiting);
        Put(row, 'd', doubts);
        return row;
    }

    /// <summary>Puts everything into an index, over what older parts said.</summary>
    public void AddTo(SnapshotIndex index)
    {
        foreach (var words in Words('a'))
            for (var i = 0; i + 1 < words.Length; i += 2)
            {
                index.DropDoubt(words[i]);
                if (words[i + 1] == 0)
                    index.SetNothing(words[i], 0);
                else
                    index.SetAccepted(words[i], words[i + 1]);
            }

        foreach (var words in Words('w'))
            for (var i = 0; i + 2 < words.Length; i += 3)
            {
                index.DropDoubt(words[i]);
                if (words[i + 2] == 0)
                    index.SetNothing(words[i], words[i + 1]);
                else
                {
                    index.Forget(words[i]);
                    index.SetWaiting(words[i], WaitingOf(words[i + 1], words[i + 2]));
                }
            }

        foreach (var words in Words('d'))
            for (var i = 0; i + 1 < words.Length; i += 2)
                index.SetDoubt(words[i], At(words[i + 1]));
    }

    /// <summary>Puts into an index what it does not know.</summary>
    public void AddUnknownTo(SnapshotIndex index)
    {
        foreach (var words in Words('d'))
            for (var i = 0; i + 1 < words.Length; i += 2)
                if (!index.Knows(words[i], 0))
                    index.SetDoubt(words[i], At(words[i + 1]));
        foreach (var words in Words('a'))
            for (var i = 0; i + 1 < words.Length; i += 2)
                if (!index.Knows(words[i], words[i + 1]) || (index.Events && index.FindAccepted(words[i], words[i + 1]) == 0))
                    Take(index, words[i], words[i + 1]);
        foreach (var words in Words('w'))
            for (var i = 0; i + 2 < words.Length; i += 3)
                if (!index.Knows(words[i], words[i + 1]))
                    Take(index, words[i], words[i + 1], words[i + 2]);
    }

    /// <summary>Puts into an index what the page says of one key; false when it says nothing of it.</summary>
    public bool AddTo(SnapshotIndex index, SnapshotKey key)
    {
        foreach (var words in Words('d'))
            for (var i = Find(words, 2, key.Hash); i < words.Length && words[i] == key.Hash; i += 2)
                index.SetDoubt(key.Hash, At(words[i + 1]));
        foreach (var words in Words('a'))
            for (var i = Find(words, 2, key.Hash); i < words.Length && words[i] == key.Hash; i += 2)
                if (!index.Events || words[i + 1] == key.Rest)
                {
                    Take(index, key.Hash, words[i + 1]);
                    return true;
                }

        foreach (var words in Words('w'))
            for (var i = Find(words, 3, key.Hash); i < words.Length && words[i] == key.Hash; i += 3)
                if (!index.Events || words[i + 1] == key.Rest)
                {
                    if (!index.Knows(key.Hash, key.Rest))
                        Take(index, key.Hash, words[i + 1], words[i + 2]);
                    // That an event waits no more does not say that it was never taken.
                    return !index.Events || words[i + 2] != 0;
                }

        return false;
    }

    private static void Take(SnapshotIndex index, ulong key, ulong fingerprint)
    {
        if (fingerprint == 0)
            index.SetNothing(key, 0);
        else
            index.TakeAccepted(key, fingerprint);
    }

    private void Take(SnapshotIndex index, ulong key, ulong match, ulong packed)
    {
        if (packed == 0)
            index.SetNothing(key, match);
        else
            index.TakeWaiting(key, WaitingOf(match, packed));
    }

    private Waiting WaitingOf(ulong match, ulong packed)
    {
        var waiting = Waiting.Unpack(match, packed);
        return waiting with { Reason = waiting.Reason < _reasons.Length ? _reasons[waiting.Reason] : (ushort)0 };
    }

    /// <summary>Where the first entry of a key stands, or would stand.</summary>
    internal static int Find(ReadOnlySpan<ulong> words, int size, ulong key)
    {
        var (low, high) = (0, words.Length / size);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (words[middle * size] < key)
                low = middle + 1;
            else
                high = middle;
        }

        return low * size;
    }

    private static DateTimeOffset At(ulong ticks) => new((long)ticks, TimeSpan.Zero);

    private static void Put(TableRow row, char kind, ReadOnlySpan<ulong> words)
    {
        var bytes = MemoryMarshal.AsBytes(words);
        for (var number = 0; !bytes.IsEmpty; number++)
        {
            var part = bytes[..Math.Min(bytes.Length, PropertyBytes)];
            row[string.Create(CultureInfo.InvariantCulture, $"{kind}{number}")] = part.ToArray();
            bytes = bytes[part.Length..];
        }
    }

    private long CountOf(char kind, int size)
    {
        var count = 0L;
        foreach (var words in Words(kind))
            count += words.Length / size;
        return count;
    }

    private PageWords Words(char kind) => new(_row, kind);

    /// <summary>The binaries of one kind, one after the other.</summary>
    private ref struct PageWords(TableRow row, char kind)
    {
        private int _number = -1;

        public ReadOnlySpan<ulong> Current { get; private set; }

        public readonly PageWords GetEnumerator() => this;

        public bool MoveNext()
        {
            _number++;
            if (row.Bytes(string.Create(CultureInfo.InvariantCulture, $"{kind}{_number}")) is not { } bytes)
                return false;
            Current = MemoryMarshal.Cast<byte, ulong>(bytes);
            return true;
        }
    }
}
