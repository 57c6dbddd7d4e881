namespace ServiceBusBroker;

/// <summary>What a client does to a queue.</summary>
public enum Operation
{
    /// <summary>Opens a link to send or to receive.</summary>
    Attach,

    /// <summary>Sends a message or a batch of them.</summary>
    Send,

    /// <summary>Completes, abandons, defers or dead-letters a message over the link it came by.</summary>
    Settle,

    /// <summary>Renews, peeks, schedules, cancels, or receives or settles a deferred message.</summary>
    Manage,
}

/// <summary>How an operation on a queue goes wrong.</summary>
/// <param name="Operation">Which one.</param>
/// <param name="Condition">The error answered, one of <see cref="Conditions"/>; null for no answer at all.</param>
/// <param name="Done">Whether it is carried out all the same, so that only its answer is wrong.</param>
/// <param name="Cut">Whether the connection is reset in place of an answer.</param>
public sealed record Fault(Operation Operation, string? Condition = null, bool Done = false, bool Cut = false);

/// <summary>Error conditions: https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-troubleshoot.</summary>
public static class Conditions
{
    /// <summary>The lock of a message is over, or the message is gone.</summary>
    public const string LockLost = "com.microsoft:message-lock-lost";

    /// <summary>The queue is disabled.</summary>
    public const string Disabled = "com.microsoft:entity-disabled";

    /// <summary>Throttled: the client waits 10 seconds.</summary>
    public const string Busy = "com.microsoft:server-busy";

    /// <summary>The service took too long.</summary>
    public const string Timeout = "com.microsoft:timeout";

    /// <summary>No message has the sequence number.</summary>
    public const string MessageNotFound = "com.microsoft:message-not-found";

    /// <summary>The sign by which a receiver rejects a message with a reason.</summary>
    public const string DeadLetter = "com.microsoft:dead-letter";

    /// <summary>The client may not.</summary>
    public const string Unauthorized = "amqp:unauthorized-access";

    /// <summary>There is no such queue.</summary>
    public const string NotFound = "amqp:not-found";

    /// <summary>The message is larger than the queue takes.</summary>
    public const string TooLarge = "amqp:link:message-size-exceeded";

    /// <summary>The broker does not know the operation.</summary>
    public const string NotImplemented = "amqp:not-implemented";

    /// <summary>The operation is not allowed here.</summary>
    public const string NotAllowed = "amqp:not-allowed";
}
