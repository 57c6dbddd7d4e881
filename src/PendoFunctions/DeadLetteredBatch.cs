using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using PendoFunctions.Azure;
using PendoSync.Batches;
using PendoSync.Delivery;
using PendoSync.Engine;

namespace PendoFunctions;

/// <summary>Ends a batch that the queue gave up: its records are given_up, its run can end.</summary>
public sealed class DeadLetteredBatch(SyncEngine engine, ILogger<DeadLetteredBatch> log)
{
    /// <summary>
    /// Never throws: an abandoned dead letter comes back at once, for ever. One that cannot be settled now keeps its lock
    /// and comes back when that has run out.
    /// </summary>
    [Function(nameof(DeadLetteredBatch))]
    public async Task Run(
        [ServiceBusTrigger("%RecordBatchesQueue%/$deadletterqueue", Connection = "ServiceBusConnection", AutoCompleteMessages = false)] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions)
    {
        try
        {
            if (await SettleAsync(message))
                await actions.CompleteMessageAsync(message);
        }
        catch (Exception e)
        {
            log.DeadLetterKept(e, message.MessageId);
        }
    }

    private async Task<bool> SettleAsync(ServiceBusReceivedMessage message)
    {
        var batch = BodyOf(message);
        if ((batch?.Header ?? BatchProperties.Read(message.ApplicationProperties)) is { } header)
            return await engine.Deliverer.GiveUpAsync(header, batch, $"the queue gave the batch up ({message.DeadLetterReason ?? "no reason"})", CancellationToken.None);
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
