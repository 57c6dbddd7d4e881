using System.Globalization;
using PendoSync.Definitions;

namespace PendoSync.Tests.Definitions;

public sealed class ScheduleTests
{
    [Theory]
    // Ordinary days
    [InlineData("0 */15 * * * *", "UTC", "2026-03-01T10:07:00Z", "2026-03-01T10:15:00Z")]
    [InlineData("0 */15 * * * *", "UTC", "2026-03-01T10:15:00Z", "2026-03-01T10:30:00Z")]
    [InlineData("0 */15 * * * *", "UTC", "2026-03-01T10:14:59.999Z", "2026-03-01T10:15:00Z")]
    [InlineData("0 0 6 * * 1-5", "Europe/Berlin", "2026-01-09T12:00:00Z", "2026-01-12T05:00:00Z")]
    [InlineData("0 0 6 * * *", "Asia/Kolkata", "2026-01-09T12:00:00Z", "2026-01-10T00:30:00Z")]
    [InlineData("0 0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z")]
    // Berlin, 29 March 2026: 02:00 to 03:00 does not exist; it is 01:00Z then
    [InlineData("0 30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z")]
    [InlineData("0 30 2 * * *", "Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z")]
    [InlineData("0 */30 * * * *", "Europe/Berlin", "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z")]
    [InlineData("0 */30 * * * *", "Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z")]
    // Berlin, 25 October 2026: 02:00 to 03:00 comes twice, from 00:00Z and from 01:00Z; the first counts
    [InlineData("0 30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z")]
    [InlineData("0 30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z")]
    [InlineData("0 30 2 * * *", "Europe/Berlin", "2026-10-25T01:10:00Z", "2026-10-26T01:30:00Z")]
    [InlineData("0 0 3 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T02:00:00Z")]
    // New York, 8 March 2026: 02:00 to 03:00 does not exist; it is 07:00Z then
    [InlineData("0 15 2 * * *", "America/New_York", "2026-03-08T00:00:00Z", "2026-03-08T07:00:00Z")]
    [InlineData("0 15 2 * * *", "America/New_York", "2026-03-08T07:00:00Z", "2026-03-09T06:15:00Z")]
    // New York, 1 November 2026: 01:00 to 02:00 comes twice, from 05:00Z and from 06:00Z
    [InlineData("0 15 1 * * *", "America/New_York", "2026-11-01T00:00:00Z", "2026-11-01T05:15:00Z")]
    [InlineData("0 15 1 * * *", "America/New_York", "2026-11-01T05:15:00Z", "2026-11-02T06:15:00Z")]
    public void Cron_runs_on_the_wall_clock(string cron, string zone, string after, string expected)
    {
        var next = new Schedule { Cron = cron }.NextAfter(Instant(after), TimeZoneInfo.FindSystemTimeZoneById(zone));

        Assert.Equal(Instant(expected), next);
    }

    [Fact]
    public void Interval_counts_from_the_last_start()
    {
        Assert.Equal(Instant("2026-03-29T01:40:00Z"), new Schedule { Every = TimeSpan.FromMinutes(40) }
            .NextAfter(Instant("2026-03-29T01:00:00Z"), TimeZoneInfo.Utc));
    }

    [Theory]
    [InlineData("Europe/Berlin", 2026)]
    [InlineData("America/New_York", 2026)]
    [InlineData("Australia/Lord_Howe", 2026)]
    public void Daily_run_comes_once_a_day_all_year(string id, int year)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(id);
        var schedule = new Schedule { Cron = "0 15 2 * * *" };
        var days = new List<DateTime>();
        for (var at = new DateTimeOffset(year, 1, 1, 0, 0, 0, TimeSpan.Zero); at.Year == year;)
        {
            var next = schedule.NextAfter(at, zone);
            Assert.True(next > at);
            days.Add(TimeZoneInfo.ConvertTime(next, zone).Date);
            at = next;
        }

        Assert.Equal(days.Count, days.Distinct().Count());
        Assert.InRange(days.Count, 365, 366);
    }

    [Fact]
    public void Downtime_is_caught_up_by_one_run()
    {
        var schedule = new Schedule { Cron = "0 */15 * * * *" };
        var (last, now) = (Instant("2026-06-01T10:00:00Z"), Instant("2026-06-03T10:07:00Z"));

        Assert.True(schedule.IsDue(last, now, TimeZoneInfo.Utc));
        // The run that catches up starts now; the hundreds that were missed are not run.
        Assert.False(schedule.IsDue(now, now, TimeZoneInfo.Utc));
        Assert.False(schedule.IsDue(now, Instant("2026-06-03T10:14:59Z"), TimeZoneInfo.Utc));
        Assert.True(schedule.IsDue(now, Instant("2026-06-03T10:15:00Z"), TimeZoneInfo.Utc));
    }

    [Theory]
    [InlineData("*/5 * * * *", "0 */5 * * * *", null)]
    [InlineData(" 0  0 6 * *  MON-FRI ", "0 0 6 * * MON-FRI", null)]
    [InlineData("0 0 0 29 2 *", "0 0 0 29 2 *", null)]
    [InlineData("", null, "it has 0 fields")]
    [InlineData("* * * * * * *", null, "it has 7 fields")]
    [InlineData("60 * * * * *", null, "out of range")]
    [InlineData("*/0 * * * * *", null, "out of range")]
    [InlineData("0 0 0 31 4 *", null, "never comes")]
    [InlineData("@daily x y z w", null, "not a cron field")]
    public void Cron_lines(string text, string? line, string? wrong)
    {
        Assert.Equal(line, CronLine.Parse(text, out var found));
        if (wrong is null)
            Assert.Null(found);
        else
            Assert.Contains(wrong, found, StringComparison.Ordinal);
    }

    private static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
