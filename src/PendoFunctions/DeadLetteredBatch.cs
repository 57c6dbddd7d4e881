using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using PendoFunctions.Azure;
using PendoSync.Batches;
using PendoSync.Delivery;
using PendoSync.Engine;

namespace PendoFunctions;

/// <summary>
/// Ends a batch that the queue gave up: its records are given_up, its run can end. One whose deliveries are used up gets them once more:
/// they may have been used up while something of ours was away.
/// </summary>
public sealed class DeadLetteredBatch(SyncEngine engine, ServiceBusBatchQueue queue, ILogger<DeadLetteredBatch> log)
{
    /// <summary>
    /// Never throws: an abandoned dead letter comes back at once, for ever. One that cannot be settled now keeps its lock
    /// and comes back when that has run out.
    /// </summary>
    [Function(nameof(DeadLetteredBatch))]
    public async Task Run(
        [ServiceBusTrigger("%RecordBatchesQueue%/$deadletterqueue", Connection = "ServiceBusConnection",
            AutoCompleteMessages = false)] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions)
    {
        try
        {
            if (await SettleAsync(message))
                await actions.CompleteMessageAsync(message, CancellationToken.None);
        }
        catch (Exception e)
        {
            log.DeadLetterKept(e, message.MessageId);
        }
    }

    private async Task<bool> SettleAsync(ServiceBusReceivedMessage message)
    {
        var batch = BodyOf(message);
        if (batch is not null && ServiceBusBatchQueue.MayReturn(message))
        {
            log.Returned(message.MessageId);
            await queue.ReturnAsync(message, batch, CancellationToken.None);
            return true;
        }

        if ((batch?.Header ?? BatchProperties.Read(message.ApplicationProperties)) is { } header)
            return await engine.Deliverer.GiveUpAsync(header, batch,
                $"the queue gave the batch up ({message.DeadLetterReason ?? "no reason"})", CancellationToken.None);
        log.StrangeDeadLetter(message.MessageId);
        return true;
    }

    private static RecordBatch? BodyOf(ServiceBusReceivedMessage message)
    {
        try
        {
            return RecordBatchFormat.Read(message.Body.ToMemory());
        }
        catch (Exception e) when (e is FormatException or NewerFormatException)
        {
            return null;
        }
    }
}
