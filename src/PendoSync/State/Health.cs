namespace PendoSync.State;

/// <summary>Whether a sync does its work.</summary>
public enum Health
{
    /// <summary>What the warehouse has arrives in Pendo.</summary>
    Healthy,

    /// <summary>It works; more records than a few are refused or were given up.</summary>
    Degraded,

    /// <summary>Nothing or too little arrives.</summary>
    Failing,

    /// <summary>Paused, or it has never run.</summary>
    Idle,
}

/// <summary>The health of a sync, with its reason.</summary>
/// <param name="Health">The word.</param>
/// <param name="Reason">Why, in a sentence; null when there is nothing to say. A paused sync keeps what was wrong.</param>
/// <param name="Fix">What mends it; null when there is nothing to mend.</param>
public sealed record HealthReport(Health Health, string? Reason = null, string? Fix = null);
