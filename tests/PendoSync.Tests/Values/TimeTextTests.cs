using System.Globalization;
using System.Text.RegularExpressions;
using PendoSync.Definitions;
using PendoSync.Values;

namespace PendoSync.Tests.Values;

public sealed partial class TimeTextTests
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
    [InlineData("2026-03-01T10:00:00.12345678Z", "2026-03-01T10:00:00.1234567Z")]
    [InlineData("2026-03-01t10:00:00.999999999999z", "2026-03-01T10:00:00.9999999Z")]
    [InlineData("2026-03-01 10:00:00.000000000+05:30", "2026-03-01T04:30:00.0000000Z")]
    [InlineData("2026-03-01T10:00:00-00:00", "2026-03-01T10:00:00.0000000Z")]
    [InlineData("2026-03-01T10:00:00.123456789", "2026-03-01T15:00:00.1234567Z")]
    [InlineData("1990-12-31T23:59:60Z", "1991-01-01T00:00:00.0000000Z")]
    [InlineData("1990-12-31T15:59:60.5-08:00", "1991-01-01T00:00:00.5000000Z")]
    [InlineData("1990-12-31T12:59:60Z", "not_a_time")]
    [InlineData("2026-03-01T10:00:60", "not_a_time")]
    [InlineData("2026-03-01 10:00:00.000 -0800", "not_a_time")]
    [InlineData("Mar  1 2026 10:00AM", "not_a_time")]
    [InlineData("2026-02-29", "not_a_time")]
    [InlineData("2026-03-01T24:00:00Z", "not_a_time")]
    [InlineData("0001-01-01T00:00:00+14:00", "out_of_range")]
    [InlineData("2026-03-01T10:00+0200", "2026-03-01T08:00:00.0000000Z")]
    [InlineData("9999-12-31 18:59:59.9999999", "9999-12-31T23:59:59.9999999Z")]
    [InlineData("9999-12-31 19:00:00", "out_of_range")]
    [InlineData("9999-12-31 23:59", "out_of_range")]
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
    public void A_wall_time_whose_instant_lies_before_the_year_1_is_out_of_range()
    {
        var berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

        Assert.Equal(Rules.OutOfRange, TimeText.ToUtc(DateTime.MinValue, berlin, out _));
        Assert.Null(TimeText.ToUtc(DateTime.MinValue.AddDays(1), berlin, out var next));
        Assert.Equal(DateTime.MinValue.AddDays(1) - berlin.GetUtcOffset(DateTime.MinValue.AddDays(1)), next);
    }

    // What .NET reads by the same formats is the reference: one letter more, less or another at every place.
    [Fact]
    public void Every_text_near_a_time_is_read_as_by_the_formats()
    {
        string[] near = ["2024-02-29T23:59:59.1234567Z", "2026-03-01 10:00:00Z", "2026-03-01T10:00:00", "0001-01-01 00:00:00.5",
            "9999-12-31T23:59:59.9999999Z", "2026-03-01T10:00:00.25+01:00"];
        foreach (var text in near)
        {
            for (var at = 0; at <= text.Length; at++)
            {
                SameAsFormats(text[..at]);
                foreach (var letter in "0123456789-:.TZz +٣")
                {
                    SameAsFormats(text.Insert(at, letter.ToString()));
                    if (at < text.Length)
                        SameAsFormats(text[..at] + letter + text[(at + 1)..]);
                }
            }
        }
    }

    private static void SameAsFormats(string text)
    {
        string[] clocks = ["yyyy-MM-ddTHH:mm:ss.FFFFFFF", "yyyy-MM-dd HH:mm:ss.FFFFFFF", "yyyy-MM-ddTHH:mm", "yyyy-MM-dd HH:mm"];
        string[] wall = ["yyyy-MM-dd", .. clocks];
        string[] zoned = [.. from clock in clocks from zone in new[] { "K", "zzz", "zz" } select clock + zone];
        var form = BasicOffset().Replace(MoreDigits().Replace(text, ""), ":");
        if (form.Length > 10 && form[10] == 't')
            form = form[..10] + "T" + form[11..];
        if (form.Length > 10 && form[^1] == 'z')
            form = form[..^1] + "Z";
        // The formats take no offset beyond 14 hours, RFC 3339 does (Readings/times.jsonl).
        if (form.Length > 19 && TimeSpan.TryParseExact(form[^5..], @"hh\:mm", CultureInfo.InvariantCulture, out var offset)
            && offset > TimeSpan.FromHours(14))
            return;
        // And a point without digits, which RFC 3339 does not.
        if (form.Length > 19 && form[19] == '.' && (form.Length == 20 || !char.IsAsciiDigit(form[20])))
            form = "";
        DateTime? expected = DateTime.TryParseExact(form, wall, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var local) ? local
            : DateTimeOffset.TryParseExact(form, zoned, CultureInfo.InvariantCulture, DateTimeStyles.None, out var instant)
                ? instant.UtcDateTime : null;
        if (LeapSecond().IsMatch(text))
            return;
        Assert.Equal(expected, TimeText.TryParse(text, TimeZoneInfo.Utc, out var utc, out _) ? utc : null);
    }

    [GeneratedRegex(@"(?<=^.{19}\.[0-9]{7})[0-9]+", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex MoreDigits();

    [GeneratedRegex(@"(?<=^.{15,}[+-][0-9]{2})(?=[0-9]{2}$)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex BasicOffset();

    [GeneratedRegex(@"^.{17}60", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex LeapSecond();

    [Fact]
    public void Integers_reach_from_year_1_to_9999_and_no_further()
    {
        Assert.Equal(DateTime.MinValue, TimeText.FromUnix(-62_135_596_800, InstantUnit.Seconds));
        Assert.Null(TimeText.FromUnix(-62_135_596_801, InstantUnit.Seconds));
        Assert.Equal(9999, TimeText.FromUnix(253_402_300_799_999, InstantUnit.Milliseconds)!.Value.Year);
        Assert.Null(TimeText.FromUnix(253_402_300_800_000, InstantUnit.Milliseconds));
    }
}
