using PendoSync.Batches;
using PendoSync.Snapshot;

namespace PendoSync.Tests.Snapshot;

/// <summary>A snapshot of which a part is in memory says the same as a whole one, and what it takes from another is that one's.</summary>
public sealed class SnapshotPartsTests
{
    private static readonly DateTimeOffset _now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly KeyCounts _outside = new(100, 20, 30, 40);

    [Fact]
    public async Task Only_keys_that_are_not_in_memory_are_looked_up_and_each_once()
    {
        var (index, pages) = Outside(events: false);
        index.SetAccepted(1, 10);
        index.SetRejected(2, 10, 10, RecordOutcome.Rejected, "no", _now);
        await index.LookUpAsync([new(1, 0), new(2, 0), new(0, 0)], default);
        Assert.Empty(pages.Asked);

        await index.LookUpAsync([new(1, 0), new(3, 0), new(3, 0), new(4, 0)], default);
        Assert.Equal([3UL, 4UL], pages.Asked.Select(k => k.Hash).Order());
        Assert.False(index.IsWhole);
    }

    [Fact]
    public async Task Once_everything_was_loaded_nothing_stands_outside_any_more()
    {
        var (index, pages) = Outside(events: false);
        pages.LoadsAll = true;
        await index.LookUpAsync([new(3, 0)], default);
        Assert.Equal((true, 0L, 0L, default), (index.IsWhole, index.Accepted, index.WaitingCount, index.CountByOutcome()));
        await index.LookUpAsync([new(4, 0)], default);
        await index.BecomeWholeAsync(default);
        Assert.Equal((1, 0), (pages.Asked.Count, pages.Rests));

        (index, pages) = Outside(events: false);
        await index.BecomeWholeAsync(default);
        await index.BecomeWholeAsync(default);
        Assert.Equal((true, 1, default), (index.IsWhole, pages.Rests, index.CountByOutcome()));
    }

