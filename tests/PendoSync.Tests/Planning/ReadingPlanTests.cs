using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Planning;
using PendoSync.Runs;
using PendoSync.State;
using PendoSync.Tests.Records;
using PendoSync.Values;

namespace PendoSync.Tests.Planning;

public sealed class ReadingPlanTests
{
    private static readonly DateTimeOffset _now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly Checkpoint _checkpoint = new()
    {
        Sync = "s",
        Seeds = default,
        DefinitionHash = TestSyncs.Visitors.Hash,
        LastFull = _now.AddHours(-1),
        ReadAt = _now
    };

    [Theory]
    [InlineData("n:100", null, "n:100")]
    [InlineData("n:10000", "s", "n:6400")]
    [InlineData("n:10000000", "ms", "n:6400000")]
    [InlineData("d:2026-03-01", null, "d:2026-02-28")]
    [InlineData("t:2026-03-01T00:30:00.0000000", null, "t:2026-02-28T23:30:00.0000000")]
    [InlineData("i:2026-03-01T10:00:00.5000000Z", null, "i:2026-03-01T09:00:00.5000000Z")]
    [InlineData("s:2026-03-01T00:30:00+02:00", null, "s:2026-02-28T23:30:00+02:00")]
    [InlineData("t:0001-01-01T00:00:00.0000000", null, "t:0001-01-01T00:00:00.0000000")]
    [InlineData("i:0001-01-01T00:10:00.0000000Z", null, "i:0001-01-01T00:00:00.0000000Z")]
    [InlineData("d:0001-01-01", null, "d:0001-01-01")]
    [InlineData("s:0001-01-01T00:00:00Z", null, "s:0001-01-01T00:00:00Z")]
    public void A_read_starts_below_the_saved_cursor_by_the_lookback(string saved, string? unit, string from)
    {
        var plan = ReadingPlan.For(Context(unit), _checkpoint with { Cursor = saved }, RunMode.Incremental);

        Assert.Equal((from, "c"), (plan.From!.Cursor!.Value.ToString(), plan.From.Cursor.Column));
        Assert.Equal((false, false, false), (plan.Full, plan.Everything, plan.MappingChanged));
    }

    [Fact]
    public void A_read_is_full_when_it_has_to_be()
    {
        var saved = _checkpoint with { Cursor = "n:1" };
        Assert.True(ReadingPlan.For(Context(), _checkpoint, RunMode.Incremental).Full);
        Assert.True(ReadingPlan.For(Context(), saved with { LastFull = _now.AddHours(-24) }, RunMode.Incremental).Full);
        Assert.True(ReadingPlan.For(Context(), saved with { LastFull = null }, RunMode.Incremental).Full);
        Assert.False(ReadingPlan.For(Context(), saved with { LastFull = _now.AddHours(-23.9) }, RunMode.Incremental).Full);
        Assert.False(ReadingPlan.For(Context() with { Sync = Context().Sync with { FullEvery = null } }, saved with { LastFull = null },
            RunMode.Incremental).Full);
        Assert.True(ReadingPlan.For(Context() with { Sync = Context().Sync with { Model = new Model { Table = "t" } } }, saved,
            RunMode.Incremental).Full);

        var changed = ReadingPlan.For(Context(), saved with { DefinitionHash = "other" }, RunMode.Incremental);
        Assert.Equal((true, false, true, null), (changed.Full, changed.Everything, changed.MappingChanged, changed.From));
        var everything = ReadingPlan.For(Context(), saved, RunMode.Full);
        Assert.Equal((true, true, false, null), (everything.Full, everything.Everything, everything.MappingChanged, everything.From));
        Assert.False(ReadingPlan.For(Context(), saved with { DefinitionHash = "" }, RunMode.Incremental).MappingChanged);
    }

    [Theory]
    [InlineData("i:2026-03-01T10:00:00.0000000Z", false, "i:2026-02-22T11:00:00.0000000Z")]
    [InlineData("d:2026-03-01", false, "d:2026-02-21")]
    [InlineData("n:1", false, null)]
    [InlineData("i:2026-03-01T10:00:00.0000000Z", true, null)]
    public void A_full_read_of_events_begins_where_Pendo_still_takes_them(string cursor, bool sendTooOld, string? from)
    {
        var events = TestSyncs.Events with
        {
            Model = Context().Sync.Model,
            TimeZone = TimeZoneInfo.Utc,
            Event = TestSyncs.Events.Event! with { SendTooOld = sendTooOld }
        };
        var plan = ReadingPlan.For(Context() with { Sync = events },
            _checkpoint with { Cursor = cursor, LastFull = _now.AddHours(-24), DefinitionHash = events.Hash }, RunMode.Incremental);

        Assert.Equal((true, from is null, from), (plan.Full, plan.ReadsAll, plan.From?.Cursor?.Value.ToString()));
    }

