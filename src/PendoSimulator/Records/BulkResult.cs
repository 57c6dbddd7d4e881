namespace PendoSimulator.Records;

/// <summary>An id that was refused and why.</summary>
internal readonly record struct RecordError(string Id, string Problem);

/// <summary>What a bulk call did, record by record.</summary>
internal sealed class BulkResult
{
    public int Total { get; set; }

    public int Updated { get; set; }

    public int Created { get; set; }

    public List<string> Missing { get; } = [];

    public List<RecordError> Errors { get; } = [];
}
