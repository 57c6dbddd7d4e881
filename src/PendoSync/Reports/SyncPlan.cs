using System.Text.Json;
using System.Text.Json.Serialization;

namespace PendoSync.Reports;

/// <summary>What a run would do; nothing was written to find out (promise 10).</summary>
public sealed record SyncPlan
{
    /// <summary>The sync.</summary>
    public required string Sync { get; init; }

    /// <summary>Rows read.</summary>
    public long Read { get; init; }

    /// <summary>Rows that would be rejected before sending.</summary>
    public long Invalid { get; init; }

    /// <summary>As Pendo accepted it last.</summary>
    public long Unchanged { get; init; }

    /// <summary>Rejected earlier, next try not due.</summary>
    public long Waiting { get; init; }

    /// <summary>Would be sent.</summary>
    public long Planned { get; init; }

    /// <summary>Why they would be sent.</summary>
    public PlanReasons Reasons { get; init; } = new();

    /// <summary>Some of them, field by field, with what Pendo holds now.</summary>
    public IReadOnlyList<PlanSample> Sample { get; init; } = [];

    /// <summary>One sentence that says what the run would do.</summary>
    public string Effect { get; init; } = "";

    /// <summary>Bulk or track calls it would take.</summary>
    public long Calls { get; init; }

    /// <summary>Rows that would be rejected, by rule.</summary>
    public IReadOnlyDictionary<string, long> InvalidRules { get; init; } = new Dictionary<string, long>(StringComparer.Ordinal);

    /// <summary>The same in groups by rule and column, with the keys of some.</summary>
    public IReadOnlyList<ProblemGroup> Groups { get; init; } = [];

    /// <summary>True when the whole model is read.</summary>
    public bool Full { get; init; }

    /// <summary>IANA zone of timestamps without zone.</summary>
    public string TimeZone { get; init; } = "UTC";

    /// <summary>The next five times that the schedule makes the sync due, with the offset of the sync's zone; empty without one.</summary>
    public IReadOnlyList<DateTimeOffset> NextTimes { get; init; } = [];

    /// <summary>What reading costs, where the warehouse says so beforehand.</summary>
    public string? Estimate { get; init; }

    /// <summary>Fields that would be created in Pendo.</summary>
    public IReadOnlyList<PlanField> NewFields { get; init; } = [];

    /// <summary>Things a person should know.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];

    /// <summary>What would stop the run; null when nothing would.</summary>
    public Problem? Error { get; init; }
}

/// <summary>Why records would be sent.</summary>
public sealed record PlanReasons
{
    /// <summary>The key was never accepted.</summary>
    public long New { get; init; }

    /// <summary>The row differs from what Pendo accepted.</summary>
    public long Changed { get; init; }

    /// <summary>Rejected before and due again.</summary>
    public long Retry { get; init; }

    /// <summary>The definition has changed since Pendo accepted it, or a full run sends everything.</summary>
    public long Mapping { get; init; }
}

/// <summary>One field of one record that would be sent.</summary>
/// <param name="Key">The record.</param>
/// <param name="Field">The field.</param>
/// <param name="Old">What Pendo holds now; null when nothing.</param>
/// <param name="New">What would be sent.</param>
public sealed record PlanSample(string Key, string Field, JsonElement? Old, JsonElement? New);

/// <summary>A field that would be created.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">string, number, time or boolean.</param>
public sealed record PlanField(string Name, string Type);

/// <summary>The plans of one command.</summary>
/// <param name="Syncs">In the order of the names.</param>
/// <param name="Error">Why not even the names are known; left out when there is nothing to say.</param>
public sealed record PlanReport(
    IReadOnlyList<SyncPlan> Syncs,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Problem? Error = null);
