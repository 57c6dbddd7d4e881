using System.Runtime.CompilerServices;
using Azure.Identity;
using Azure.Messaging.ServiceBus;
using PendoSync.Batches;

namespace PendoFunctions.Azure;

/// <summary>Batches and requests in Azure Service Bus.</summary>
public sealed class ServiceBusBatchQueue(ServiceBusClient client, string batchesQueue, string requestsQueue, TimeProvider clock) : IBatchQueue
{
    /// <summary>A message may have 256 KB with its headers (https://learn.microsoft.com/azure/service-bus-messaging/service-bus-quotas).</summary>
    public const int MaxBodyBytes = 240 * 1024;

    /// <summary>The planner halves a batch that packs to more, so that no message comes near the limit.</summary>
    public const int FittingBodyBytes = 192 * 1024;

    // A batch is packed once, for the question whether it fits and for its message.
    private readonly ConditionalWeakTable<RecordBatch, byte[]> _bodies = [];

    // A day after its first copy the records are given up (design, section 9); a copy that nobody received is dead-lettered then.
    private static readonly TimeSpan BatchLifetime = TimeSpan.FromHours(24);

    private readonly ServiceBusSender _batches = client.CreateSender(batchesQueue);
    private readonly ServiceBusSender _requests = client.CreateSender(requestsQueue);

    /// <inheritdoc/>
    public Task SendAsync(RecordBatch batch, TimeSpan delay, CancellationToken ct)
    {
        var body = _bodies.GetValue(batch, RecordBatchFormat.Write);
        _bodies.Remove(batch);
        if (body.Length > MaxBodyBytes)
        {
            throw new ProblemException(ProblemKind.Configuration, $"a batch packs to {body.Length} bytes, a message takes {MaxBodyBytes}", batch.Id.Sync,
                "Lower batch_size or batch_bytes of the sync.");
        }

        // The id is the same however often this copy is sent, so duplicate detection drops a repeated send and never a later copy.
        var message = new ServiceBusMessage(body)
        {
            MessageId = batch.MessageId,
            CorrelationId = batch.Id.RunId,
            ContentType = "application/octet-stream",
        };
        BatchProperties.Write(message.ApplicationProperties, batch.Header, batch.Copy);
        var comes = clock.GetUtcNow() + delay;
        if (delay > TimeSpan.Zero)
            message.ScheduledEnqueueTime = comes;
        message.TimeToLive = Left(batch.FirstEnqueued + BatchLifetime, comes);
        return Send(_batches, batchesQueue, message, ct);
    }

    /// <inheritdoc/>
    public bool Fits(RecordBatch batch) => _bodies.GetValue(batch, RecordBatchFormat.Write).Length <= FittingBodyBytes;

    /// <inheritdoc/>
    public Task RequestAsync(SyncRequest request, CancellationToken ct)
    {
        // Unlike a batch's, the id is new with each call: a request that was lost is asked again within the duplicate window.
        var message = new ServiceBusMessage(SyncRequestFormat.Write(request))
        {
            MessageId = $"{request.RunId}-{Guid.NewGuid():N}",
            CorrelationId = request.RunId,
            ContentType = "application/json",
            ApplicationProperties = { [BatchProperties.Run] = request.RunId, [BatchProperties.Sync] = request.Sync },
        };
        return Send(_requests, requestsQueue, message, ct);
    }

    /// <summary>Enqueues a received batch once more as it is, for an app that cannot work on it now. Complete the received one afterwards.</summary>
    /// <remarks>Unlike abandoning it uses up no delivery and waits; what is left of the message's time to live goes on.</remarks>
    public Task PutBackAsync(ServiceBusReceivedMessage received, TimeSpan delay, CancellationToken ct)
    {
        var comes = clock.GetUtcNow() + delay;
        var message = new ServiceBusMessage(received)
        {
            MessageId = $"back-{Guid.NewGuid():N}",
            ScheduledEnqueueTime = comes,
            TimeToLive = Left(received.ExpiresAt, comes),
        };
        return Send(_batches, batchesQueue, message, ct);
    }

    private static TimeSpan Left(DateTimeOffset end, DateTimeOffset now)
    {
        var shortest = TimeSpan.FromMinutes(1);
        return end - now > shortest ? end - now : shortest;
    }

    private static async Task Send(ServiceBusSender sender, string queue, ServiceBusMessage message, CancellationToken ct)
    {
        try
        {
            await sender.SendMessageAsync(message, ct);
        }
        catch (ServiceBusException e)
        {
            throw Problem(e, queue);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or AuthenticationFailedException)
        {
            throw new ProblemException(ProblemKind.Connection, "Service Bus refuses to take messages", queue,
                "Grant the app's identity the role Azure Service Bus Data Sender on the queue; a new grant takes up to ten minutes.", e);
        }
    }

    private static ProblemException Problem(ServiceBusException e, string queue) => e.Reason switch
    {
        ServiceBusFailureReason.MessagingEntityNotFound or ServiceBusFailureReason.MessagingEntityDisabled => new(ProblemKind.Configuration,
            "the queue does not exist or is disabled", queue, "Create it with infra/main.bicep, or correct RecordBatchesQueue and SyncRequestsQueue.", e),
        ServiceBusFailureReason.MessageSizeExceeded => new(ProblemKind.Configuration, "a message is larger than the queue takes", queue,
            "Lower batch_size or batch_bytes of the sync.", e),
        _ => new(ProblemKind.Transient, $"the queue did not take a message ({e.Reason})", queue, "Try again; sending twice is safe.", e),
    };
}
