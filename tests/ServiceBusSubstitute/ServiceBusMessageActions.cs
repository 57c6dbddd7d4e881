using Azure.Messaging.ServiceBus;
using FunctionsHost.Protocol;
using Microsoft.Azure.Functions.Worker.Converters;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Settles a message through the host. A settlement that fails throws an RpcException.</summary>
[InputConverter(typeof(MessageActionsConverter))]
public class ServiceBusMessageActions
{
    private readonly Settlement.SettlementClient _host;

    internal ServiceBusMessageActions(Settlement.SettlementClient host) => _host = host;

    /// <summary>For tests that settle in another way.</summary>
    protected ServiceBusMessageActions() => _host = null!;

    /// <summary>Ends the message.</summary>
    public virtual async Task CompleteMessageAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default) =>
        await _host.CompleteAsync(Lock(message), cancellationToken: cancellationToken);

    /// <summary>Gives the message back: it comes again at once.</summary>
    public virtual async Task AbandonMessageAsync(ServiceBusReceivedMessage message, IDictionary<string, object>? propertiesToModify = null,
        CancellationToken cancellationToken = default) =>
            await _host.AbandonAsync(Lock(message, propertiesToModify), cancellationToken: cancellationToken);

    /// <summary>Moves the message to the dead letters.</summary>
    public virtual async Task DeadLetterMessageAsync(ServiceBusReceivedMessage message,
        Dictionary<string, object>? propertiesToModify = null,
        string? deadLetterReason = null, string? deadLetterErrorDescription = null, CancellationToken cancellationToken = default) =>
        await _host.DeadletterAsync(new DeadLetterRequest
        {
            LockToken = Lock(message, propertiesToModify).LockToken,
            Reason = deadLetterReason,
            Description = deadLetterErrorDescription,
        }, cancellationToken: cancellationToken);

    /// <summary>Sets the message aside.</summary>
    public virtual async Task DeferMessageAsync(ServiceBusReceivedMessage message, IDictionary<string, object>? propertiesToModify = null,
        CancellationToken cancellationToken = default) =>
            await _host.DeferAsync(Lock(message, propertiesToModify), cancellationToken: cancellationToken);

    /// <summary>Holds the message for the queue's lock duration from now.</summary>
    public virtual async Task RenewMessageLockAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default) =>
        await _host.RenewMessageLockAsync(Lock(message), cancellationToken: cancellationToken);

    private static LockRequest Lock(ServiceBusReceivedMessage message, IDictionary<string, object>? properties = null) =>
        properties is { Count: > 0 }
        ? throw new NotSupportedException("The substitute of the tests changes no properties of a message.")
        : new LockRequest { LockToken = message.LockToken };
}

internal sealed class MessageActionsConverter(Settlement.SettlementClient host) : IInputConverter
{
    public ValueTask<ConversionResult> ConvertAsync(ConverterContext context) =>
        new(ConversionResult.Success(new ServiceBusMessageActions(host)));
}
