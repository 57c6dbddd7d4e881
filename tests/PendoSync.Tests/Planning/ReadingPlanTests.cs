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

    private static readonly Checkpoint _checkpoint = new() { Sync = "s", Seeds = default, DefinitionHash = TestSyncs.Visitors.Hash, LastFull = _now.AddHours(-1), ReadAt = _now };

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
        Assert.False(ReadingPlan.For(Context() with { Sync = Context().Sync with { FullEvery = null } }, saved with { LastFull = null }, RunMode.Incremental).Full);
        Assert.True(ReadingPlan.For(Context() with { Sync = Context().Sync with { Model = new Model { Table = "t" } } }, saved, RunMode.Incremental).Full);

        var changed = ReadingPlan.For(Context(), saved with { DefinitionHash = "other" }, RunMode.Incremental);
        Assert.Equal((true, false, true, null), (changed.Full, changed.Everything, changed.MappingChanged, changed.From));
        var everything = ReadingPlan.For(Context(), saved, RunMode.Full);
        Assert.Equal((true, true, false, null), (everything.Full, everything.Everything, everything.MappingChanged, everything.From));
        Assert.False(ReadingPlan.For(Context(), saved with { DefinitionHash = "" }, RunMode.Incremental).MappingChanged);
    }

    [Fact]
    public void Events_have_no_automatic_full_read()
    {
        var events = Context() with { Sync = TestSyncs.Events with { Model = Context().Sync.Model } };

        Assert.False(ReadingPlan.For(events, _checkpoint with { Cursor = "n:1", LastFull = null }, RunMode.Incremental).Full);
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
    public void The_cursor_moves_to_the_largest_value_never_back_and_never_past_the_start_of_the_read(string? largest, string? before, string? unit, string zone, string? expected)
    {
        var context = Context(unit, TimeZoneInfo.FindSystemTimeZoneById(zone));

        Assert.Equal(expected, ReadingPlan.CursorAfter(context, largest is null ? null : CursorValue.Parse(largest), before, _now)?.ToString());
    }

    private static SyncContext Context(string? unit = null, TimeZoneInfo? zone = null)
    {
        var sync = TestSyncs.Visitors with
        {
            TimeZone = zone ?? TimeZoneInfo.Utc,
            Model = new Model { Table = "t", Cursor = "c", CursorUnit = unit switch { "s" => InstantUnit.Seconds, "ms" => InstantUnit.Milliseconds, _ => null } },
        };
        // No reading plan touches the two sides of a sync.
        return new SyncContext(null!, sync, null!, null!);
    }
}
