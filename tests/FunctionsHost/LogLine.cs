using Microsoft.Extensions.Logging;

namespace FunctionsHost;

/// <summary>Something that was logged or printed.</summary>
/// <param name="Level">How serious it is.</param>
/// <param name="Category">The logger's name; stdout or stderr for what the worker printed, Host for what this host says.</param>
/// <param name="Message">The text.</param>
/// <param name="Exception">The exception, with its stack; null without one.</param>
/// <param name="InvocationId">The invocation it belongs to; empty outside of one.</param>
public sealed record LogLine(LogLevel Level, string Category, string Message, string? Exception = null, string InvocationId = "")
{
    /// <summary>One line, more with an exception.</summary>
    public override string ToString() => $"{Level}: {Category}: {Message}{(Exception is null ? "" : "\n" + Exception)}";
}
