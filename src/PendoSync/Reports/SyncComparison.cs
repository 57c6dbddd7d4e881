using System.Text.Json.Serialization;
using PendoSync.Planning;

namespace PendoSync.Reports;

/// <summary>How warehouse and Pendo stand to each other, record by record; nothing was written to find out.</summary>
public sealed record SyncComparison
{
    /// <summary>The sync.</summary>
    public required string Sync { get; init; }

    /// <summary>Records that both sides have, as far as their rows are valid.</summary>
    public long InBoth { get; init; }

    /// <summary>Of them: every field that is sent is the same.</summary>
    public long Equal { get; init; }

    /// <summary>Of them: a field differs.</summary>
    public long Different { get; init; }

    /// <summary>Records that only the warehouse has.</summary>
    public long OnlyWarehouse { get; init; }

    /// <summary>Records that only Pendo has.</summary>
    public long OnlyPendo { get; init; }

    /// <summary>Rows that would not be sent, since they are invalid; they are not compared.</summary>
    public long Invalid { get; init; }

    /// <summary>Records that Pendo gave in one reading and not in the next: nothing is said of them.</summary>
    public long Unsettled { get; init; }

    /// <summary>Different records by field.</summary>
    public IReadOnlyDictionary<string, long> ByField { get; init; } = new Dictionary<string, long>(StringComparer.Ordinal);

    /// <summary>A few fields with both values.</summary>
    public IReadOnlyList<ComparedValue> Sample { get; init; } = [];

    /// <summary>Of those different or only in the warehouse: the next run sends them (with a cursor: the next full read).</summary>
    public long NextRunMends { get; init; }

    /// <summary>
    /// Of those different or only in the warehouse: the next run does not send them, since Pendo accepted them or they wait.
    /// </summary>
    public long NextRunLeaves { get; init; }

    /// <summary>Of those left: Pendo accepted them, more than an hour ago, and holds something else now.</summary>
    public long Drifted { get; init; }

    /// <summary>Calls to Pendo.</summary>
    public long Calls { get; init; }

    /// <summary>Things a person should know.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];

    /// <summary>Why it could not be found out; null when it could.</summary>
    public Problem? Error { get; init; }
}

/// <summary>The comparisons of one command.</summary>
/// <param name="Syncs">In the order of the names.</param>
/// <param name="Error">Why not even the names are known; left out when there is nothing to say.</param>
public sealed record ComparisonReport(
    IReadOnlyList<SyncComparison> Syncs,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Problem? Error = null);

/// <summary>What was taken over from Pendo before anything was sent.</summary>
public sealed record SyncAdoption
{
    /// <summary>The sync.</summary>
    public required string Sync { get; init; }

    /// <summary>Rows read.</summary>
    public long Read { get; init; }

    /// <summary>Records that Pendo holds as the warehouse has them: taken over, so that they are not sent.</summary>
    public long Equal { get; init; }

    /// <summary>Records that Pendo holds otherwise: they are sent.</summary>
    public long Different { get; init; }

    /// <summary>Records that Pendo does not have.</summary>
    public long OnlyWarehouse { get; init; }

    /// <summary>Records that only Pendo has: they stay as they are.</summary>
    public long OnlyPendo { get; init; }

    /// <summary>Why nothing was taken over; null when it was.</summary>
    public Problem? Error { get; init; }
}

/// <summary>The adoptions of one command.</summary>
/// <param name="Syncs">In the order of the names.</param>
/// <param name="Error">Why not even the names are known; left out when there is nothing to say.</param>
public sealed record AdoptionReport(
    IReadOnlyList<SyncAdoption> Syncs,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Problem? Error = null);
