using System.Text.Json;

namespace PendoSync.State;

/// <summary>What a comparison with Pendo found; kept in the checkpoint.</summary>
/// <param name="At">When; of a sync that was never compared, since when its next comparison is counted.</param>
/// <param name="RunId">The run that compared; null when none did yet.</param>
/// <param name="Rows">Valid rows.</param>
/// <param name="Equal">Of them: Pendo holds them as the warehouse has them.</param>
/// <param name="Drifted">Of them: Pendo accepted them and holds something else.</param>
/// <param name="Repaired">True: those were sent again.</param>
public sealed record Verified(DateTimeOffset At, string? RunId, long Rows, long Equal, long Drifted, bool Repaired)
{
    /// <summary>Most points of <see cref="History"/>.</summary>
    public const int MostPoints = 30;

    private const int MostFields = 10;

    /// <summary>When it is tried again, since Pendo could not be read; null: it could.</summary>
    public DateTimeOffset? RetryAt { get; init; }

    /// <summary>Drifted records that Pendo does not have at all.</summary>
    public long Missing { get; init; }

    /// <summary>Records that were accepted within the hour before, of which nothing is said.</summary>
    public long NotJudged { get; init; }

    /// <summary>Drifted records by field, the ten largest.</summary>
    public IReadOnlyDictionary<string, long> ByField { get; init; } = new Dictionary<string, long>(StringComparer.Ordinal);

    /// <summary>Earlier comparisons and this one, oldest first.</summary>
    public IReadOnlyList<DriftPoint> History { get; init; } = [];

    /// <summary>This one after another.</summary>
    public Verified After(Verified? before) => this with
    {
        RetryAt = null,
        ByField = ByField.OrderByDescending(f => f.Value).ThenBy(f => f.Key, StringComparer.Ordinal).Take(MostFields)
            .ToDictionary(StringComparer.Ordinal),
        History = [.. (before?.History ?? []).Append(new DriftPoint(At, Rows, Drifted, ByField.OrderByDescending(f => f.Value).Take(3)
            .ToDictionary(StringComparer.Ordinal))).TakeLast(MostPoints)],
    };

    internal static Verified Read(string json, DateTimeOffset now)
    {
        var read = StateJson.Read<Verified>(json);
        return read with { At = Instants.Past(read.At, now) };
    }
}

/// <summary>One comparison of the past.</summary>
/// <param name="At">When.</param>
/// <param name="Rows">Valid rows.</param>
/// <param name="Drifted">Records that Pendo had accepted and held otherwise.</param>
/// <param name="ByField">Of them by field, the three largest.</param>
public sealed record DriftPoint(DateTimeOffset At, long Rows, long Drifted, IReadOnlyDictionary<string, long> ByField);
