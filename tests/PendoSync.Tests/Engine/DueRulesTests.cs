using PendoSync.Definitions;
using PendoSync.Engine;
using PendoSync.State;
using PendoSync.Values;

namespace PendoSync.Tests.Engine;

public sealed class DueRulesTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    [Theory]
    // every
    [InlineData("15m", null, "2026-03-01T12:00:00Z", "timer")]
    [InlineData("15m", "2026-03-01T11:45:00Z", "2026-03-01T12:00:00Z", "timer")]
    [InlineData("15m", "2026-03-01T11:45:01Z", "2026-03-01T12:00:00Z", null)]
    // cron, in Berlin
    [InlineData("0 0 9 * * *", "2026-03-01T08:00:00Z", "2026-03-02T07:59:59Z", null)]
    [InlineData("0 0 9 * * *", "2026-03-01T08:00:00Z", "2026-03-02T08:00:00Z", "timer")]
    // after 29 March 2026 Berlin is two hours ahead of UTC
    [InlineData("0 0 9 * * *", "2026-03-29T07:00:00Z", "2026-03-30T06:59:59Z", null)]
    [InlineData("0 0 9 * * *", "2026-03-29T07:00:00Z", "2026-03-30T07:00:00Z", "timer")]
    // 02:30 does not exist on 29 March: due when the gap ends
    [InlineData("0 30 2 * * *", "2026-03-28T01:30:00Z", "2026-03-29T00:59:59Z", null)]
    [InlineData("0 30 2 * * *", "2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "timer")]
    // 02:30 exists twice on 25 October: due at the first one, and not again at the second
    [InlineData("0 30 2 * * *", "2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "timer")]
    [InlineData("0 30 2 * * *", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", null)]
    [InlineData("0 30 2 * * *", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z", "timer")]
    // a year of downtime: due, and after the one run not due again
    [InlineData("0 0 9 * * *", "2025-03-01T08:00:00Z", "2026-03-01T10:00:00Z", "timer")]
    [InlineData("0 0 9 * * *", "2026-03-01T10:00:00Z", "2026-03-01T10:00:01Z", null)]
    public void Schedule_decides(string schedule, string? lastStart, string now, string? trigger)
    {
        var sync = Sync() with { Schedule = Parse(schedule), TimeZone = Berlin };
        Assert.Equal(trigger, DueRules.TriggerOf(sync, At(now, lastStart), _ => null));
    }

    [Theory]
    [InlineData("2026-02-22T12:00:00Z", "verify")]
    [InlineData("2026-02-22T12:00:01Z", null)]
    public void Sync_that_nothing_else_starts_is_due_when_it_is_to_be_compared(string last, string? trigger)
    {
        var sync = Sync() with { VerifyEvery = TimeSpan.FromDays(7) };
        var now = At("2026-03-01T12:00:00Z", "2026-02-01T12:00:00Z") with
        {
            LastSuccess = Instant("2026-02-01T12:00:00Z"),
            Verified = new Verified(Instant(last)!.Value, "s-1", 1, 1, 0, Repaired: false),
        };
        Assert.Equal(trigger, DueRules.TriggerOf(sync, now, _ => null));
        // Any other compares when it runs.
        Assert.Equal("timer", DueRules.TriggerOf(sync with { Schedule = Parse("15m") }, now, _ => null));
        Assert.Null(DueRules.TriggerOf(sync, now with { LastSuccess = null }, _ => null));
    }

    [Theory]
    // child's last start, successes of its two parents
    [InlineData(null, "2026-03-01T10:00:00Z", "2026-03-01T11:00:00Z", "after")]
    [InlineData(null, "2026-03-01T10:00:00Z", null, null)]
    [InlineData("2026-03-01T09:00:00Z", "2026-03-01T10:00:00Z", "2026-03-01T11:00:00Z", "after")]
    [InlineData("2026-03-01T10:30:00Z", "2026-03-01T10:00:00Z", "2026-03-01T11:00:00Z", null)]
    [InlineData("2026-03-01T11:00:00Z", "2026-03-01T11:00:00Z", "2026-03-01T11:00:00Z", null)]
    public void Child_follows_all_its_parents(string? lastStart, string? first, string? second, string? trigger)
    {
        var sync = Sync() with { After = ["first", "second"] };
        Assert.Equal(trigger, DueRules.TriggerOf(sync, At("2026-03-01T12:00:00Z", lastStart), parent =>
            Instant(parent == "first" ? first : second)));
    }

    [Fact]
    public void Paused_and_active_syncs_are_never_due()
    {
        var sync = Sync() with { Schedule = Parse("15m"), After = ["first"] };
        var due = At("2026-03-01T12:00:00Z", null);
        DateTimeOffset? Success(string parent) => due.ReadAt;
        Assert.Equal("timer", DueRules.TriggerOf(sync, due, Success));
        Assert.Null(DueRules.TriggerOf(sync with { Paused = true }, due, Success));
        Assert.Null(DueRules.TriggerOf(sync, due with { Paused = true }, Success));
        Assert.Null(DueRules.TriggerOf(sync, due with { Active = new ActiveRun { RunId = "people-1" } }, Success));
    }

    [Fact]
    public void Plan_that_was_closed_early_goes_on_at_once()
    {
        var now = At("2026-03-01T12:00:00Z", "2026-03-01T11:59:59Z");
        Assert.Null(DueRules.TriggerOf(Sync(), now, _ => null));
        Assert.Equal("timer", DueRules.TriggerOf(Sync(), now with { GoesOn = true }, _ => null));
        Assert.Null(DueRules.TriggerOf(Sync() with { Paused = true }, now with { GoesOn = true }, _ => null));
    }

    private static Schedule Parse(string text) => text.Contains(' ', StringComparison.Ordinal) ? new Schedule { Cron = text }
        : new Schedule { Every = TimeSpan.FromMinutes(15) };

    private static Checkpoint At(string now, string? lastStart) =>
        new() { Sync = "people", Seeds = HashSeeds.Random(), LastStart = Instant(lastStart), ReadAt = Instant(now)!.Value };

    private static DateTimeOffset? Instant(string? text) => text is null ? null : DateTimeOffset.Parse(text);

    private static SyncDefinition Sync() => new()
    {
        Name = "people",
        File = "syncs/people.yaml",
        Warehouse = "local",
        Model = new Model { Table = "people" },
        Pendo = "test",
        Object = PendoObject.Visitor,
        Behavior = Behavior.UpdateOrCreate,
        Key = "id",
        Hash = "0",
    };
}
