using PendoSync.Definitions;
using PendoSync.State;

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

    /// <summary>Whether it does its work.</summary>
    public Health Health { get; init; }

    /// <summary>Why it is not healthy, in a sentence; a paused sync keeps what was wrong. Null when it is healthy.</summary>
    public string? HealthReason { get; init; }

    /// <summary>What mends it; null when there is nothing to mend.</summary>
    public string? HealthFix { get; init; }

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
    /// Records in step: taken by Pendo as the warehouse has them (events: all that were sent), counted by every run; null before the first.
    /// </summary>
    public long? InStep { get; init; }

    /// <summary>All rows: those in step and all that are refused or wait.</summary>
    public long? InStepOf { get; init; }

    /// <summary>When that was counted.</summary>
    public DateTimeOffset? InStepAt { get; init; }

    /// <summary>Of all rows: ids that Pendo does not know.</summary>
    public long? NotFound { get; init; }

    /// <summary>Of all rows: rejected by Pendo.</summary>
    public long? Rejected { get; init; }

    /// <summary>Of all rows: invalid.</summary>
    public long? Invalid { get; init; }

    /// <summary>Of all rows: given up.</summary>
    public long? GivenUp { get; init; }

    /// <summary>Pendo is as new as the warehouse was then: start of the last complete read that succeeded.</summary>
    public DateTimeOffset? DataAsOf { get; init; }

    /// <summary>The instant of the cursor; null without one, and for plain numbers.</summary>
    public DateTimeOffset? CursorAt { get; init; }

    /// <summary>Start of the last run.</summary>
    public DateTimeOffset? LastStart { get; init; }

    /// <summary>End of the last completed run.</summary>
    public DateTimeOffset? LastSuccess { get; init; }

    /// <summary>The last comparison with what Pendo holds; null before the first, and for events.</summary>
    public Verified? Verified { get; init; }

    /// <summary>True for events whose state was restored: they stand still until somebody has said which of them were sent.</summary>
    public bool InDoubt { get; init; }

    /// <summary>The run that is not over.</summary>
    public RunReport? ActiveRun { get; init; }

    /// <summary>The newest run that is over.</summary>
    public RunReport? LastRun { get; init; }
}
