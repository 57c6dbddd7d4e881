using System.Text;
using PendoSync.Records;
using PendoSync.Values;

namespace PendoSync.Tests.Records;

/// <summary>An id that people cannot see is none, and one that begins or ends with what they cannot see is not that person's.</summary>
public sealed class IdTextTests
{
    [Theory]
    [InlineData(0x034F, 0x034F)]
    [InlineData(0x115F, 0x1160)]
    [InlineData(0x17B4, 0x17B5)]
    [InlineData(0x180B, 0x180F)]
    [InlineData(0x2065, 0x2065)]
    [InlineData(0x2800, 0x2800)]
    [InlineData(0x3164, 0x3164)]
    [InlineData(0xFE00, 0xFE0F)]
    [InlineData(0xFFA0, 0xFFA0)]
    [InlineData(0xFFF0, 0xFFF8)]
    [InlineData(0xE0000, 0xE0000)]
    [InlineData(0xE0100, 0xE0FFF)]
    public void Characters_without_a_shape_are_no_id_alone_and_their_neighbours_are(int first, int last)
    {
        foreach (var blank in new[] { first, last, (first + last) / 2 })
        {
            Assert.Equal(Rules.EmptyKey, RuleOf(blank));
            Assert.Equal(Rules.EmptyKey, RuleOf(' ', blank));
            Assert.Null(RuleOf('a', blank, 'b'));
            // Such a character may belong to the one before it, as the form of a heart does.
            Assert.Null(RuleOf('ä', blank));
        }

        foreach (var visible in new[] { first - 1, last + 1 }.Where(c => Rune.GetUnicodeCategory(new Rune(c)) is not
            (System.Globalization.UnicodeCategory.Format or System.Globalization.UnicodeCategory.OtherNotAssigned)))
            Assert.Null(RuleOf(visible));
    }

    [Theory]
    [InlineData(' ')]
    [InlineData('\t')]
    [InlineData('\u007F')]
    [InlineData('\u0085')]
    [InlineData('\u00A0')]
    [InlineData('\u00AD')]
    [InlineData('\u200B')]
    [InlineData('\u2028')]
    [InlineData('\u2029')]
    [InlineData('\u3000')]
    [InlineData('\uFEFF')]
    public void What_nobody_sees_may_stand_within_an_id_and_not_at_its_ends(char unseen)
    {
        Assert.Equal(Rules.EmptyKey, RuleOf(unseen));
        Assert.Equal(Rules.NotTrimmed, RuleOf(unseen, 'a'));
        Assert.Equal(Rules.NotTrimmed, RuleOf('a', unseen));
        Assert.Equal(Rules.NotTrimmed, RuleOf('ä', unseen));
        Assert.Null(RuleOf('a', unseen, 'b'));
        Assert.Null(RuleOf('ä', unseen, 'ö'));
    }

    [Theory]
    [InlineData("!")]
    [InlineData("~")]
    [InlineData("ä")]
    [InlineData("😀")]
    [InlineData("a 名")]
    public void Whatever_can_be_seen_is_an_id(string text) => Assert.Null(IdText.RuleOf(text));

    private static string? RuleOf(params int[] runes) => IdText.RuleOf(string.Concat(runes.Select(r => new Rune(r).ToString())));
}
