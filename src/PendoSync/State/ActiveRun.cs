using PendoSync.Batches;

namespace PendoSync.State;

/// <summary>Where an active run stands.</summary>
public enum ActiveState
{
    /// <summary>Asked for, not planned yet.</summary>
    Requested,

    /// <summary>A planner reads and fans out; it holds the lease.</summary>
    Planning,

    /// <summary>The plan is closed, batches are delivered.</summary>
    Delivering,
}

/// <summary>The one run of a sync that is not over.</summary>
public sealed record ActiveRun
{
    /// <summary>Run id.</summary>
    public required string RunId { get; init; }

    /// <summary>Planning attempt, from 1; the fence (promise 7).</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>Where it stands.</summary>
    public ActiveState State { get; init; }

    /// <summary>Who plans; null when nobody does.</summary>
    public string? Owner { get; init; }

    /// <summary>What started it.</summary>
    public string Trigger { get; init; } = "cli";

    /// <summary>What it was asked to read and send.</summary>
    public RunMode Mode { get; init; }

    /// <summary>Batches of the closed plan.</summary>
    public int Batches { get; init; }

    /// <summary>Records of the closed plan.</summary>
    public long Planned { get; init; }

    /// <summary>True when the read reached its end.</summary>
    public bool Complete { get; init; }

    /// <summary>True when the read ignored the cursor.</summary>
    public bool Full { get; init; }

    /// <summary>Where the cursor moves when everything is delivered; null: it stays.</summary>
    public string? CursorAfter { get; init; }

    /// <summary>How the keys stand that the closed plan does not send; null before it is closed.</summary>
    public Standing? Rest { get; init; }

    /// <summary>The definition that was planned.</summary>
    public string DefinitionHash { get; init; } = "";

    /// <summary>When the read of the closed plan began.</summary>
    public DateTimeOffset ReadAt { get; init; }

    /// <summary>When the run was asked for or started.</summary>
    public DateTimeOffset Since { get; init; }
}
