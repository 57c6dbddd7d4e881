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

        var sorted = index.SortedAccepted(0, PackedTable.Parts, seenOnly: false);
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
        Assert.Equal(5UL, index.SortedWaiting(0, 1, seenOnly: true)[0]);
        Assert.Equal(3, index.SortedWaiting(0, 1, seenOnly: true).Length);
        Assert.Equal(6, index.SortedWaiting(0, 1, seenOnly: false).Length);
        Assert.Empty(index.SortedAccepted(0, 1, seenOnly: true));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Of_many_keys_exactly_those_that_were_seen_are_kept(bool events)
    {
        var index = new SnapshotIndex(events);
        var random = new Random(5);
        var keys = Enumerable.Range(0, 6000).Select(_ => Hash(random)).ToList();
        for (var i = 0; i < keys.Count; i++)
        {
            if (i % 2 == 0)
                index.SetAccepted(keys[i], 1);
            else
                index.SetRejected(keys[i], 1, 1, RecordOutcome.Rejected, "no", _now);
        }

        foreach (var key in keys.Where((_, i) => i % 6 < 2))
            Assert.True(index.See(key, 1, out _));

        Assert.All(keys.Select((key, i) => (key, i)), k => Assert.Equal(k.i % 6 < 2, index.WasSeen(k.key, 1)));
        Assert.Equal(keys.Where((_, i) => i % 6 == 0).Order(), index.SortedAccepted(0, PackedTable.Parts, true)
            .Where((_, i) => i % 2 == 0));
        Assert.Equal(keys.Where((_, i) => i % 6 == 1).Order(), index.SortedWaiting(0, PackedTable.Parts, true)
            .Where((_, i) => i % 3 == 0));
        Assert.Equal(new KeyCounts(3000, 0, 3000, 0), index.CountByOutcome());
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public void A_key_that_was_only_met_is_not_accepted_but_an_id_is_taken(bool events, int accepted)
    {
        var index = new SnapshotIndex(events);
        Assert.True(index.See(7, 1, out var before));

        Assert.Equal((0UL, accepted), (before, (int)index.Accepted));
        Assert.Equal(accepted, index.SortedAccepted(0, 1, seenOnly: true).Length / 2);
        index.SetAccepted(7, 1);
        Assert.Equal(1, index.Accepted);
        Assert.Equal(new KeyCounts(1, 0, 0, 0), index.CountByOutcome());
    }

    [Fact]
    public void Doubts_last_until_the_latest_of_them_and_end_with_a_call_that_began_after_it()
    {
        var index = new SnapshotIndex(events: false);
        Assert.Null(index.DoubtOf(5));
        index.SetDoubt(5, _now);
        index.SetDoubt(5, _now.AddSeconds(2));
        index.SetDoubt(5, _now.AddSeconds(1));
        Assert.Equal((_now.AddSeconds(2), null), (index.DoubtOf(5), index.DoubtOf(6)));

        index.EndDoubt(5, _now.AddSeconds(1));
        index.EndDoubt(6, _now.AddSeconds(9));
        Assert.Equal(_now.AddSeconds(2), index.DoubtOf(5));
        index.EndDoubt(5, _now.AddSeconds(2));
        Assert.Null(index.DoubtOf(5));
    }

    [Fact]
    public void Doubts_are_sorted_by_their_key_and_kept_when_seen()
    {
        var index = new SnapshotIndex(events: false);
        foreach (var key in new ulong[] { 0xF000_0000_0000_0002, 0xF000_0000_0000_0001, 0x1000_0000_0000_0003, 4 })
            index.SetDoubt(key, _now);
        index.See(0xF000_0000_0000_0002, 1, out _);

        var at = (ulong)_now.UtcTicks;
        Assert.Equal([4, at, 0x1000_0000_0000_0003, at, 0xF000_0000_0000_0001, at, 0xF000_0000_0000_0002, at],
            index.SortedDoubts(seenOnly: false));
        Assert.Equal([0xF000_0000_0000_0002, at], index.SortedDoubts(seenOnly: true));
    }

    [Fact]
    public void A_refusal_without_a_reason_has_the_number_of_none()
    {
        var index = new SnapshotIndex(events: false);
        index.SetRejected(1, 1, 1, RecordOutcome.NotFound, null, _now);

        Assert.Equal(0, index.FindWaiting(1, 1)!.Value.Reason);
        Assert.Equal([""], index.Reasons);
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

        return index.SortedAccepted(0, PackedTable.Parts, seenOnly: false).Length == 2 * accepted.Count
            && index.SortedWaiting(0, PackedTable.Parts, seenOnly: false).Length == 3 * waiting.Count;
    }

    private static ulong Hash(Random random) => ((ulong)random.NextInt64(1, long.MaxValue) << 1) + 1;
}
