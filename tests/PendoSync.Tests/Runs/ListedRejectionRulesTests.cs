using PendoSync.Records;
using PendoSync.Runs;
using PendoSync.Snapshot;
using PendoSync.State;
using PendoSync.Tests.Records;
using PendoSync.Tests.Worlds;
using PendoSync.Values;

namespace PendoSync.Tests.Runs;

/// <summary>What a row that a read meets says about the list of rejections, entry by entry.</summary>
public sealed class ListedRejectionRulesTests
{
    private static readonly DateTimeOffset _at = new(2026, 2, 28, 12, 0, 0, TimeSpan.Zero);
    private readonly ManualClock _clock = new();
    private readonly StateStore _state;

    public ListedRejectionRulesTests() => _state = new StateStore(new MemoryTableStore(_clock));

    [Theory]
    [InlineData(nameof(Decision.Unchanged), true, 0)]
    [InlineData(nameof(Decision.Waiting), false, 0)]
    [InlineData(nameof(Decision.New), false, 1)]
    [InlineData(nameof(Decision.Changed), false, 1)]
    [InlineData(nameof(Decision.Retry), false, 1)]
    public async Task A_refused_record_that_is_met_is_stale_when_Pendo_has_it_and_counts_as_tried_when_it_goes_out(string decision,
        bool stale, byte tries)
    {
        var list = await LoadAsync(events: false, Listed(1, "rejected"));
        Assert.Equal((null, stale ? RejectionTable.IdOf(1) : "", tries), Met(list, 1, Enum.Parse<Decision>(decision)));
        Assert.Equal(0L, list.InvalidGone);
    }

    [Fact]
    public async Task More_tries_that_the_snapshot_knows_of_stay_and_a_record_that_is_not_listed_has_none()
    {
        var list = await LoadAsync(events: false, Listed(1, "rejected"));
        byte tries = 7;
        list.Met(1, Row(), Decision.Retry, ref tries);
        Assert.Equal(7, tries);
        Assert.Equal((null, "", (byte)0), Met(list, 2, Decision.New));
        Assert.Equal((null, "", (byte)0), Met(ListedRejections.None, 1, Decision.New));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_invalid_row_that_is_valid_now_leaves_the_list(bool events)
    {
        var list = await LoadAsync(events, Listed(1, "invalid"), Listed(2, "invalid"), Listed(3, "rejected"),
            Listed(9, "invalid") with { Id = "row-000000000009" });
        Assert.Equal([1UL, 2UL], list.StillInvalid.Order());
        Assert.Equal((null, RejectionTable.IdOf(1), (byte)0), Met(list, 1, Decision.New));
        Assert.Equal((3L, 1L), (list.InvalidBefore, list.InvalidGone));
        Assert.Equal([2UL], list.StillInvalid);
    }

    [Fact]
    public async Task An_event_on_the_list_gets_its_key_when_it_is_met_and_stays_what_it_was()
    {
        await LoadAsync(events: true, Listed(1, "unknown") with { Key = null }, Listed(2, "unknown"),
            Listed(3, "rejected") with { Key = null });
        var list = await ListedRejections.LoadAsync(_state, "s", events: true, default, keepsUnknown: true);
        byte tries = 0;
        Assert.Equal(Listed(1, "unknown") with { Key = "v" }, list.Met(1, Row(), Decision.Unchanged, ref tries));
        Assert.Null(list.Met(2, Row(), Decision.Unchanged, ref tries));
        Assert.Null(list.Met(3, Row(), Decision.Unchanged, ref tries));
        list.ReadAll();
        Assert.Empty(list.Stale);
        Assert.Equal(0, tries);
    }

    [Theory]
    [InlineData("invalid", 3, 3)]
    [InlineData("invalid", 300, 255)]
    [InlineData("rejected", 3, 0)]
    [InlineData(null, 0, 0)]
    public async Task How_often_a_row_was_invalid_before_is_known_once(string? outcome, int tries, byte expected)
    {
        var list = outcome is null ? ListedRejections.None
            : await LoadAsync(events: false, Listed(1, outcome) with { Tries = tries });
        Assert.Equal(expected, list.MetInvalid(1));
        Assert.Equal(0, list.MetInvalid(1));
        list.ReadAll();
        Assert.Empty(list.Stale);
    }

    [Fact]
    public async Task After_a_read_of_everything_whoever_was_not_met_is_gone()
    {
        var list = await LoadAsync(events: false, Listed(1, "rejected"), Listed(2, "not_found"), Listed(3, "invalid"));
        Met(list, 2, Decision.Waiting);
        list.ReadAll();
        Assert.Equal([RejectionTable.IdOf(1), RejectionTable.IdOf(3)], list.Stale.Order());
    }

    [Fact]
    public async Task A_row_that_was_looked_for_by_its_key_and_is_gone_leaves_the_list()
    {
        var list = await LoadAsync(events: false, Listed(1, "rejected"), Listed(2, "invalid"));
        list.Vanished(1);
        list.Vanished(2);
        list.Vanished(2);
        list.Vanished(3);
        Assert.Equal([RejectionTable.IdOf(1), RejectionTable.IdOf(2)], list.Stale.Order());
        Assert.Equal(1L, list.InvalidGone);
    }

    [Fact]
    public async Task Keys_are_looked_up_when_they_are_due_the_longest_due_first_and_a_hundred_at_most()
    {
        var now = _clock.Now;
        var due = Enumerable.Range(10, 150).Select(i => Listed((ulong)i, "rejected") with { NextDue = now.AddMinutes(-i) });
        var list = await LoadAsync(events: false,
        [
            .. due, Listed(1, "rejected"), Listed(2, "rejected") with { Key = null, NextDue = now.AddDays(-1) },
            Listed(3, "rejected") with { NextDue = now.AddMinutes(1) },
            // Set by a clock that was ahead: farther off than its backoff can be.
            Listed(4, "rejected") with { NextDue = now.AddDays(30) }, Listed(5, "rejected") with { NextDue = now },
        ]);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"k{159 - i}"), list.DueKeys(now));

