using System.Globalization;
using PendoSync.Batches;

namespace PendoFunctions.Azure;

/// <summary>A batch's header as application properties of its message, so that even a batch nobody can read is settled.</summary>
public static class BatchProperties
{
    internal const string Sync = "sync";
    internal const string Run = "run";

    /// <summary>On a batch that came back from the dead letters.</summary>
    internal const string Returned = "returned";

    private const string Attempt = "attempt";
    private const string Batch = "batch";
    private const string Records = "records";
    private const string Cursor = "cursor";
    private const string Events = "events";
    private const string Format = "format";
    private const string Copy = "copy";

    // batch_size allows no more; a larger number was not written by us.
    private const int MaxRecords = 10_000;

    /// <summary>Puts the header onto a message.</summary>
    public static void Write(IDictionary<string, object> properties, BatchHeader header, int copy)
    {
        properties[Sync] = header.Id.Sync;
        properties[Run] = header.Id.RunId;
        properties[Attempt] = header.Id.Attempt;
        properties[Batch] = header.Id.Number;
        properties[Records] = header.Records;
        properties[Events] = header.IsEvents;
        properties[Format] = RecordBatch.CurrentFormat;
        properties[Copy] = copy;
        if (header.Cursor is not null)
            properties[Cursor] = header.Cursor;
    }

    /// <summary>Reads it back; null when a part is missing, since whoever resends a message by hand may lose or retype some.</summary>
    public static BatchHeader? Read(IReadOnlyDictionary<string, object> properties) =>
        Text(properties, Sync) is { } sync && Text(properties, Run) is { } run && Number(properties, Attempt) is { } attempt
        && Number(properties, Batch) is { } number && Number(properties, Records) is <= MaxRecords and var records
            ? new BatchHeader(new BatchId(sync, run, attempt, number), records, Text(properties, Cursor),
                properties.GetValueOrDefault(Events) is true)
            : null;

    private static string? Text(IReadOnlyDictionary<string, object> properties, string name) =>
        properties.GetValueOrDefault(name) is string { Length: > 0 } text ? text : null;

    private static int? Number(IReadOnlyDictionary<string, object> properties, string name) =>
        int.TryParse(Convert.ToString(properties.GetValueOrDefault(name), CultureInfo.InvariantCulture), out var number)
            && number >= 0 ? number : null;
}
