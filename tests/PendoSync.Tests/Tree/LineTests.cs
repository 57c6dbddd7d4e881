namespace PendoSync.Tests.Tree;

/// <summary>Files and lines stay short enough to be read.</summary>
public sealed class LineTests
{
    private const int LongestLine = 140;
    private const int LongestFile = 299;

    private static IEnumerable<SourceFile> Files => SourceTree.Files("src", "*.cs").Concat(SourceTree.Files("tests", "*.cs"));

    [Fact]
    public void No_line_has_more_than_140_columns() => Assert.Empty(Files.SelectMany(f => TooLong(f.Name, f.Text)));

    [Fact]
    public void No_file_has_300_lines() => Assert.Empty(
        from file in Files
        let lines = file.Text.TrimEnd('\n').Split('\n').Length
        where lines > LongestFile
        select $"{file.Name} has {lines} lines");

    [Theory]
    [InlineData("{0}", "File.cs:1 has 141 columns")]
    [InlineData("\n    // {0}", "File.cs:2 has 148 columns")]
    [InlineData("var text = \"\"\"\n{0}\n\"\"\";", "File.cs:2 has 141 columns")]
    public void A_line_that_is_too_long_is_named_also_in_a_raw_string(string text, string expected) =>
        Assert.Equal([expected], TooLong("File.cs", text.Replace("{0}", new string('x', LongestLine + 1), StringComparison.Ordinal)));

    private static IEnumerable<string> TooLong(string file, string text) =>
        text.Split('\n').Select((line, i) => (line.Length, Number: i + 1)).Where(l => l.Length > LongestLine)
            .Select(l => $"{file}:{l.Number} has {l.Length} columns");
}
