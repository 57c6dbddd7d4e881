using System.Globalization;
using PendoSync.Running;

namespace PendoFunctions.Azure;

/// <summary>What a message says about its batch beside the body, so that even a batch nobody can read is settled.</summary>
/// <param name="Id">The batch; null when the properties do not name one.</param>
/// <param name="Records">How many records it holds.</param>
public sealed record BatchProperties(BatchId? Id, int Records)
{
    internal const string Sync = "sync";
    internal const string Run = "run";

    private const string Attempt = "attempt";
    private const string Batch = "batch";
    private const string RecordCount = "records";
    private const string Format = "format";
    private const string Copy = "copy";

    /// <summary>Puts the properties onto a message.</summary>
    public static void Write(IDictionary<string, object> properties, RecordBatch batch)
    {
        properties[Sync] = batch.Id.Sync;
        properties[Run] = batch.Id.RunId;
        properties[Attempt] = batch.Id.Attempt;
        properties[Batch] = batch.Id.Number;
        properties[RecordCount] = batch.Records.Count;
        properties[Format] = RecordBatch.CurrentFormat;
        properties[Copy] = batch.Copy;
    }

    /// <summary>Reads them back; whoever resends a message by hand may have lost or retyped some.</summary>
    public static BatchProperties Read(IReadOnlyDictionary<string, object> properties)
    {
        var id = Text(properties, Sync) is { } sync && Text(properties, Run) is { } run
            && Number(properties, Attempt) is { } attempt && Number(properties, Batch) is { } number
                ? new BatchId(sync, run, attempt, number)
                : null;
        return new BatchProperties(id, Number(properties, RecordCount) ?? 0);
    }

    private static string? Text(IReadOnlyDictionary<string, object> properties, string name) =>
        properties.GetValueOrDefault(name) is string { Length: > 0 } text ? text : null;

    private static int? Number(IReadOnlyDictionary<string, object> properties, string name) =>
        int.TryParse(Convert.ToString(properties.GetValueOrDefault(name), CultureInfo.InvariantCulture), out var number) && number >= 0 ? number : null;
}
