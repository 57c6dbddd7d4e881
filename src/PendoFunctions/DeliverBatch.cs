using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using PendoFunctions.Azure;
using PendoSync.Batches;
using PendoSync.Delivery;
using PendoSync.Engine;

namespace PendoFunctions;

/// <summary>Delivers one batch, and ends its run if it was the last.</summary>
public sealed class DeliverBatch(SyncEngine engine, ServiceBusBatchQueue queue, ILogger<DeliverBatch> log)
{
    private static readonly TimeSpan ForNewerApp = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ForState = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Whatever is to be tried later is put back as a delayed copy: an abandoned message would come again at once and use up its
    /// deliveries.
    /// </summary>
    [Function(nameof(DeliverBatch))]
    public async Task Run(
        [ServiceBusTrigger("%RecordBatchesQueue%", Connection = "ServiceBusConnection",
            AutoCompleteMessages = false)] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions)
    {
        try
        {
            // No token: a call to Pendo that was begun is answered within its deadline, even while the host stops.
            await engine.Deliverer.DeliverAsync(RecordBatchFormat.Read(message.Body.ToMemory()), CancellationToken.None);
        }
        catch (NewerFormatException e)
        {
            if (!await PutBackAsync(message, ForNewerApp, e.Message))
                return;
        }
        catch (ProblemException e)
        {
            if (!await PutBackAsync(message, ForState, e.Message))
                return;
        }
        catch (FormatException e)
        {
            await actions.DeadLetterMessageAsync(message, deadLetterReason: "Unreadable", deadLetterErrorDescription: e.Message,
                cancellationToken: CancellationToken.None);
            return;
        }

        await actions.CompleteMessageAsync(message, CancellationToken.None);
    }

    // One that cannot be put back stays locked: thrown back it would come at once and use up its deliveries within seconds.
    private async Task<bool> PutBackAsync(ServiceBusReceivedMessage message, TimeSpan delay, string reason)
    {
        try
        {
            await queue.PutBackAsync(message, delay, CancellationToken.None);
            log.PutBack(message.MessageId, reason);
            return true;
        }
        catch (ProblemException e)
        {
            log.Kept(message.MessageId, $"{reason} {e.Message}");
            return false;
        }
    }
}
