using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Text.Json;

namespace PendoSync.Batches;

/// <summary>A batch as a message body: three bytes that name the format, then Brotli over JSON with the payloads as they are.</summary>
public static partial class RecordBatchFormat
{
    /// <summary>A body that unpacks to more is refused: a batch has about 1 MB.</summary>
    public const int MaxUnpackedBytes = 64 * 1024 * 1024;

    private const int HeaderBytes = 3;

    private static ReadOnlySpan<byte> Magic => "PB"u8;

    /// <summary>The body; everything of the batch by value.</summary>
    public static byte[] Write(RecordBatch batch)
    {
        var json = new ArrayBufferWriter<byte>(batch.Records.Bytes.Length + (32 * batch.Records.Count) + 1024);
        using (var writer = new Utf8JsonWriter(json, new JsonWriterOptions { SkipValidation = true }))
            WriteBatch(writer, batch);

        using var body = new MemoryStream();
        body.Write(Magic);
        body.WriteByte(RecordBatch.CurrentFormat);
        using (var packed = new BrotliStream(body, CompressionLevel.Fastest, leaveOpen: true))
            packed.Write(json.WrittenSpan);
        return body.ToArray();
    }

    private static void WriteBatch(Utf8JsonWriter writer, RecordBatch batch)
    {
        writer.WriteStartObject();
        writer.WriteString("sync", batch.Id.Sync);
        writer.WriteString("run", batch.Id.RunId);
        writer.WriteNumber("attempt", batch.Id.Attempt);
        writer.WriteNumber("batch", batch.Id.Number);
        writer.WriteNumber("try", batch.Try);
        writer.WriteNumber("copy", batch.Copy);
        writer.WriteString("first_enqueued", batch.FirstEnqueued);
        WriteText(writer, "cursor", batch.Cursor);
        WriteText(writer, "trace_parent", batch.TraceParent);
        WriteTarget(writer, batch.Target);
        WriteRecords(writer, batch.Records);
        writer.WriteEndObject();
    }

    private static void WriteTarget(Utf8JsonWriter writer, BatchTarget target)
    {
        writer.WriteStartObject("target");
        writer.WriteString("connection", target.Connection);
        writer.WriteString("object", target.Object.ToString());
        writer.WriteString("group", target.Group);
        writer.WriteBoolean("create", target.Create);
        WriteText(writer, "app", target.App);
        writer.WriteString("delivery", target.Delivery.ToString());
        writer.WriteNumber("chunk", target.Chunk);
        writer.WriteNumber("concurrency", target.Concurrency);
        writer.WriteBoolean("send_too_old", target.SendTooOld);
        writer.WriteEndObject();
    }

    private static void WriteRecords(Utf8JsonWriter writer, PackedRecords records)
    {
        writer.WriteStartArray("payloads");
        for (var i = 0; i < records.Count; i++)
        {
            // Promise 1: the payload is copied, never written anew.
            var payload = records.PayloadOf(i).Span;
            if (payload is not [(byte)'{', .., (byte)'}'])
                throw new ArgumentException($"payload {i} is not a JSON object", nameof(records));
            writer.WriteRawValue(payload, skipInputValidation: true);
        }

        writer.WriteEndArray();
        writer.WriteBase64String("keys", Pack(records.KeyHashes));
        writer.WriteBase64String("fingerprints", Pack(records.Fingerprints));
        writer.WriteBase64String("tries", records.Tries);
        if (records.EventIds is null)
            return;
        writer.WriteStartArray("event_ids");
        foreach (var id in records.EventIds)
            writer.WriteStringValue(id);
        writer.WriteEndArray();
    }

    private static void WriteText(Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null)
            writer.WriteString(name, value);
    }

    private static byte[] Pack(ulong[] values)
    {
        var bytes = new byte[values.Length * sizeof(ulong)];
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(i * sizeof(ulong)), values[i]);
        return bytes;
    }
}

/// <summary>A body of a later version of this code: it is put back for whoever can read it, never dead-lettered.</summary>
public sealed class NewerFormatException(int format)
    : Exception($"the batch has format {format}, this version reads up to {RecordBatch.CurrentFormat}")
{
    /// <summary>The body's format.</summary>
    public int Format { get; } = format;
}
