using PendoSync.Definitions;

namespace PendoSync.Reports;

/// <summary>What a sync is doing.</summary>
public enum SyncState
{
    /// <summary>Nothing; it waits for its time or for somebody.</summary>
    Idle,

    /// <summary>A run was asked for.</summary>
    Requested,

    /// <summary>It reads and fans out.</summary>
    Planning,

    /// <summary>Batches are delivered.</summary>
    Delivering,

    /// <summary>It is not started by anybody.</summary>
    Paused,

    /// <summary>Its definition cannot be loaded, so it does not run.</summary>
    Failing,
}

/// <summary>Where a sync stands.</summary>
public sealed record SyncStatus
{
    /// <summary>The sync.</summary>
    public required string Name { get; init; }

    /// <summary>What it writes to; null when its definition cannot be loaded.</summary>
    public PendoObject? Object { get; init; }

    /// <summary>What it may do in Pendo; null when its definition cannot be loaded.</summary>
    public Behavior? Behavior { get; init; }

    /// <summary>Warehouse connection; null when its definition cannot be loaded.</summary>
    public string? Warehouse { get; init; }

    /// <summary>Pendo connection; null when its definition cannot be loaded.</summary>
    public string? Pendo { get; init; }

    /// <summary>Why its definition cannot be loaded, with place and fix; null when it can.</summary>
    public Problem? Error { get; init; }

    /// <summary>failing when its definition cannot be loaded; null when it can.</summary>
    public string? Health => Error is null ? null : "failing";

    /// <summary>What it is doing.</summary>
    public SyncState State { get; init; }

    /// <summary>True when it is paused, by hand or by its definition.</summary>
    public bool Paused { get; init; }

    /// <summary>Its schedule in words of its definition; null when it has none.</summary>
    public string? Schedule { get; init; }

    /// <summary>Syncs it follows.</summary>
    public IReadOnlyList<string> After { get; init; } = [];

    /// <summary>When it is due next; null without schedule, or while it is paused.</summary>
    public DateTimeOffset? NextDue { get; init; }

    /// <summary>The next five times that it is due, with the offset of its zone; empty without schedule, or while it is paused.</summary>
    public IReadOnlyList<DateTimeOffset> NextTimes { get; init; } = [];

    /// <summary>Where the next read starts; null: everything is read.</summary>
    public string? Cursor { get; init; }

    /// <summary>
    /// Records in step: taken by Pendo as the warehouse has them, counted by the last complete full read (events: all that were sent); null
    /// before it.
    /// </summary>
    public long? InStep { get; init; }

    /// <summary>Rows of that read; null for events.</summary>
    public long? InStepOf { get; init; }

    /// <summary>Start of the last run.</summary>
    public DateTimeOffset? LastStart { get; init; }

    /// <summary>End of the last completed run.</summary>
    public DateTimeOffset? LastSuccess { get; init; }

    /// <summary>The run that is not over.</summary>
    public RunReport? ActiveRun { get; init; }

    /// <summary>The newest run that is over.</summary>
    public RunReport? LastRun { get; init; }
}
