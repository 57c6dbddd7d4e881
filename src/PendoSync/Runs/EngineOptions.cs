using PendoSync.Pendo;
using PendoSync.State;

namespace PendoSync.Runs;

/// <summary>How the engine behaves in its host.</summary>
public sealed record EngineOptions
{
    /// <summary>Time; every age that matters is measured by the store's clock instead.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Draws the jitter of waits; tests replay theirs.</summary>
    internal Random Jitter { get; init; } = Random.Shared;

    /// <summary>Names this process; intents and leases carry it. Default: random.</summary>
    public string Owner { get; init; } = Guid.NewGuid().ToString("N")[..12];

    /// <summary>
    /// True on one machine, where an OS file lock per sync proves that every other owner is dead: its intents and leases end at once.
    /// </summary>
    public bool OnlyOwner { get; init; }

    /// <summary>
    /// Delay before the second delivery try; doubles with each further one, with jitter. Default 15 s (one machine: 1 s).
    /// </summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Delivery tries of a batch. Default 5.</summary>
    public int MaxTries { get; init; } = 5;

    /// <summary>
    /// How patiently a run reads from Pendo: as often and with the same delays as a batch is delivered, for a fifth of
    /// <see cref="LongestPlanning"/> at most.
    /// </summary>
    internal PendoPatience Reads => new(MaxTries, RetryDelay, LongestPlanning / 5);

    /// <summary>Most records of one page when Pendo is read back. Default 5,000.</summary>
    internal int PendoPage { get; init; } = 5000;

    /// <summary>
    /// Bytes of the pages of a snapshot (16 to 24 a record) from which on a run that reads from the cursor looks its rows up in it instead
    /// of loading it. Default 32 MB.
    /// </summary>
    internal long LargeSnapshot { get; init; } = 32 * 1024 * 1024;

    /// <summary>After this time since the first enqueue a batch's records are given_up. Default 24 h.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromHours(24);

    /// <summary>A longer wait for rate or cool-down becomes a delayed copy. Default 20 s.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Longest cool-down after a 429, whatever Retry-After says. Default 15 min.</summary>
    public TimeSpan LongestCoolDown { get; init; } = RateTable.LongestCoolDown;

    /// <summary>After this time a planner closes its plan as partial. Default 25 min.</summary>
    public TimeSpan LongestPlanning { get; init; } = TimeSpan.FromMinutes(25);

    /// <summary>A lease that nobody renewed for this long is lost. Default 2 min.</summary>
    public TimeSpan LeaseAge { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How often a lease is renewed. Default 30 s.</summary>
    public TimeSpan LeaseRenewal { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Batches without receipt a planner keeps in flight. Default 1,000.</summary>
    public int MaxInFlight { get; init; } = 1000;

    /// <summary>How often somebody who waits for receipts looks. Default 1 s.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>New attempts after a source fault in the middle of a read. Default 3.</summary>
    public int MaxReadAttempts { get; init; } = 3;

    /// <summary>Runs and folded receipts are kept this long. Default 30 days.</summary>
    public TimeSpan KeepRuns { get; init; } = TimeSpan.FromDays(30);
}
