using Microsoft.Extensions.Logging;

namespace PendoFunctions;

/// <summary>Every log message of the app's own; the engine has its own.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Warning, "Message {MessageId} was put back for later: {Reason}")]
    public static partial void PutBack(this ILogger log, string messageId, string reason);

    [LoggerMessage(2, LogLevel.Error, "Dead letter {MessageId} could not be settled now; it comes again")]
    public static partial void DeadLetterKept(this ILogger log, Exception error, string messageId);

    [LoggerMessage(3, LogLevel.Error, "Dead letter {MessageId} names no batch and was removed; was it sent by something else?")]
    public static partial void StrangeDeadLetter(this ILogger log, string messageId);
}
