using System.Globalization;
using System.Numerics;
using System.Text;
using PendoSync.Definitions;
using PendoSync.Records;
using PendoSync.Values;

namespace PendoSync.Tests.Readings;

/// <summary>Cron lines, times, ids and texts are read as readers read them that are not ours, or refused.</summary>
public sealed class ReadingTests
{
    [Fact]
    public void Cron_lines_come_when_cron_parser_says_or_are_refused_with_a_reason()
    {
        var taken = 0;
        var wrongs = new List<string>();
        foreach (var recorded in Recorded.Of<Cron>("cron.jsonl"))
        {
            if (CronLine.Parse(recorded.Text, out var wrong) is not { } line)
            {
                Assert.False(string.IsNullOrEmpty(wrong));
                continue;
            }

            taken++;
            var schedule = new Schedule { Cron = line };
            var at = DateTimeOffset.Parse("2026-02-26T11:22:33Z", CultureInfo.InvariantCulture);
            // The reference takes no value twice, as in 1-5,3.
            if (recorded.Next is null && !recorded.Wrong!.Contains("duplicate", StringComparison.Ordinal))
                wrongs.Add($"{recorded.Text}: {recorded.Wrong}");
            foreach (var next in recorded.Next ?? [])
                if ((at = schedule.NextAfter(at, TimeZoneInfo.Utc)) != next)
                    wrongs.Add($"{recorded.Text}: {at:u}, not {next:u}");
        }

        Assert.Empty(wrongs);

        Assert.InRange(taken, 40, 600);
    }

    [Fact]
    public void Times_are_what_Temporal_says_cut_at_100_ns_or_refused()
    {
        var taken = 0;
        var wrongs = new List<string>();
        foreach (var recorded in Recorded.Of<Time>("times.jsonl"))
        {
            // Without an offset it is a time of the sync's zone, which the reference does not know.
            if (!recorded.Text.EndsWith('Z') && !recorded.Text.EndsWith('z') && recorded.Text.IndexOfAny(['+', '-'], 10) < 0
                || !TimeText.TryParse(recorded.Text, TimeZoneInfo.Utc, out var utc, out _))
                continue;
            taken++;
            var ticks = new BigInteger((utc - DateTime.UnixEpoch).Ticks) * 100;
            if (!BigInteger.TryParse(recorded.Nanoseconds, CultureInfo.InvariantCulture, out var expected) || ticks > expected
                || expected >= ticks + 100)
                wrongs.Add($"{recorded.Text} is {utc:O}");
        }

        Assert.Empty(wrongs);

        Assert.InRange(taken, 60, 500);
    }

    // RFC 3339, section 5.6, whatever a reference leaves out: both letters in both cases, a blank for T, any number of digits.
    [Fact]
    public void Every_form_of_RFC_3339_is_taken()
    {
        foreach (var t in "Tt ")
            foreach (var zone in new[] { "Z", "z", "+00:00", "-00:00", "+23:59", "-23:59" })
                foreach (var digits in new[] { "", ".1", ".1234567", ".12345678", "." + new string('9', 40) })
                    Assert.True(TimeText.TryParse($"2026-03-01{t}12:34:56{digits}{zone}", TimeZoneInfo.Utc, out var utc, out _)
                        && utc.Second == 56, $"2026-03-01{t}12:34:56{digits}{zone}");
    }

    [Fact]
    public void Ids_are_blank_or_not_trimmed_by_the_tables_of_Unicode()
    {
        var ranges = Recorded.Of<Characters>("unseen.jsonl").ToDictionary(c => c.Text, c => c.Ranges, StringComparer.Ordinal);
        for (var code = 0; code <= 0x10FFFF; code++)
        {
            if (!Rune.IsValid(code))
                continue;
            var character = new Rune(code).ToString();
            var ends = Holds(ranges["ends"], code) ? Rules.NotTrimmed : null;
            var alone = Holds(ranges["blank"], code) ? Rules.EmptyKey : ends;
            Assert.True(IdText.RuleOf(character) == alone && IdText.RuleOf($"a{character}b") is null, $"U+{code:X4}");
            Assert.True(IdText.RuleOf(character + "a") == ends && IdText.RuleOf("a" + character) == ends, $"U+{code:X4}");
        }
    }

    [Fact]
    public void Texts_are_cut_between_the_characters_that_people_see()
    {
        var wrongs = new List<string>();
        foreach (var recorded in Recorded.Of<Characters>("graphemes.jsonl"))
        {
            for (var most = 1; most <= recorded.Text.Length + 1; most++)
            {
                var cut = ShownText.Cut(recorded.Text, most);
                if (recorded.Text.Length <= most)
                    Assert.Equal(recorded.Text, cut);
                else if (cut.Length > most || cut[^1] != '…' || !recorded.Text.StartsWith(cut[..^1], StringComparison.Ordinal)
                    || (cut.Length > 1 && !recorded.Ends.Contains(cut.Length - 1)))
                    wrongs.Add($"{recorded.Text} cut at {most}: {cut}");
            }
        }

        Assert.Empty(wrongs);
    }

    private static bool Holds(int[][] ranges, int code) => ranges.Any(r => r[0] <= code && code <= r[1]);

    private sealed record Cron(string Text, DateTimeOffset[]? Next, string? Wrong);

    private sealed record Time(string Text, string? Nanoseconds);

    private sealed record Characters(string Text, int[][] Ranges, int[] Ends);
}
