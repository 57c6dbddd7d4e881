using System.Globalization;
using System.Runtime.CompilerServices;
using Azure.Messaging.ServiceBus;
using PendoSync.Batches;

namespace PendoFunctions.Azure;

/// <summary>Batches and requests in Azure Service Bus.</summary>
/// <param name="batches">Sends batches, in the background.</param>
/// <param name="requests">Sends requests, for which somebody waits: its tries must end within seconds.</param>
/// <param name="batchesQueue">Queue of batches.</param>
/// <param name="requestsQueue">Queue of requests.</param>
/// <param name="clock">Time of delays.</param>
public sealed class ServiceBusBatchQueue(ServiceBusClient batches, ServiceBusClient requests, string batchesQueue,
    string requestsQueue, TimeProvider clock)
    : IBatchQueue, IAsyncDisposable
{
    /// <summary>
    /// A message may have 256 KB with its headers (https://learn.microsoft.com/azure/service-bus-messaging/service-bus-quotas).
    /// </summary>
    public const int MaxBodyBytes = 240 * 1024;

    /// <summary>The planner halves a batch that packs to more, so that no message comes near the limit.</summary>
    public const int FittingBodyBytes = 192 * 1024;

    // https://learn.microsoft.com/azure/service-bus-messaging/service-bus-dead-letter-queues#maximum-delivery-count
    private const string DeliveriesUsedUp = "MaxDeliveryCountExceeded";

    // A batch is packed once, for the question whether it fits and for its message.
    private readonly ConditionalWeakTable<RecordBatch, byte[]> _bodies = [];

    // A day after its first copy the records are given up; a copy that nobody received is dead-lettered then.
    private static readonly TimeSpan BatchLifetime = TimeSpan.FromHours(24);

    /// <summary>A queue with one client for both.</summary>
    public ServiceBusBatchQueue(ServiceBusClient client, string batchesQueue, string requestsQueue, TimeProvider clock)
        : this(client, client, batchesQueue, requestsQueue, clock)
    {
    }

    private readonly ServiceBusSender _batches = batches.CreateSender(batchesQueue);
    private readonly ServiceBusSender _requests = requests.CreateSender(requestsQueue);

    /// <inheritdoc/>
    public Task SendAsync(RecordBatch batch, TimeSpan delay, CancellationToken ct)
    {
        var body = _bodies.GetValue(batch, RecordBatchFormat.Write);
        _bodies.Remove(batch);
        if (body.Length > MaxBodyBytes)
        {
            throw new ProblemException(ProblemKind.Configuration, $"a batch packs to {body.Length} bytes, a message takes {MaxBodyBytes}",
                batch.Id.Sync,
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

    /// <summary>
    /// Enqueues a received batch once more as it is, for an app that cannot work on it now. Complete the received one afterwards.
    /// </summary>
    /// <remarks>Unlike abandoning it uses up no delivery and waits; what is left of the message's time to live goes on.</remarks>
    public Task PutBackAsync(ServiceBusReceivedMessage received, TimeSpan delay, CancellationToken ct)
    {
        var comes = clock.GetUtcNow() + delay;
        return Send(_batches, batchesQueue, Again(received, comes, received.ExpiresAt), ct);
    }

    /// <summary>The same for a request that waits for a slot to be planned in.</summary>
    /// <remarks>The clock asks again for a run that waits. Of all its requests that are put back within one delay, duplicate detection
    /// leaves one.</remarks>
    public Task PutBackRequestAsync(ServiceBusReceivedMessage received, TimeSpan delay, CancellationToken ct)
    {
        var comes = clock.GetUtcNow() + delay;
        var prefix = $"{received.CorrelationId}-waits-";
        var turn = comes.UtcTicks / delay.Ticks;
        // This machine's clock may be behind Service Bus', and a copy must never pass for the one it takes the place of.
        if (received.MessageId.StartsWith(prefix, StringComparison.Ordinal)
            && long.TryParse(received.MessageId.AsSpan(prefix.Length), CultureInfo.InvariantCulture, out var last))
            turn = Math.Max(turn, last + 1);
        var message = Again(received, comes, received.ExpiresAt);
        message.MessageId = prefix + turn.ToString(CultureInfo.InvariantCulture);
        return Send(_requests, requestsQueue, message, ct);
    }

    /// <summary>True for a dead letter whose deliveries were used up, once: whoever could not work on it then may be able to now.</summary>
    public static bool MayReturn(ServiceBusReceivedMessage dead) =>
        dead.DeadLetterReason == DeliveriesUsedUp && !dead.ApplicationProperties.ContainsKey(BatchProperties.Returned);

    /// <summary>Enqueues a dead letter once more. Complete it afterwards.</summary>
    public Task ReturnAsync(ServiceBusReceivedMessage dead, RecordBatch batch, CancellationToken ct)
    {
        var message = Again(dead, clock.GetUtcNow(), batch.FirstEnqueued + BatchLifetime);
        message.ApplicationProperties[BatchProperties.Returned] = true;
        return Send(_batches, batchesQueue, message, ct);
    }

    private static ServiceBusMessage Again(ServiceBusReceivedMessage received, DateTimeOffset comes, DateTimeOffset expires) =>
        new(received)
        {
            MessageId = $"back-{Guid.NewGuid():N}",
            ScheduledEnqueueTime = comes,
            TimeToLive = Left(expires, comes),
        };

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await batches.DisposeAsync();
        await requests.DisposeAsync();
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
        catch (Exception e) when (AzureProblems.Of(e, AzureService.Bus, queue, ct) is { } problem)
        {
            throw problem;
        }
    }
}
