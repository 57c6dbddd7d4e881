using PendoSync.Batches;
using PendoSync.Snapshot;

namespace PendoSync.Tests.Snapshot;

public sealed class DiffTests
{
    private static readonly DateTimeOffset _now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Record_with_same_fingerprint_is_not_sent()
    {
        var index = new SnapshotIndex(events: false);
        index.SetAccepted(1, 10);
        index.SetAccepted(2, 20);
        var diff = new Diff(index, create: true, everything: false, _now);

        Assert.Equal(Decision.Unchanged, diff.Decide(1, 10));
        Assert.Equal(Decision.Changed, diff.Decide(2, 21));
        Assert.True(diff.WasKnown);
        Assert.Equal(Decision.New, diff.Decide(3, 30));
        Assert.False(diff.WasKnown);
        Assert.Equal(Decision.Repeated, diff.Decide(1, 11));
        Assert.Equal(Decision.Repeated, diff.Decide(3, 30));
    }

    [Fact]
    public void Full_mode_sends_every_record_once_and_no_event_twice()
    {
        var index = new SnapshotIndex(events: false);
        index.SetAccepted(1, 10);
        var diff = new Diff(index, create: true, everything: true, _now);
        Assert.Equal(Decision.Changed, diff.Decide(1, 10));
        Assert.Equal(Decision.Repeated, diff.Decide(1, 10));

        var events = new SnapshotIndex(events: true);
        events.SetAccepted(1, 10);
        var ofEvents = new Diff(events, create: false, everything: true, _now);
        Assert.Equal(Decision.Unchanged, ofEvents.Decide(1, 10));
        Assert.Equal(Decision.New, ofEvents.Decide(1, 11));
        Assert.Equal(Decision.Repeated, ofEvents.Decide(1, 11));
    }

    [Fact]
    public void A_row_that_is_refused_before_sending_is_there_and_the_first_of_its_key_but_leaves_an_event_id_free()
    {
        var index = new SnapshotIndex(events: false);
        index.SetAccepted(1, 10);
        index.SetRejected(2, 20, Waiting.MatchOf(20, create: true), RecordOutcome.Rejected, "no", _now);
        var diff = new Diff(index, create: true, everything: false, _now);
        foreach (var (key, known) in new[] { (1UL, true), (2UL, true), (3UL, false), (0UL, false), (1UL, false) })
        {
            diff.Meet(key);
            Assert.Equal((key, known), (key, diff.WasKnown));
        }

        Assert.Equal([Decision.Repeated, Decision.Repeated, Decision.Repeated, Decision.New], new ulong[] { 1, 2, 3, 4 }
            .Select(key => diff.Decide(key, 10)));

        var events = new SnapshotIndex(events: true);
        var ofEvents = new Diff(events, create: false, everything: false, _now);
        ofEvents.Meet(1);
        Assert.Equal(Decision.New, ofEvents.Decide(1, 10));
    }

    [Theory]
    [InlineData(10, true, 0.5, false, nameof(Decision.Waiting))]
    [InlineData(10, true, 1.5, false, nameof(Decision.Retry))]
    [InlineData(11, true, 0.5, false, nameof(Decision.Retry))]
    [InlineData(10, false, 0.5, false, nameof(Decision.Retry))]
    [InlineData(10, true, 0.5, true, nameof(Decision.Retry))]
    public void A_refused_record_waits_until_it_is_due_or_its_row_or_behaviour_changes(ulong fingerprint, bool create, double hoursLater,
        bool everything, string expected) =>
        Decides(fingerprint, create, hoursLater, everything, Enum.Parse<Decision>(expected));

    [Fact]
    public void A_refused_event_waits_also_in_full_mode()
    {
        var index = new SnapshotIndex(events: true);
        index.SetRejected(1, 10, 10, RecordOutcome.Rejected, "no", _now);

        // An event is never created, so what is said of that makes no difference.
        Assert.Equal(Decision.Waiting, new Diff(index, create: true, everything: true, _now.AddMinutes(59)).Decide(1, 10));
        var later = new SnapshotIndex(events: true);
        later.SetRejected(1, 10, 10, RecordOutcome.Rejected, "no", _now);
        Assert.Equal(Decision.Retry, new Diff(later, false, everything: false, _now.AddMinutes(61)).Decide(1, 10));
    }

