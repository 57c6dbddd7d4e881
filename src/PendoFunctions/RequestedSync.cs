using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;
using PendoSync.Batches;
using PendoSync.Engine;

namespace PendoFunctions;

/// <summary>Plans one sync that was asked for: by HTTP, or by the clock for one that takes long.</summary>
public sealed class RequestedSync(SyncEngine engine)
{
    /// <summary>Takes the sync's lease, lets go of the message, and plans; the lease keeps others away from then on.</summary>
    [Function(nameof(RequestedSync))]
    public async Task Run(
        [ServiceBusTrigger("%SyncRequestsQueue%", Connection = "ServiceBusConnection", AutoCompleteMessages = false)] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions, CancellationToken stopping)
    {
        try
        {
            var request = SyncRequestFormat.Read(message.Body.ToMemory());
            var (claimed, _) = await engine.ClaimAsync(request.Sync, request.RunId, request.Mode, request.Trigger, stopping);
            await actions.CompleteMessageAsync(message, CancellationToken.None);
            if (claimed is not null)
                await engine.PlanAsync(claimed, stopping);
        }
        catch (FormatException e)
        {
            await actions.DeadLetterMessageAsync(message, deadLetterReason: "Unreadable", deadLetterErrorDescription: e.Message, cancellationToken: CancellationToken.None);
        }
        catch (ProblemException e) when (e.Problem.Kind == ProblemKind.Configuration)
        {
            await actions.DeadLetterMessageAsync(message, deadLetterReason: "Configuration", deadLetterErrorDescription: e.Message, cancellationToken: CancellationToken.None);
        }
    }
}
