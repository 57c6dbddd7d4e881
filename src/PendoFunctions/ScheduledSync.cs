using Microsoft.Azure.Functions.Worker;
using PendoSync.Engine;

namespace PendoFunctions;

/// <summary>The clock: starts every sync that is due and looks after runs that stand still.</summary>
public sealed class ScheduledSync(Scheduler scheduler)
{
    /// <summary>One tick. Ticks may overlap, on one instance or on two.</summary>
    [Function(nameof(ScheduledSync))]
    public Task Run([TimerTrigger("%SyncTimer%")] TimerInfo timer, CancellationToken stopping) => scheduler.TickAsync(stopping);
}
