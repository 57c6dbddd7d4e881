namespace PendoSync.Tests.Basics;

public sealed class PlainTextTests
{
    [Theory]
    [InlineData("plain é 😀 👩‍👩‍👧 \\u001b", "plain é 😀 👩‍👩‍👧 \\u001b")]
    [InlineData("\u001b[31mred\u0007", "\\u001b[31mred\\u0007")]
    [InlineData("\u009b31m\u007f", "\\u009b31m\\u007f")]
    [InlineData("a\rb\u0000", "a\\u000db\\u0000")]
    [InlineData("\u202etxt.exe\u2028", "\\u202etxt.exe\\u2028")]
    public void What_steers_a_terminal_is_shown(string text, string shown)
    {
        Assert.Equal(shown, PlainText.Line(text));
        Assert.Equal(shown, PlainText.Lines(text));
    }

    [Fact]
    public void A_line_has_no_breaks_and_lines_keep_theirs() =>
        Assert.Equal(("a\\u000ab\\u0009c", "a\nb\tc"), (PlainText.Line("a\nb\tc"), PlainText.Lines("a\nb\tc")));
}
