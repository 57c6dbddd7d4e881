using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace PendoSync.Cli.Serving;

/// <summary>
/// The log of <c>serve</c>: a line for each entry, in which nothing from elsewhere can steer a terminal or pass for a line.
/// </summary>
/// <param name="clock">Time.</param>
internal sealed class LogLines(TimeProvider clock) : ConsoleFormatter(FormatterName)
{
    /// <summary>What the console logger knows it by.</summary>
    public const string FormatterName = "lines";

    /// <inheritdoc/>
    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var level = logEntry.LogLevel switch
        {
            LogLevel.Warning => "warn",
            LogLevel.Error => "fail",
            LogLevel.Critical => "crit",
            _ => "info",
        };
        textWriter.Write(clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        textWriter.Write($" {level}: {logEntry.Category}[{logEntry.EventId.Id}] ");
        textWriter.WriteLine(PlainText.Line(logEntry.Formatter(logEntry.State, logEntry.Exception)));
        if (logEntry.Exception is { } thrown)
            textWriter.WriteLine(PlainText.Lines(thrown.ToString()));
    }
}
