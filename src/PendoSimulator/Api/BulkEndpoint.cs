using System.Buffers;
using System.Collections.Concurrent;
using System.Text.Encodings.Web;
using System.Text.Json;
using PendoSimulator.Records;

namespace PendoSimulator.Api;

/// <summary><c>POST /api/v1/metadata/{kind}/{group}/value</c>: sets many values in one call.</summary>
internal sealed class BulkEndpoint(SimulatedPendo pendo)
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly ConcurrentBag<BulkBatch> batches = [];

    public Answer Handle(ApiCall call)
    {
        var options = pendo.Options;
        if (pendo.FindKind(call.PathPart(1)) is not { } kind)
            return Answer.Refused(options.UnknownKindStatus, $"Unknown kind {call.PathPart(1)}.", options.ErrorBodies);
        var group = call.PathPart(2);
        if (group is not ("agent" or "custom"))
            return Answer.Refused(options.UnwritableGroupStatus, $"Group {group} cannot be written; agent and custom can.",
                options.ErrorBodies);
        var batch = batches.TryTake(out var used) ? used : new BulkBatch();
        try
        {
            new BulkParser(options, kind, group, batch).Parse(call.Body);
            call.Records = batch.Records.Count;
            if (call.Records == 0 && options.EmptyArrayStatus != 200)
                return Answer.Refused(options.EmptyArrayStatus, "The array is empty.", options.ErrorBodies);
            if (options.MaxBulkRecords > 0 && call.Records > options.MaxBulkRecords)
                return Answer.Refused(options.TooLargeStatus, $"More than {options.MaxBulkRecords} records.", options.ErrorBodies);
            var result = kind.Records.Apply(batch, call.Create, options.RepeatedId, call.Fates);
            return Write(result, kind.Name, options);
        }
        catch (BadBulkException refusal)
        {
            return Answer.Refused(refusal.Status, refusal.Message, options.ErrorBodies);
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            // InvalidOperationException is what the reader throws for half of a surrogate pair.
            return Answer.Refused(options.MalformedBulkStatus, "The body is not valid JSON.", options.ErrorBodies);
        }
        finally
        {
            batch.Clear();
            batches.Add(batch);
        }
    }

    /// <summary>
    /// Keeps the documented sums: total = updated + failed, failed = missing + errors (target-pendo README, "Attributes").
    /// </summary>
    private static Answer Write(BulkResult result, string kind, SimulatorOptions options)
    {
        var counts = result.Counts(options.CreatedCountAsUpdated);
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            json.WriteStartObject();
            json.WriteNumber("total"u8, counts.Total);
            json.WriteNumber("updated"u8, counts.Updated);
            json.WriteNumber("failed"u8, counts.Failed);
            if (options.CountCreated)
                json.WriteNumber("created"u8, result.Created);
            WriteMissing(json, result, options);
            WriteErrors(json, result, options);
            if (options.EchoKind)
                json.WriteString("kind"u8, kind);
            json.WriteEndObject();
        }
        return Answer.Json(buffer.WrittenSpan.ToArray()) with { Bulk = counts };
    }

    private static void WriteMissing(Utf8JsonWriter json, BulkResult result, SimulatorOptions options)
    {
        if (result.Missing.Count == 0 && !options.EmptyListsShown)
            return;
        json.WriteStartArray("missing"u8);
        foreach (var id in result.Missing)
            json.WriteStringValue(id);
        json.WriteEndArray();
    }

    private static void WriteErrors(Utf8JsonWriter json, BulkResult result, SimulatorOptions options)
    {
        if (result.Errors.Count == 0 && !options.EmptyListsShown)
            return;
        json.WriteStartArray("errors"u8);
        foreach (var (id, problem) in result.Errors)
        {
            if (options.ErrorEntries == ErrorEntryFormat.Text)
            {
                json.WriteStringValue($"{CanonicalJson.Quote(id)}: {problem}");
                continue;
            }
            json.WriteStartObject();
            json.WriteString("id"u8, id);
            json.WriteString("error"u8, problem);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
