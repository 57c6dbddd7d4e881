using System.Text.Json;

namespace PendoSync.Tests.Basics;

public sealed class ShownTextTests
{
    [Theory]
    [InlineData("\"Z\\u00fcrich 日本 \\ud83d\\ude42\"", "\"Zürich 日本 🙂\"")]
    [InlineData("{\"\\u00e9\":[\"\\u0645\\u0631\",1.50,null,true]}", "{\"é\":[\"مر\",1.50,null,true]}")]
    [InlineData("\"a\\\"b\\\\c\\n\\u001b[31m\\u2028\"", "\"a\\\"b\\\\c\\n\\u001b[31m\\u2028\"")]
    [InlineData("\"half \\ud83d\"", "\"half \\ud83d\"")]
    [InlineData("[]", "[]")]
    public void Json_has_every_letter_as_people_read_it(string written, string shown)
    {
        using var document = JsonDocument.Parse(written);
        Assert.Equal(shown, ShownText.Json(document.RootElement));
    }

    [Fact]
    public void Line_has_no_break_and_no_half_character()
    {
        Assert.Equal("a b c", ShownText.Line("a\r\nb\u2028c", 10));
        Assert.Equal("ab…", ShownText.Line("ab👨‍👩‍👧‍👦cd", 6));
        Assert.Equal("…", ShownText.Cut("👨‍👩‍👧‍👦", 3));
    }
}
