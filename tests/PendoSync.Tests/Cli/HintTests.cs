using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using PendoSync.Cli;
using PendoSync.Cli.Commands;
using PendoSync.Tests.Tree;

namespace PendoSync.Tests.Cli;

/// <summary>What a message says to type can be typed.</summary>
public sealed partial class HintTests
{
    [Fact]
    public void Every_command_that_a_message_quotes_is_one_that_the_command_line_takes()
    {
        var quoted = SourceTree.Files("src", "*.cs")
            .SelectMany(file => Hint().Matches(TextsOf(file.Text)).Select(m => (file.Name, m.Groups[1].Value))).ToList();
        Assert.True(quoted.Count > 30, $"only {quoted.Count} were found");
        var wrong = quoted.Where(q => ErrorOf(q.Value) is not null).Select(q => $"{q.Name}: `pendosync {q.Value}`: {ErrorOf(q.Value)}");
        Assert.Empty(wrong.Distinct());
    }

    private static string? ErrorOf(string line)
    {
        var common = new CommonOptions(new Terminal(TextWriter.Null, TextWriter.Null), CancellationToken.None);
        // What is put in when it is said is some word.
        var words = CommandLineParser.SplitCommandLine(Hole().Replace(line, "2026")).ToArray();
        return PendoSyncCommand.Create(common).Parse(words).Errors.FirstOrDefault()?.Message;
    }

    // Without comments, and with texts that are split over lines put together.
    private static string TextsOf(string source) => Split().Replace(Comment().Replace(source, ""), "");

    [GeneratedRegex("`pendosync ([a-z][^`]*)`", RegexOptions.None, 1000)]
    private static partial Regex Hint();

    [GeneratedRegex(@"\{[^{}]*\}", RegexOptions.None, 1000)]
    private static partial Regex Hole();

    [GeneratedRegex(@"^\s*//.*$", RegexOptions.Multiline, 1000)]
    private static partial Regex Comment();

    [GeneratedRegex(@"""\s*\+\s*\$?""", RegexOptions.None, 1000)]
    private static partial Regex Split();
}
