using System.Net.Sockets;
using Azure;
using Azure.Identity;
using Azure.Messaging.ServiceBus;

namespace PendoFunctions.Azure;

/// <summary>
/// The one judgement of what an Azure client threw. Transient: the service is away. State: somebody has to mend the deployment.
/// </summary>
/// <remarks>
/// Azure.Core throws AggregateException when every try failed, TaskCanceledException when its network time-out passed,
/// AuthenticationFailedException when the identity gives no token, and RequestFailedException for an answer that refuses.
/// https://learn.microsoft.com/rest/api/storageservices/table-service-error-codes
/// https://learn.microsoft.com/azure/service-bus-messaging/service-bus-messaging-exceptions-latest
/// </remarks>
internal static class AzureProblems
{
    /// <summary>The problem; null when it is none of the service's: a mistake of ours, or the caller's own cancellation.</summary>
    /// <param name="thrown">What the client threw.</param>
    /// <param name="service">The service.</param>
    /// <param name="place">Table, secret or queue.</param>
    /// <param name="ct">The caller's.</param>
    public static ProblemException? Of(Exception thrown, AzureService service, string place, CancellationToken ct) => thrown switch
    {
        // Of many tries the last one says it.
        AggregateException many when many.Flatten().InnerExceptions is [.., var last] => Of(last, service, place, ct),
        OperationCanceledException when ct.IsCancellationRequested => null,
        _ => ProblemOf(thrown, service) is var (kind, message, fix) ? new ProblemException(kind, message, place, fix, thrown) : null,
    };

    private static (ProblemKind Kind, string Message, string? Fix)? ProblemOf(Exception thrown, AzureService service) => thrown switch
    {
        OperationCanceledException or TimeoutException => (ProblemKind.Transient, $"{service.Name} did not answer in time", service.Reach),
        SocketException or IOException or HttpRequestException =>
            (ProblemKind.Transient, $"{service.Name} cannot be reached", service.Reach),
        AuthenticationFailedException => (ProblemKind.State, $"the app has no identity for {service.Name}",
            "In Azure set ManagedIdentity__ClientId to the client id of the app's identity; locally sign in with `az login`."),
        UnauthorizedAccessException => (ProblemKind.State, $"{service.Name} refuses access", service.Grant),
        RequestFailedException refused => ProblemOf(refused, refused.ErrorCode ?? $"HTTP {refused.Status}", service),
        ServiceBusException failed => ProblemOf(failed, service),
        _ => null,
    };

    private static (ProblemKind Kind, string Message, string? Fix) ProblemOf(RequestFailedException refused, string code,
        AzureService service) => refused.Status switch
        {
            0 => (ProblemKind.Transient, $"{service.Name} cannot be reached", service.Reach),
            401 or 403 => (ProblemKind.State, $"{service.Name} refuses access ({code})", service.Grant),
            408 or 409 or 429 or >= 500 => (ProblemKind.Transient, $"{service.Name} is busy ({code})", "Try again."),
            _ => (ProblemKind.State, $"{service.Name} refuses the request ({code})", null),
        };

    private static (ProblemKind Kind, string Message, string? Fix) ProblemOf(ServiceBusException failed, AzureService service) =>
        failed.Reason switch
        {
            ServiceBusFailureReason.MessagingEntityNotFound => (ProblemKind.State, "the queue does not exist",
                "Create it (infra/main.bicep makes it), or correct RecordBatchesQueue and SyncRequestsQueue."),
            ServiceBusFailureReason.MessagingEntityDisabled => (ProblemKind.State, "the queue is disabled",
                "Enable it: `az servicebus queue update --status Active`, or its page in the Azure portal."),
            ServiceBusFailureReason.MessageSizeExceeded =>
                (ProblemKind.Configuration, "a message is larger than the queue takes", "Lower batch_size or batch_bytes of the sync."),
            ServiceBusFailureReason.ServiceTimeout => (ProblemKind.Transient, $"{service.Name} did not answer in time", service.Reach),
            ServiceBusFailureReason.ServiceCommunicationProblem =>
                (ProblemKind.Transient, $"{service.Name} cannot be reached", service.Reach),
            _ => (ProblemKind.Transient, $"{service.Name} did not take a message ({failed.Reason})", service.Reach),
        };
}
