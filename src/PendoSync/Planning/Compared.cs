using System.Text.Json;

namespace PendoSync.Planning;

/// <summary>How warehouse and Pendo stood to each other, counted by records.</summary>
internal sealed class Compared
{
    /// <summary>Rows read.</summary>
    public long Read { get; set; }

    /// <summary>Of them: rejected before sending; they are not compared.</summary>
    public long Invalid { get; set; }

    /// <summary>Both sides have it, and every field that is sent is the same.</summary>
    public long Equal { get; set; }

    /// <summary>Both sides have it, and a field differs.</summary>
    public long Different { get; set; }

    /// <summary>Pendo gave it in one reading and not in the next one: nothing is said of it.</summary>
    public long Unsettled { get; set; }

    /// <summary>Only the warehouse has it.</summary>
    public long OnlyWarehouse { get; set; }

    /// <summary>Only Pendo has it.</summary>
    public long OnlyPendo { get; set; }

    /// <summary>Of those different or only in the warehouse: the next run sends them.</summary>
    public long Mended { get; set; }

    /// <summary>Of those different or only in the warehouse: the next run does not, since Pendo accepted them or they wait.</summary>
    public long Left { get; set; }

    /// <summary>Different records by field.</summary>
    public Dictionary<string, long> ByField { get; } = new(StringComparer.Ordinal);

    /// <summary>A few fields with both values.</summary>
    public List<ComparedValue> Sample { get; } = [];

    /// <summary>
    /// Records that Pendo accepted as the warehouse has them and holds otherwise, or not at all, by the hash of their key; their fields by
    /// position, empty for those that Pendo does not have.
    /// </summary>
    public Dictionary<ulong, int[]> Drift { get; } = [];

    /// <summary>Of such records: those accepted within the last hour, of which nothing is said.</summary>
    public long NotJudged { get; set; }

    /// <summary>Names of the fields.</summary>
    public IReadOnlyList<string> Fields { get; set; } = [];

    /// <summary>Calls to Pendo.</summary>
    public long Calls { get; set; }

    /// <summary>Drifted records by field.</summary>
    public IReadOnlyDictionary<string, long> DriftByField => Drift.Values.SelectMany(f => f).GroupBy(f => f)
        .ToDictionary(g => Fields[g.Key], g => (long)g.Count(), StringComparer.Ordinal);
}

/// <summary>One field of one record that differs.</summary>
/// <param name="Key">The record.</param>
/// <param name="Field">The field.</param>
/// <param name="Warehouse">What the warehouse has; null when nothing.</param>
/// <param name="Pendo">What Pendo holds; null when nothing.</param>
public sealed record ComparedValue(string Key, string Field, JsonElement? Warehouse, JsonElement? Pendo);

/// <summary>How far reading both sides is.</summary>
/// <param name="Pendo">Records read from Pendo.</param>
/// <param name="Rows">Rows read from the warehouse.</param>
/// <param name="Again">Records read from Pendo once more, to be sure of what did not fit.</param>
public sealed record ComparisonProgress(long Pendo, long Rows, long Again);