    [Fact]
    public void What_stands_outside_is_counted_and_stays_so_when_it_is_taken_in()
    {
        var (index, _) = Outside(events: false);
        Assert.Equal((100L, 90L, 0L, false), (index.Accepted, index.WaitingCount, index.Entries, index.IsWhole));
        index.TakeAccepted(1, 10);
        index.TakeWaiting(2, Waits(RecordOutcome.NotFound));
        index.TakeWaiting(3, Waits(RecordOutcome.Rejected));
        index.TakeWaiting(4, Waits(RecordOutcome.GivenUp));
        Assert.Equal((100L, 90L, 4L, _outside), (index.Accepted, index.WaitingCount, index.Entries, index.CountByOutcome()));

        index.SetAccepted(5, 10);
        index.SetAccepted(2, 10);
        index.SetInDoubt(3, 10);
        Assert.Equal(new KeyCounts(102, 19, 29, 40), index.CountByOutcome());
        Assert.Equal((102L, 88L), (index.Accepted, index.WaitingCount));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_key_of_which_nothing_is_known_any_more_is_known_as_such_and_counts_nowhere(bool events)
    {
        var index = new SnapshotIndex(events);
        Assert.False(index.Knows(1, 7));
        index.SetNothing(1, 7);
        index.SetNothing(1, 7);
        index.SetRejected(2, 7, 7, RecordOutcome.Rejected, "no", _now);
        index.SetNothing(2, 7);

        Assert.Equal((true, true, false), (index.Knows(1, 7), index.Knows(2, 7), index.Knows(3, 7)));
        Assert.Equal((0L, 0L, default), (index.Accepted, index.WaitingCount, index.CountByOutcome()));
        Assert.Equal((0UL, null), (index.FindAccepted(1, 7), index.FindWaiting(2, 7)));
        // It is written down where it hides what older pages say, and nowhere else.
        Assert.Empty(index.SortedAccepted(0, 1, false));
        Assert.Empty(index.SortedWaiting(0, 1, false));
        Assert.Equal(events ? [] : [1, 0, 2, 0], index.SortedAccepted(0, 1, false, nothing: true));
        Assert.Equal(events ? [1, 7, 0, 2, 7, 0] : [], index.SortedWaiting(0, 1, false, nothing: true));

        index.SetWaiting(1, Waits(RecordOutcome.Rejected) with { Match = 7 });
        index.SetAccepted(2, 7);
        Assert.Equal((1L, 1L), (index.Accepted, index.WaitingCount));
    }

    [Fact]
    public void An_event_that_was_taken_stays_taken_when_nothing_more_is_known_of_it()
    {
        var index = new SnapshotIndex(events: true);
        index.SetAccepted(1, 7);
        index.SetNothing(1, 7);

        Assert.Equal((1UL, 1L, 1L), (index.FindAccepted(1, 7), index.Accepted, index.Entries));
    }

    [Fact]
    public void A_key_that_waits_is_not_also_written_down_as_one_of_which_nothing_is_known()
    {
        var index = new SnapshotIndex(events: false);
        index.SetAccepted(1, 10);
        index.SetRejected(1, 10, 10, RecordOutcome.Rejected, "no", _now);
        index.SetAccepted(2, 10);

        Assert.Equal([2, 10], index.SortedAccepted(0, 1, false, nothing: true));
        Assert.Equal([1UL, 10UL], index.SortedWaiting(0, 1, false, nothing: true)[..2]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Of_the_keys_that_are_asked_for_everything_is_kept_and_of_others_nothing_but_their_doubts(bool events)
    {
        var index = new SnapshotIndex(events) { Only = key => key == 1 };
        foreach (var key in new ulong[] { 1, 2 })
        {
            index.SetAccepted(key, 10);
            index.SetNothing(key, 11);
            index.SetWaiting(key, Waits(RecordOutcome.Rejected) with { Match = 12 });
            index.SetDoubt(key, _now);
        }

        Assert.Equal((true, false), (index.Knows(1, 12), index.Knows(2, 12)));
        Assert.False(index.Knows(2, 10) || index.Knows(2, 11));
        Assert.Equal(4, index.SortedDoubts(false).Length);
    }

    [Fact]
    public void What_a_read_of_everything_did_not_meet_is_forgotten_and_the_rest_can_be_met_again()
    {
        var index = new SnapshotIndex(events: false);
        var keys = Enumerable.Range(1, 600).Select(i => ((ulong)(i % 256) << 56) + (ulong)i).ToList();
        keys.ForEach(key => index.SetAccepted(key, key));
        var met = keys.Where((_, i) => i % 3 == 0).ToList();
        met.ForEach(key => index.See(key, key, out _));
        index.KeepSeen();

        Assert.Equal(met.Count, index.Accepted);
        Assert.Equal(met, keys.Where(key => index.FindAccepted(key, 0) != 0));
        Assert.All(met, key => Assert.True(index.See(key, key, out var accepted) && accepted == key));
    }

    [Fact]
    public void What_one_index_takes_over_from_another_it_knows_as_that_one_did()
    {
        var other = new SnapshotIndex(events: false);
        var keys = Enumerable.Range(1, 600).Select(i => ((ulong)(i % 256) << 56) + (ulong)i).ToList();
        keys.ForEach(key => other.SetAccepted(key, key));
        other.Forget(keys[0]);
        other.SetRejected(9, 10, 10, RecordOutcome.Rejected, "no", _now);
        other.SetDoubt(9, _now);
        other.SetNothing(11, 0);
        var index = new SnapshotIndex(events: false);
        index.SetAccepted(10, 5);
        index.TakeOver(other);

        Assert.Equal((600L, 1L), (index.Accepted, index.WaitingCount));
        Assert.All(keys.Skip(1), key => Assert.Equal(key, index.FindAccepted(key, 0)));
        Assert.Equal((0UL, 5UL, _now), (index.FindAccepted(keys[0], 0), index.FindAccepted(10, 0), index.DoubtOf(9)));
        Assert.Equal("no", index.Reasons[index.FindWaiting(9, 10)!.Value.Reason]);
        // Room is made once: for 602 entries in 256 parts.
        var reserved = new PackedTable(2, 1);
        reserved.Reserve(602);
        Assert.InRange(index.Bytes, reserved.Bytes, reserved.Bytes + 1000);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_key_that_is_copied_stands_as_in_the_other_index_whatever_was_known_of_it(bool events)
    {
        var from = new SnapshotIndex(events);
        from.SetRejected(9, 1, 1, RecordOutcome.Rejected, "first", _now);
        from.SetRejected(1, 7, 7, RecordOutcome.NotFound, "not there", _now);
        from.SetDoubt(1, _now.AddHours(1));
        from.SetAccepted(2, 7);
        from.SetNothing(3, 7);
        var index = new SnapshotIndex(events);
        foreach (var key in new ulong[] { 1, 2, 3 })
            index.SetDoubt(key, _now);
        if (!events)
            index.SetAccepted(1, 5);
        index.SetRejected(2, 7, 7, RecordOutcome.Rejected, "old", _now);
        index.SetRejected(3, 7, 7, RecordOutcome.Rejected, "old", _now);
        if (events)
            index.SetAccepted(2, 7);
        else
            index.SetAccepted(4, 5);
        foreach (var key in new ulong[] { 1, 2, 3, 4 })
            index.Copy(from, new(key, 7));

        var waiting = index.FindWaiting(1, 7)!.Value;
        Assert.Equal((RecordOutcome.NotFound, "not there", 1), (waiting.Outcome, index.Reasons[waiting.Reason], (int)waiting.Tries));
        Assert.Equal((0UL, events ? 1UL : 7UL, 0UL), (index.FindAccepted(1, 7), index.FindAccepted(2, 7), index.FindAccepted(3, 7)));
        Assert.Equal((null, null, true), (index.FindWaiting(2, 7), index.FindWaiting(3, 7), index.Knows(3, 7)));
        Assert.Equal(0UL, index.FindAccepted(4, 7));
        Assert.Equal((_now.AddHours(1), null, null), (index.DoubtOf(1), index.DoubtOf(2), index.DoubtOf(3)));
        Assert.Equal(new KeyCounts(1, 1, 0, 0), index.CountByOutcome());
    }

    [Fact]
    public void An_event_that_was_taken_here_is_not_taken_back_by_a_copy_of_one_that_is_unknown_there()
    {
        var from = new SnapshotIndex(events: true);
        var index = new SnapshotIndex(events: true);
        index.SetAccepted(1, 7);
        index.Copy(from, new(1, 7));

        Assert.Equal((1UL, 1L), (index.FindAccepted(1, 7), index.Entries));
    }

    [Fact]
    public void A_doubt_that_newer_pages_do_not_name_is_over_and_others_stay()
    {
        var index = new SnapshotIndex(events: false);
        index.DropDoubt(1);
        index.SetDoubt(1, _now);
        index.SetDoubt(2, _now);
        index.DropDoubt(1);

        Assert.Equal((null, _now), (index.DoubtOf(1), index.DoubtOf(2)));
    }

    [Fact]
    public void Room_is_made_for_what_was_accepted_and_for_what_waits()
    {
        var index = new SnapshotIndex(events: false);
        index.Reserve(0, 0);
        Assert.Equal(0, index.Bytes);
        index.Reserve(256_000, 25_600);
        var (accepted, waiting) = (new PackedTable(2, 1), new PackedTable(3, 1));
        accepted.Reserve(256_000);
        waiting.Reserve(25_600);

        Assert.Equal(accepted.Bytes + waiting.Bytes, index.Bytes);
    }

    [Fact]
    public void Keys_are_counted_by_what_became_of_them()
    {
        var counts = default(KeyCounts);
        foreach (var (outcome, at) in Enum.GetValues<RecordOutcome>().Select((o, i) => (o, i)))
            counts = counts.With(outcome, at + 1);
        var stays = new[] { RecordOutcome.Accepted, RecordOutcome.NotFound, RecordOutcome.Rejected, RecordOutcome.GivenUp };

        Assert.Equal(Enum.GetValues<RecordOutcome>().Select((o, i) => stays.Contains(o) ? i + 1L : 0), Enum.GetValues<RecordOutcome>()
            .Select(counts.Of));
        Assert.Equal(counts.NotFound + counts.Rejected + counts.GivenUp, counts.Waiting);
        Assert.Equal((new KeyCounts(11, 22, 33, 44), new KeyCounts(9, 18, 27, 36)),
            (new KeyCounts(10, 20, 30, 40) + new KeyCounts(1, 2, 3, 4), new KeyCounts(10, 20, 30, 40) - new KeyCounts(1, 2, 3, 4)));
    }

    private static Waiting Waits(RecordOutcome outcome) => new(10, _now, 1, outcome, 0);

    private static (SnapshotIndex Index, Pages Pages) Outside(bool events)
    {
        var (index, pages) = (new SnapshotIndex(events), new Pages());
        index.LeaveOutside(pages, _outside);
        return (index, pages);
    }

    private sealed class Pages : ISnapshotPages
    {
        public List<SnapshotKey> Asked { get; } = [];

        public int Rests { get; private set; }

        public bool LoadsAll { get; set; }

        public Task<bool> LookUpAsync(SnapshotIndex index, IReadOnlyCollection<SnapshotKey> keys, CancellationToken ct)
        {
            Asked.AddRange(keys);
            return Task.FromResult(LoadsAll);
        }

        public Task LoadRestAsync(SnapshotIndex index, CancellationToken ct)
        {
            Rests++;
            return Task.CompletedTask;
        }
    }
}
