using PendoSync.Planning;
namespace PendoSync.Reports;

/// <summary>What was asked for.</summary>
public enum DryKind
{
    /// <summary>What a run would do.</summary>
    Plan,

    /// <summary>Whether secrets, connections, tables, columns and fields are as a run needs them.</summary>
    Check,

    /// <summary>How warehouse and Pendo stand to each other.</summary>
    Compare,

    /// <summary>What Pendo holds already, taken into the snapshot.</summary>
    Adopt,
}

/// <summary>Where it stands.</summary>
public enum DryState
{
    /// <summary>At work.</summary>
    Running,

    /// <summary>There is a result.</summary>
    Done,

    /// <summary>There is none: the error says why.</summary>
    Failed,
}

/// <summary>
/// A dry run, a check, a comparison or an adoption of one sync: kept for an hour, with counts, groups and keys, never values.
/// </summary>
public sealed record DryResult
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>What was asked for.</summary>
    public DryKind Kind { get; init; }

    /// <summary>The sync.</summary>
    public required string Sync { get; init; }

    /// <summary>Where it stands.</summary>
    public DryState State { get; init; }

    /// <summary>When it was asked for.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>When it ended; null before.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>What a run would do; its sample is read live for whoever asks. Null for a check, and before its end.</summary>
    public SyncPlan? Plan { get; init; }

    /// <summary>Keys of the sample.</summary>
    public IReadOnlyList<string> SampleKeys { get; init; } = [];

    /// <summary>What was checked; null for a plan, and before its end.</summary>
    public CheckReport? Check { get; init; }

    /// <summary>What was compared, by counts; its sample of values is not kept.</summary>
    public SyncComparison? Comparison { get; init; }

    /// <summary>What was adopted.</summary>
    public SyncAdoption? Adoption { get; init; }

    /// <summary>How far a comparison is; null when nothing is said of it.</summary>
    public ComparisonProgress? Progress { get; init; }

    /// <summary>Why there is no result.</summary>
    public Problem? Error { get; init; }
}
