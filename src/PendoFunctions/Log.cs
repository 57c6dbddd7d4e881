using Microsoft.Extensions.Logging;

namespace PendoFunctions;

/// <summary>Every log message of the app's own; the engine has its own.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Warning, "Message {MessageId} was put back for later: {Reason}")]
    public static partial void PutBack(this ILogger log, string messageId, string reason);

    [LoggerMessage(4, LogLevel.Warning,
        "Message {MessageId} could not even be put back; it keeps its lock and comes again when that has run out: {Reason}")]
    public static partial void Kept(this ILogger log, string messageId, string reason);

    [LoggerMessage(5, LogLevel.Warning,
        "Batch {MessageId} used up its deliveries and gets them once more; what stopped it stands above in the log")]
    public static partial void Returned(this ILogger log, string messageId);

    [LoggerMessage(6, LogLevel.Warning, "The request for {Sync} waits until the clock asks again: {Reason}")]
    public static partial void RequestWaits(this ILogger log, string sync, string reason);

    [LoggerMessage(2, LogLevel.Error, "Dead letter {MessageId} could not be settled now; it comes again")]
    public static partial void DeadLetterKept(this ILogger log, Exception error, string messageId);

    [LoggerMessage(3, LogLevel.Error, "Dead letter {MessageId} names no batch and was removed; was it sent by something else?")]
    public static partial void StrangeDeadLetter(this ILogger log, string messageId);
}