        list = await LoadAsync(events: false, Listed(3, "rejected") with { NextDue = now.AddMinutes(1) },
            Listed(4, "rejected") with { NextDue = now.AddDays(30) }, Listed(5, "invalid") with { NextDue = now });
        Assert.Equal(["k5", "k4"], list.DueKeys(now));
    }

    [Theory]
    [InlineData("unknown", false, true)]
    [InlineData("unknown", true, false)]
    [InlineData("rejected", false, false)]
    public async Task Event_that_was_accepted_since_is_no_longer_unknown(string outcome, bool keepsUnknown, bool leaves)
    {
        await LoadAsync(events: true, Listed(1, outcome));
        var list = await ListedRejections.LoadAsync(_state, "s", events: true, default, keepsUnknown);
        Assert.Equal(leaves ? RejectionTable.IdOf(1) : "", Met(list, 1, Decision.Unchanged).Stale);
    }

    private static Rejection Listed(ulong key, string outcome) =>
        new() { Id = RejectionTable.IdOf(key), Key = $"k{key}", Outcome = outcome, First = _at, Last = _at };

    private static (Rejection? Again, string Stale, byte Tries) Met(ListedRejections list, ulong key, Decision decision)
    {
        byte tries = 0;
        return (list.Met(key, Row(), decision, ref tries), string.Join(' ', list.Stale), tries);
    }

    // A row with the key v.
    private static RecordMapper Row()
    {
        var rows = new TestRows([new("id", typeof(string))], ["v"]);
        var mapper = new RecordMapper(TestSyncs.Visitors, "visitorId", new FieldPlan([], []), rows.Columns, rows, TimeZoneInfo.Utc,
            new HashSeeds(1, 2));
        rows.Read();
        Assert.Null(mapper.Map(rows));
        return mapper;
    }

    private async Task<ListedRejections> LoadAsync(bool events, params Rejection[] listed)
    {
        await _state.Rejections.DeleteAsync("s", [.. (await _state.Rejections.IdsAsync("s", default)).Select(r => r.Id)], default);
        await _state.Rejections.WriteAsync("s", listed, default);
        return await ListedRejections.LoadAsync(_state, "s", events, default);
    }
}
