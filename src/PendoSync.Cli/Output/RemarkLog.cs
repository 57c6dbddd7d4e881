using Microsoft.Extensions.Logging;

namespace PendoSync.Cli.Output;

/// <summary>Shows the engine's warnings as remarks; what is only told of, or makes a run fail, a verb says itself.</summary>
/// <param name="terminal">Shows them.</param>
internal sealed class RemarkLog(Terminal terminal) : ILogger
{
    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel == LogLevel.Warning;

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
            terminal.Remark("warning: " + formatter(state, exception));
    }
}
