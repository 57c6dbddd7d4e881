using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using PendoFunctions.Azure;
using PendoSync.Batches;
using PendoSync.Engine;
using PendoSync.State;

namespace PendoFunctions;

/// <summary>Plans one sync that was asked for: by HTTP, or by the clock for one that takes long.</summary>
public sealed class RequestedSync(SyncEngine engine, ServiceBusBatchQueue queue, PlanSlots slots, ILogger<RequestedSync> log)
{
    /// <summary>A request that finds every slot of this process taken comes again after this time.</summary>
    public static readonly TimeSpan ForSlot = TimeSpan.FromSeconds(20);

    /// <summary>Takes the sync's lease, lets go of the message, and plans; the lease keeps others away from then on.</summary>
    [Function(nameof(RequestedSync))]
    public async Task Run(
        [ServiceBusTrigger("%SyncRequestsQueue%", Connection = "ServiceBusConnection",
            AutoCompleteMessages = false)] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions, CancellationToken stopping)
    {
        using var slot = slots.TryTake();
        if (slot is null && message.CorrelationId is not null)
        {
            await queue.PutBackRequestAsync(message, ForSlot, CancellationToken.None);
            await actions.CompleteMessageAsync(message, CancellationToken.None);
            return;
        }

        SyncRequest request;
        try
        {
            request = SyncRequestFormat.Read(message.Body.ToMemory());
            engine.Project.Known(request.Sync);
        }
        catch (Exception e) when (e is FormatException or ProblemException)
        {
            var reason = e is FormatException ? "Unreadable" : "Configuration";
            await actions.DeadLetterMessageAsync(message, deadLetterReason: reason, deadLetterErrorDescription: e.Message,
                cancellationToken: CancellationToken.None);
            return;
        }

        try
        {
            var claimed = await ClaimAsync(request, stopping);
            await actions.CompleteMessageAsync(message, CancellationToken.None);
            if (claimed is not null)
                await engine.PlanAsync(claimed, stopping);
        }
        catch (ProblemException e)
        {
            // The state went away while it planned: its lease runs out, and the clock asks again.
            log.RequestWaits(request.Sync, e.Message);
        }
    }

    // The run stands in the state. While that is away, or the definition broken, the message would only use up its deliveries; the clock
    // asks again.
    private async Task<Checkpoint?> ClaimAsync(SyncRequest request, CancellationToken stopping)
    {
        try
        {
            return (await engine.ClaimAsync(request.Sync, request.RunId, request.Mode, request.Trigger, stopping)).Claimed;
        }
        catch (ProblemException e)
        {
            log.RequestWaits(request.Sync, e.Message);
            return null;
        }
    }
}
