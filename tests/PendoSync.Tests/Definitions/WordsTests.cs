using PendoSync.Definitions;

namespace PendoSync.Tests.Definitions;

public sealed class WordsTests
{
    [Theory]
    [InlineData("vistor", "visitor")]
    [InlineData("VISITOR", "visitor")]
    [InlineData("acount", "account")]
    [InlineData("teh", "the")]
    [InlineData("warehose", "warehouse")]
    [InlineData("x", null)]
    [InlineData("", null)]
    [InlineData("completely-different", null)]
    public void Nearest_known_word(string word, string? expected) =>
        Assert.Equal(expected, Nearest.Of(word, ["account", "visitor", "track_event", "the", "warehouse"]));

    [Fact]
    public void Long_words_are_not_compared() => Assert.Null(Nearest.Of(new string('a', 100_000), [new string('a', 99_999)]));

    [Theory]
    [InlineData("30s", 30)]
    [InlineData("15m", 900)]
    [InlineData("1h", 3600)]
    [InlineData("90d", 7_776_000)]
    [InlineData("2w", 1_209_600)]
    [InlineData("1h30m", 5400)]
    [InlineData("0s", 0)]
    public void Durations_are_read(string text, int seconds)
    {
        Assert.True(Durations.TryParse(text, out var duration));
        Assert.Equal(TimeSpan.FromSeconds(seconds), duration);
    }

    [Theory]
    [InlineData("")]
    [InlineData("15")]
    [InlineData("m")]
    [InlineData("-1h")]
    [InlineData("1.5h")]
    [InlineData("1 h")]
    [InlineData("15M")]
    [InlineData("99999999d")]
    [InlineData("99999999999999999999s")]
    [InlineData("36500d1s")]
    [InlineData("never")]
    public void Other_texts_are_no_durations(string text) => Assert.False(Durations.TryParse(text, out _));

    [Theory]
    [InlineData("90d", "90d")]
    [InlineData("60m", "1h")]
    [InlineData("1h30m", "90m")]
    [InlineData("45s", "45s")]
    [InlineData("0s", "0s")]
    public void Durations_are_written(string text, string expected)
    {
        Assert.True(Durations.TryParse(text, out var duration));
        Assert.Equal(expected, Durations.Text(duration));
    }
}
