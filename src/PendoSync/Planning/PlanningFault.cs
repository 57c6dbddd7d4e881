using PendoSync.Runs;
using PendoSync.Sources;

namespace PendoSync.Planning;

/// <summary>What an error met while planning means for the run.</summary>
internal static class PlanningFault
{
    /// <summary>True when the planning is worth a new attempt.</summary>
    public static bool IsTransient(IWarehouse warehouse, Exception e) =>
        e is ProblemException { Problem.Kind: ProblemKind.Transient or ProblemKind.Throttled }
            || (e is not ProblemException and not OperationCanceledException && warehouse.IsTransient(e));

    /// <summary>What is told of an error that ends the run.</summary>
    public static Problem ProblemOf(SyncContext context, Exception e) => e switch
    {
        ProblemException known => known.Problem,
        _ when context.Warehouse.IsTransient(e) =>
            new Problem(ProblemKind.Transient, $"reading broke off ({e.GetType().Name})", $"warehouse '{context.Sync.Warehouse}'",
            "Run the sync again."),
        _ => new Problem(ProblemKind.Internal, $"planning failed with {e.GetType().Name}", $"sync '{context.Sync.Name}'",
            "Please report this with the log; the state is safe."),
    };
}