    [Fact]
    public void Of_each_row_it_is_told_what_had_become_of_its_key_before()
    {
        var index = new SnapshotIndex(events: false);
        index.SetAccepted(1, 10);
        index.SetRejected(2, 10, 0, RecordOutcome.Rejected, "no", _now);
        index.SetRejected(3, 10, 0, RecordOutcome.NotFound, "no", _now);
        var diff = new Diff(index, create: true, everything: false, _now);
        foreach (var (key, before, tries) in new (ulong, RecordOutcome, int)[]
        {
            (2, RecordOutcome.Rejected, 1), (3, RecordOutcome.NotFound, 1), (2, RecordOutcome.None, 0), (1, RecordOutcome.Accepted, 0),
            (4, RecordOutcome.None, 0),
        })
        {
            diff.Decide(key, 10);
            Assert.Equal((key, before, tries, before == RecordOutcome.Rejected), (key, diff.Before, (int)diff.Tries, diff.WasRejected));
        }
    }

    [Theory]
    [InlineData(-1, 10, false, nameof(Decision.Unchanged))]
    [InlineData(0, 10, false, nameof(Decision.InDoubt))]
    [InlineData(-1, 11, false, nameof(Decision.Changed))]
    [InlineData(-1, 10, true, nameof(Decision.Changed))]
    public void A_key_in_doubt_is_sent_once_more_when_its_time_has_come(int seconds, ulong fingerprint, bool everything, string expected)
    {
        var index = new SnapshotIndex(events: false);
        index.SetAccepted(1, 10);
        index.SetAccepted(2, 10);
        index.SetDoubt(1, _now);
        var diff = new Diff(index, create: true, everything, _now.AddSeconds(seconds));

        Assert.Equal(Enum.Parse<Decision>(expected), diff.Decide(1, fingerprint));
        Assert.Equal(everything ? Decision.Changed : Decision.Unchanged, diff.Decide(2, 10));
    }

    [Fact]
    public void What_is_in_doubt_or_forgotten_is_sent_again()
    {
        var index = new SnapshotIndex(events: false);
        index.SetAccepted(1, 10);
        index.SetAccepted(2, 10);
        index.SetInDoubt(1, 10);
        index.Forget(2);
        var diff = new Diff(index, create: true, everything: false, _now);

        Assert.Equal((Decision.New, Decision.New), (diff.Decide(1, 10), diff.Decide(2, 10)));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 4)]
    [InlineData(8, 128)]
    [InlineData(9, 168)]
    [InlineData(255, 168)]
    public void Backoff_doubles_from_an_hour_to_seven_days(int tries, int hours) =>
        Assert.Equal(TimeSpan.FromHours(hours), Waiting.BackoffAfter(tries));

    [Fact]
    public void Tries_of_a_key_are_counted_up_to_255()
    {
        var index = new SnapshotIndex(events: false);
        for (var i = 0; i < 300; i++)
        {
            index.SetRejected(1, 10, (ulong)i, RecordOutcome.Rejected, "no", _now);
            Assert.Equal(Math.Min(i + 1, 255), index.FindWaiting(1, 10)!.Value.Tries);
        }

        Assert.Equal(255, index.FindWaiting(1, 10)!.Value.Tries);
        var diff = new Diff(index, true, false, _now);
        diff.Decide(1, 10);
        Assert.Equal(255, diff.Tries);
    }

    [Fact]
    public void A_waiting_record_comes_back_from_its_packed_form()
    {
        var random = new Random(1);
        for (var i = 0; i < 1000; i++)
        {
            var waiting = new Waiting((ulong)random.NextInt64(), new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero)
                .AddSeconds(random.NextInt64(uint.MaxValue)), (byte)random.Next(256),
                (RecordOutcome)random.Next(2, 6), (ushort)random.Next(ushort.MaxValue + 1));

            Assert.Equal(waiting, Waiting.Unpack(waiting.Match, waiting.Packed));
        }

        var early = new Waiting(1, DateTimeOffset.MinValue, 1, RecordOutcome.Rejected, 0);
        Assert.Equal(2024, Waiting.Unpack(1, early.Packed).Due.Year);
        Assert.Equal(2160, Waiting.Unpack(1, (early with { Due = DateTimeOffset.MaxValue }).Packed).Due.Year);
        // Both are stored.
        Assert.Equal((7UL, 0x9E3779B97F4A7C12), (Waiting.MatchOf(7, create: false), Waiting.MatchOf(7, create: true)));
    }

    private static void Decides(ulong fingerprint, bool create, double hoursLater, bool everything, Decision expected)
    {
        var index = new SnapshotIndex(events: false);
        index.SetRejected(1, 10, Waiting.MatchOf(10, create: true), RecordOutcome.NotFound, null, _now);
        var diff = new Diff(index, create, everything, _now.AddHours(hoursLater));

        Assert.Equal(expected, diff.Decide(1, fingerprint));
        Assert.Equal((1, true), (diff.Tries, diff.WasKnown));
        Assert.Equal(Decision.Repeated, diff.Decide(1, fingerprint));
    }
}
