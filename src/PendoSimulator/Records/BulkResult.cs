namespace PendoSimulator.Records;

/// <summary>An id that was refused and why.</summary>
internal readonly record struct RecordError(string Id, string Problem);

/// <summary>The numbers of a bulk answer.</summary>
public sealed record BulkCounts(int Total, int Updated, int Failed);

/// <summary>What a bulk call did, record by record.</summary>
internal sealed class BulkResult
{
    public int Total { get; set; }

    /// <summary>Written records, those that were created too.</summary>
    public int Updated { get; set; }

    public int Created { get; set; }

    public List<string> Missing { get; } = [];

    public List<RecordError> Errors { get; } = [];

    public BulkCounts Counts(bool createdCountAsUpdated) =>
        new(Total, createdCountAsUpdated ? Updated : Updated - Created, Total - Updated);
}
