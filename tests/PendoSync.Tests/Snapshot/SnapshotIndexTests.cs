using FsCheck;
using FsCheck.Fluent;
using PendoSync.Batches;
using PendoSync.Snapshot;

namespace PendoSync.Tests.Snapshot;

/// <summary>The packed index against a plain dictionary.</summary>
public sealed class SnapshotIndexTests
{
    private static readonly DateTimeOffset _now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly bool _full = Environment.GetEnvironmentVariable("PENDOSYNC_FULL") == "1";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_index_says_what_a_dictionary_would_say(bool events) =>
        Prop.ForAll(ArbMap.Default.ArbFor<int[]>(), steps => Agrees(steps, events))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(_full ? 5000 : 300).WithEndSize(400));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Growth_loses_no_entry_and_no_seen_mark(bool events)
    {
        var index = new SnapshotIndex(events);
        var random = new Random(3);
        var entries = new Dictionary<ulong, ulong>();
        while (entries.Count < 50_000)
            entries[Hash(random)] = Hash(random);
        var number = 0;
        foreach (var (key, second) in entries)
        {
            index.SetAccepted(key, second);
            if (number++ % 3 == 0)
                Assert.True(index.See(key, second, out _));
        }

        number = 0;
        Assert.Equal(entries.Count, index.Accepted);
        foreach (var (key, second) in entries)
        {
            Assert.Equal(events ? 1 : second, index.FindAccepted(key, second));
            Assert.Equal(number++ % 3 != 0, index.See(key, second, out _));
        }

        var sorted = Enumerable.Range(0, PackedTable.Parts).SelectMany(part => index.SortedAccepted(part, seenOnly: false)).ToArray();
        Assert.Equal(entries.OrderBy(e => e.Key).SelectMany(e => new[] { e.Key, e.Value }), sorted);
    }

    [Fact]
    public void Keys_that_share_their_upper_bits_are_told_apart()
    {
        var index = new SnapshotIndex(events: false);
        for (ulong i = 1; i <= 2000; i++)
            index.SetAccepted(0xAB00_0000_0000_0000 + i, i);

        for (ulong i = 1; i <= 2000; i++)
            Assert.Equal(i, index.FindAccepted(0xAB00_0000_0000_0000 + i, 0));
        Assert.Equal(0UL, index.FindAccepted(0xAB00_0000_0000_0000 + 2001, 0));
    }

    [Fact]
    public void Event_ids_that_differ_in_their_second_half_are_two()
    {
        var index = new SnapshotIndex(events: true);
        index.SetAccepted(5, 1);

        Assert.Equal((1UL, 0UL), (index.FindAccepted(5, 1), index.FindAccepted(5, 2)));
        Assert.True(index.See(5, 2, out var accepted));
        Assert.Equal(0UL, accepted);
    }

    [Fact]
    public void An_accepted_event_never_waits_whatever_is_loaded_later()
    {
        var index = new SnapshotIndex(events: true);
        index.SetAccepted(5, 1);
        index.SetWaiting(5, new Waiting(1, _now, 1, RecordOutcome.Rejected, 0));

        Assert.Null(index.FindWaiting(5, 1));
        Assert.Equal(0, index.WaitingCount);
    }

    [Fact]
    public void A_seen_waiting_key_is_kept_and_an_unseen_one_forgotten()
    {
        var index = new SnapshotIndex(events: false);
        index.SetRejected(5, 1, 1, RecordOutcome.NotFound, null, _now);
        index.SetRejected(6, 1, 1, RecordOutcome.NotFound, null, _now);
        index.SetAccepted(7, 1);

        Assert.True(index.See(5, 1, out _));
        Assert.False(index.See(5, 1, out _));
        Assert.Equal(5UL, index.SortedWaiting(0, seenOnly: true)[0]);
        Assert.Equal(3, index.SortedWaiting(0, seenOnly: true).Length);
        Assert.Equal(6, index.SortedWaiting(0, seenOnly: false).Length);
        Assert.Empty(index.SortedAccepted(0, seenOnly: true));
    }

    [Fact]
    public void Reasons_are_numbered_once_and_none_stands_for_too_many()
    {
        var index = new SnapshotIndex(events: false);
        for (var i = 0; i < 1500; i++)
            index.SetRejected((ulong)i + 1, 1, 1, RecordOutcome.Rejected, $"reason {i}", _now);
        index.SetRejected(9000, 1, 1, RecordOutcome.Rejected, "reason 7", _now);

        Assert.Equal(1000, index.Reasons.Count);
        Assert.Equal("reason 7", index.Reasons[index.FindWaiting(9000, 1)!.Value.Reason]);
        Assert.Equal("", index.Reasons[index.FindWaiting(1400, 1)!.Value.Reason]);
    }

    [Fact]
    public void A_record_costs_at_most_24_bytes_and_a_waiting_one_36()
    {
        var count = _full ? 1_000_000 : 100_000;
        Assert.InRange(BytesPer(count, (table, key) => table.GetOrAdd(key, 0, out _), 2), 16, 24);
        Assert.InRange(BytesPer(count, (table, key) => table.GetOrAdd(key, 0, out _), 3), 24, 36);
    }

    private static double BytesPer(int count, Action<PackedTable, ulong> add, int words)
    {
        var random = new Random(9);
        var table = new PackedTable(words, 1);
        for (var i = 0; i < count; i++)
            add(table, Hash(random));
        return (double)table.Bytes / table.Count;
    }

    private static bool Agrees(int[] steps, bool events)
    {
        var index = new SnapshotIndex(events);
        var accepted = new Dictionary<(ulong, ulong), ulong>();
        var waiting = new Dictionary<(ulong, ulong), (ulong Match, int Tries)>();
        for (var i = 0; i < steps.Length; i++)
        {
            var random = new Random(unchecked((steps[i] * 397) + i));
            // Few keys, so that every transition happens; the key of an event has two halves.
            var key = ((ulong)random.Next(1, 9) << 59) + (ulong)random.Next(1, 4);
            var second = (ulong)random.Next(1, 4);
            var id = (key, events ? second : 0);
            switch (random.Next(4))
            {
                case 0:
                    index.SetAccepted(key, second);
                    accepted[id] = second;
                    waiting.Remove(id);
                    break;
                case 1:
                    index.SetInDoubt(key, second);
                    if (!events)
                        accepted.Remove(id);
                    waiting.Remove(id);
                    break;
                case 2:
                    index.SetRejected(key, second, second, RecordOutcome.Rejected, "no", _now);
                    if (events && accepted.ContainsKey(id))
                        break;
                    accepted.Remove(id);
                    waiting[id] = (second, waiting.TryGetValue(id, out var before) ? Math.Min(255, before.Tries + 1) : 1);
                    break;
                default:
                    index.Forget(key);
                    if (!events)
                        accepted.Remove(id);
                    break;
            }

            var found = index.FindWaiting(key, second);
            if (index.Accepted != accepted.Count || index.WaitingCount != waiting.Count
                || index.FindAccepted(key, second) != (accepted.TryGetValue(id, out var value) ? events ? 1 : value : 0)
                || found.HasValue != waiting.TryGetValue(id, out var wait) || (found is { } w && (w.Match, (int)w.Tries) != wait))
                return false;
        }

        return Enumerable.Range(0, PackedTable.Parts).Sum(p => index.SortedAccepted(p, seenOnly: false).Length) == 2 * accepted.Count
            && Enumerable.Range(0, PackedTable.Parts).Sum(p => index.SortedWaiting(p, seenOnly: false).Length) == 3 * waiting.Count;
    }

    private static ulong Hash(Random random) => ((ulong)random.NextInt64(1, long.MaxValue) << 1) + 1;
}
