using System.Globalization;
using PendoSync.Definitions;
using PendoSync.Records;

namespace PendoSync.Tests.Records;

public sealed class TimeTextTests
{
    private static readonly TimeZoneInfo _newYork = TimeZoneInfo.FindSystemTimeZoneById("America/New_York");

    [Theory]
    [InlineData("2026-03-01", "2026-03-01T00:00:00.0000000Z")]
    [InlineData("2026-03-01T10:00:00Z", "2026-03-01T10:00:00.0000000Z")]
    [InlineData("2026-03-01T10:00:00.1234567Z", "2026-03-01T10:00:00.1234567Z")]
    [InlineData("2026-03-01T10:00:00+05:30", "2026-03-01T04:30:00.0000000Z")]
    [InlineData("2026-03-01 10:00:00+05", "2026-03-01T05:00:00.0000000Z")]
    [InlineData("2026-03-01 10:00:00.5-08:00", "2026-03-01T18:00:00.5000000Z")]
    [InlineData("2026-03-01T10:00:00", "2026-03-01T15:00:00.0000000Z")]
    [InlineData("2026-03-01 10:00", "2026-03-01T15:00:00.0000000Z")]
    [InlineData("2026-03-08T02:30:00", "no_such_local_time")]
    [InlineData("2026-11-01T01:30:00", "2026-11-01T06:30:00.0000000Z")]
    [InlineData("2026-03-01T10:00:00.12345678Z", "not_a_time")]
    [InlineData("2026-02-29", "not_a_time")]
    [InlineData("2026-03-01T24:00:00Z", "not_a_time")]
    [InlineData("0001-01-01T00:00:00+14:00", "not_a_time")]
    [InlineData("01.03.2026", "not_a_time")]
    [InlineData("March 1, 2026", "not_a_time")]
    [InlineData("1767225600", "not_a_time")]
    [InlineData("", "not_a_time")]
    public void Text_is_an_instant_only_as_RFC_3339(string text, string expected)
    {
        var read = TimeText.TryParse(text, _newYork, out var utc, out var rule);

        Assert.Equal(expected, read ? utc.ToString("O", CultureInfo.InvariantCulture) : rule);
    }

    [Fact]
    public void Integers_reach_from_year_1_to_9999_and_no_further()
    {
        Assert.Equal(DateTime.MinValue, TimeText.FromUnix(-62_135_596_800, InstantUnit.Seconds));
        Assert.Null(TimeText.FromUnix(-62_135_596_801, InstantUnit.Seconds));
        Assert.Equal(9999, TimeText.FromUnix(253_402_300_799_999, InstantUnit.Milliseconds)!.Value.Year);
        Assert.Null(TimeText.FromUnix(253_402_300_800_000, InstantUnit.Milliseconds));
    }
}
