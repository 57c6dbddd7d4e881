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
    // What goes on by the clock does so in both
    [InlineData("0 */30 * * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z")]
    [InlineData("0 */30 * * * *", "Europe/Berlin", "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z")]
    [InlineData("0 0 * * * *", "Europe/Berlin", "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z")]
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

    [Fact]
    public void Coming_times_begin_with_what_is_due_and_have_the_offset_of_the_zone()
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
        var times = new Schedule { Cron = "0 30 6 * * *" }.From(Instant("2026-10-20T04:30:00Z"), Instant("2026-10-23T12:00:00Z"), zone, 5);

        Assert.Equal(["10-20 06:30 +02:00", "10-24 06:30 +02:00", "10-25 06:30 +01:00", "10-26 06:30 +01:00", "10-27 06:30 +01:00"],
            times.Select(t => t.ToString("MM-dd HH:mm zzz", CultureInfo.InvariantCulture)));
        Assert.Equal([Instant("2026-10-20T04:00:00Z"), Instant("2026-10-20T04:40:00Z")],
            new Schedule { Every = TimeSpan.FromMinutes(40) }
                .From(Instant("2026-10-20T04:00:00Z"), Instant("2026-10-20T03:50:00Z"), zone, 2));
    }

    // A line is refused, or it comes at the seconds that its fields name, by a reading of its own for each second of four days.
    [Fact]
    public void Lines_that_are_taken_come_when_their_fields_say()
    {
        var random = new Random(17);
        string Field(int min, int max)
        {
            var (a, b) = (random.Next(min, max + 1), random.Next(min, max + 1));
            return random.Next(5) switch { 0 => "*", 1 => $"{a}", 2 => $"{a}-{b}", 3 => $"*/{random.Next(1, max + 3)}", _ => $"{a},{b}" };
        }

        var from = Instant("2026-02-26T00:00:00Z");
        var taken = 0;
        for (var round = 0; round < 400; round++)
        {
            var line = $"0 {Field(0, 59)} {Field(0, 23)} {Field(1, 31)} {Field(1, 4)} {Field(0, 6)}";
            if (CronLine.Parse(line, out _) is not { } parsed)
                continue;
            taken++;
            var fields = parsed.Split(' ');
            var expected = Enumerable.Range(1, 4 * 1440).Select(m => from.AddMinutes(m))
                .Where(t => Names(fields[1], t.Minute, 0) && Names(fields[2], t.Hour, 0) && Names(fields[3], t.Day, 1)
                    && Names(fields[4], t.Month, 1) && Names(fields[5], (int)t.DayOfWeek, 0))
                .Select(t => (DateTimeOffset?)t).FirstOrDefault();
            var next = new Schedule { Cron = parsed }.NextAfter(from, TimeZoneInfo.Utc);
            Assert.True(expected is null ? next > from.AddDays(4) : next == expected, line);
        }

        Assert.InRange(taken, 20, 400);
    }

    private static bool Names(string field, int value, int min) => field.Split(',').Any(part => part.Split('-', '/') switch
    {
        ["*"] => true,
        ["*", var step] => (value - min) % int.Parse(step, CultureInfo.InvariantCulture) == 0,
        [var one] => value == int.Parse(one, CultureInfo.InvariantCulture),
        var ends => value >= int.Parse(ends[0], CultureInfo.InvariantCulture) && value <= int.Parse(ends[1], CultureInfo.InvariantCulture),
    });

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
    [InlineData("0 0 22-4 * * *", null, "22-4 goes backwards: write 22-23,0-4")]
    [InlineData("0 0 23-1 * * *", null, "23-1 goes backwards: write 23,0-1")]
    [InlineData("0 0 22-4/2 * * *", null, "22-4 goes backwards: write 0,2,4,22")]
    [InlineData("0 0 6 * * FRI-MON", null, "FRI-MON goes backwards: write FRI-SAT,SUN-MON")]
    [InlineData("0 0 6 * * fri-sun", null, "fri-sun goes backwards: write FRI-SAT,SUN")]
    [InlineData("0 0 6 * * 5-7", "0 0 6 * * 5-7", null)]
    [InlineData("0 0 6 28-3 * *", null, "28-3 goes backwards: write 28-31,1-3")]
    [InlineData("0 0 6 1 NOV-FEB *", null, "NOV-FEB goes backwards: write NOV-DEC,JAN-FEB")]
    [InlineData("*/60 * * * *", null, "*/60 steps over all but its first minute, 0")]
    [InlineData("0 0 */24 * * *", null, "steps over all but its first hour")]
    [InlineData("0 0 0 */31 * *", null, "steps over all but its first day")]
    [InlineData("0 10-20/11 * * * *", null, "a step of at most 10")]
    [InlineData("0 10-20/10 * * * *", "0 10-20/10 * * * *", null)]
    [InlineData("0 0 0 32 * *", null, "out of range: a day is 1 to 31")]
    [InlineData("0 0 0 0 * *", null, "out of range")]
    [InlineData("0 0 0 1,31 4,6 *", null, "no month that it names has a day 31")]
    [InlineData("0 0 0 30 2 *", null, "never comes: write at most 29")]
    [InlineData("0 0 6 13 * FRI", null, "day 13 and weekday FRI can be read as days that are both or as days that are either")]
    [InlineData("0 0 6 L * *", null, "not a cron field")]
    [InlineData("0 0 6 ? * MON", null, "or *")]
    [InlineData("0 0 6 * * MON#2", null, "not a cron field")]
    [InlineData("0 0 6 -1 * *", null, "not a cron field")]
    [InlineData("0 0 6 1- * *", null, "not a cron field")]
    [InlineData("0 0 6,, * * *", null, "not a cron field")]
    [InlineData("0 ٣ * * * *", null, "not a cron field")]
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