    [Fact]
    public void A_plain_number_is_lowered_by_a_count_of_values()
    {
        var context = Context();
        context = context with { Sync = context.Sync with { Model = context.Sync.Model with { Lookback = new(TimeSpan.Zero, 1000) } } };
        Assert.Equal("n:9000",
            ReadingPlan.For(context, _checkpoint with { Cursor = "n:10000" }, RunMode.Incremental).From!.Cursor!.Value.ToString());
    }

    [Theory]
    // 2026-10-25 in Berlin: at 03:00 the clock goes back to 02:00.
    [InlineData("t:2026-10-25T02:59:00.0000000", "t:2026-10-25T01:49:00.0000000")]
    [InlineData("t:2026-10-25T12:00:00.0000000", "t:2026-10-25T11:50:00.0000000")]
    [InlineData("t:2026-03-29T03:05:00.0000000", "t:2026-03-29T02:55:00.0000000")]
    public void In_the_hour_that_comes_twice_a_read_begins_an_hour_lower(string saved, string from)
    {
        var context = Context(zone: TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"));
        context = context with
        {
            Sync =
            context.Sync with { Model = context.Sync.Model with { Lookback = new(TimeSpan.FromMinutes(10)) } }
        };
        Assert.Equal(from,
            ReadingPlan.For(context, _checkpoint with { Cursor = saved }, RunMode.Incremental).From!.Cursor!.Value.ToString());
    }

    [Theory]
    // largest seen, saved before, unit, zone, where it moves
    [InlineData("n:7", null, null, "UTC", "n:7")]
    [InlineData("n:7", "n:9", null, "UTC", "n:9")]
    [InlineData(null, "n:9", null, "UTC", "n:9")]
    [InlineData(null, null, null, "UTC", null)]
    [InlineData("n:1772366399", null, "s", "UTC", "n:1772366399")]
    [InlineData("n:1772366401", null, "s", "UTC", "n:1772366400")]
    [InlineData("n:1772366400001", null, "ms", "UTC", "n:1772366400000")]
    [InlineData("d:2026-03-05", null, null, "UTC", "d:2026-03-01")]
    [InlineData("d:2026-03-05", null, null, "Pacific/Kiritimati", "d:2026-03-02")]
    [InlineData("t:2026-03-01T12:30:00.0000000", null, null, "UTC", "t:2026-03-01T12:00:00.0000000")]
    [InlineData("t:2026-03-01T12:30:00.0000000", null, null, "Europe/Berlin", "t:2026-03-01T12:30:00.0000000")]
    [InlineData("t:2026-03-01T11:30:00.0000000", "t:2026-03-01T11:45:00.0000000", null, "UTC", "t:2026-03-01T11:45:00.0000000")]
    [InlineData("i:2026-03-01T12:00:00.0000001Z", null, null, "UTC", "i:2026-03-01T12:00:00.0000000Z")]
    [InlineData("i:9999-12-31T23:59:59.0000000Z", null, null, "UTC", "i:2026-03-01T12:00:00.0000000Z")]
    [InlineData("s:2026-03-01T13:00:00+00:00", null, null, "UTC", "s:2026-03-01T12:00:00+00:00")]
    [InlineData("s:2026-03-01T13:00:00+02:00", null, null, "UTC", "s:2026-03-01T13:00:00+02:00")]
    [InlineData("i:2026-03-01T10:00:00.0000000Z", "n:99", null, "UTC", "i:2026-03-01T10:00:00.0000000Z")]
    public void The_cursor_moves_to_the_largest_value_never_back_and_never_past_the_start_of_the_read(string? largest, string? before,
        string? unit, string zone, string? expected)
    {
        var context = Context(unit, TimeZoneInfo.FindSystemTimeZoneById(zone));

        Assert.Equal(expected, ReadingPlan.CursorAfter(context, largest is null ? null : CursorValue.Parse(largest), before, _now)
            ?.ToString());
    }

    private static SyncContext Context(string? unit = null, TimeZoneInfo? zone = null)
    {
        var sync = TestSyncs.Visitors with
        {
            TimeZone = zone ?? TimeZoneInfo.Utc,
            Model = new Model
            {
                Table = "t",
                Cursor = "c",
                CursorUnit = unit switch
                {
                    "s" => InstantUnit.Seconds,
                    "ms" =>
                InstantUnit.Milliseconds,
                    _ => null
                }
            },
        };
        // No reading plan touches the two sides of a sync.
        return new SyncContext(null!, sync, null!, null!);
    }
}
