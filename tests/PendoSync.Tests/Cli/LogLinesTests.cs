using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PendoSync.Cli.Serving;

namespace PendoSync.Tests.Cli;

/// <summary>The log of <c>serve</c>: a line for each entry, whatever is in it.</summary>
public sealed class LogLinesTests
{
    private static readonly DateTimeOffset _now = DateTimeOffset.Parse("2026-11-26T07:00:00.5Z", CultureInfo.InvariantCulture);

    [Theory]
    [InlineData(LogLevel.Information, "info")]
    [InlineData(LogLevel.Warning, "warn")]
    [InlineData(LogLevel.Error, "fail")]
    [InlineData(LogLevel.Critical, "crit")]
    [InlineData(LogLevel.Debug, "info")]
    public void A_line_has_time_level_category_and_number(LogLevel level, string word) =>
        Assert.Equal($"2026-11-26T07:00:00Z {word}: PendoSync[7] Run a of b started.\n", Written(level, "Run a of b started.", null));

    [Fact]
    public void Nothing_in_an_entry_steers_the_terminal_or_passes_for_another_line()
    {
        var hostile = "no such table: x\u001b[2J\r\n2026-11-26T07:00:00Z info: PendoSync[1] all is well\u0007\u009b31m\u202e\u2028end";
        var line = Written(LogLevel.Error, hostile, null);
        Assert.Equal(line.Length - 1, line.IndexOf('\n', StringComparison.Ordinal));
        Assert.DoesNotContain(line[..^1], c => char.IsControl(c) || c is '\u202e' or '\u2028');
        Assert.Contains(@"x\u001b[2J\u000d\u000a2026", line, StringComparison.Ordinal);
        Assert.Contains(@"\u0007\u009b31m\u202e\u2028end", line, StringComparison.Ordinal);
    }

    [Fact]
    public void An_exception_keeps_its_lines_and_nothing_else_of_it_is_raw()
    {
        var text = Written(LogLevel.Error, "it failed", new InvalidOperationException("one\u001b[1m\ntwo"));
        Assert.StartsWith("2026-11-26T07:00:00Z fail: PendoSync[7] it failed\nSystem.InvalidOperationException: one\\u001b[1m\ntwo", text,
            StringComparison.Ordinal);
    }

    private static string Written(LogLevel level, string message, Exception? thrown)
    {
        using var text = new StringWriter { NewLine = "\n" };
        new LogLines(new FakeTimeProvider(_now)).Write(new LogEntry<string>(level, "PendoSync", new EventId(7), message, thrown,
            (state, _) => state), null, text);
        return text.ToString();
    }
}
