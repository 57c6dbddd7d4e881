using System.Buffers.Binary;
using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Serialization;
using PendoSync.Definitions;

namespace PendoSync.Batches;

/// <summary>
/// A batch as a message body: three bytes that name the format, then under Brotli one line of JSON and the payloads, byte by byte.
/// </summary>
public static class RecordBatchFormat
{
    /// <summary>A body that unpacks to more is refused: a batch has about 1 MB.</summary>
    public const int MaxUnpackedBytes = 64 * 1024 * 1024;

    private const int MagicBytes = 3;

    private static readonly JsonSerializerOptions _options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false), new HashesJson() },
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    private static ReadOnlySpan<byte> Magic => "PB"u8;

    /// <summary>The body; everything of the batch by value.</summary>
    public static byte[] Write(RecordBatch batch)
    {
        using var body = new MemoryStream();
        body.Write(Magic);
        body.WriteByte(RecordBatch.CurrentFormat);
        using (var packed = new BrotliStream(body, CompressionLevel.Fastest, leaveOpen: true))
            packed.Write(WritePlain(batch));
        return body.ToArray();
    }

    /// <summary>The batch of a body.</summary>
    /// <exception cref="FormatException">The body is no batch; the message says why.</exception>
    /// <exception cref="NewerFormatException">A later version wrote it.</exception>
    public static RecordBatch Read(ReadOnlyMemory<byte> body)
    {
        if (body.Length < MagicBytes || !body.Span.StartsWith(Magic) || body.Span[Magic.Length] is 0 or < RecordBatch.CurrentFormat)
            throw new FormatException("the body is not a batch of records");
        if (body.Span[Magic.Length] is > RecordBatch.CurrentFormat and var newer)
            throw new NewerFormatException(newer);
        try
        {
            var batch = ReadPlain(Unpack(body[MagicBytes..]));
            for (var i = 0; i < batch.Records.Count; i++)
                ExpectObject(batch.Records.PayloadOf(i).Span);
            return batch;
        }
        catch (JsonException e)
        {
            // The exception's own message may quote the body.
            throw new FormatException($"the batch of records is damaged (at {e.Path ?? "a payload"})", e);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or InvalidOperationException)
        {
            throw new FormatException("the batch of records does not unpack: " + e.GetType().Name, e);
        }
    }

    /// <summary>The line of JSON and the payloads, for those who keep them where nobody else can change them.</summary>
    internal static byte[] WritePlain(RecordBatch batch)
    {
        var header = JsonSerializer.SerializeToUtf8Bytes(Header.Of(batch), _options);
        // Promise 1: the payloads are copied, never written anew.
        return [.. header, (byte)'\n', .. batch.Records.Bytes];
    }

    /// <summary>The batch of what <see cref="WritePlain"/> wrote; the payloads are not looked at.</summary>
    internal static RecordBatch ReadPlain(ReadOnlySpan<byte> plain)
    {
        var end = plain.IndexOf((byte)'\n');
        var header = JsonSerializer.Deserialize<Header>(end < 0 ? plain : plain[..end], _options);
        return header?.Batch(plain[(end + 1)..].ToArray()) ?? throw new FormatException("the batch of records says nothing");
    }

    private static void ExpectObject(ReadOnlySpan<byte> payload)
    {
        var reader = new Utf8JsonReader(payload);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new FormatException("a payload of the batch is not a JSON object");
        while (reader.Read())
            continue;
    }

    private static ReadOnlySpan<byte> Unpack(ReadOnlyMemory<byte> packed)
    {
        using var unpacking = new BrotliStream(new MemoryStream(packed.ToArray(), writable: false), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        var chunk = new byte[64 * 1024];
        int read;
        while ((read = unpacking.Read(chunk)) > 0)
        {
            if (bytes.Length + read > MaxUnpackedBytes)
                throw new FormatException($"the batch of records unpacks to more than {MaxUnpackedBytes} bytes");
            bytes.Write(chunk.AsSpan(0, read));
        }

        return bytes.GetBuffer().AsSpan(0, (int)bytes.Length);
    }

    // Hashes as base64 of their bytes, least significant first: as digits they were half of the time that a batch took to write and read.
    private sealed class HashesJson : JsonConverter<ulong[]>
    {
        public override ulong[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var bytes = reader.GetBytesFromBase64();
            if (bytes.Length % sizeof(ulong) != 0)
                throw new JsonException("cut hashes");
            var hashes = new ulong[bytes.Length / sizeof(ulong)];
            for (var i = 0; i < hashes.Length; i++)
                hashes[i] = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(i * sizeof(ulong)));
            return hashes;
        }

        public override void Write(Utf8JsonWriter writer, ulong[] value, JsonSerializerOptions options)
        {
            var bytes = new byte[value.Length * sizeof(ulong)];
            for (var i = 0; i < value.Length; i++)
                BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(i * sizeof(ulong)), value[i]);
            writer.WriteBase64StringValue(bytes);
        }
    }

    /// <summary>All of a batch but its payloads. What a later version adds within this format is passed over.</summary>
    private sealed record Header(
        BatchId Id, BatchTarget Target, int Try, int Copy, DateTimeOffset FirstEnqueued, string? Cursor, string? TraceParent,
        int[] Lengths, ulong[] Keys, ulong[] Fingerprints, byte[] Tries, string[]? EventIds)
    {
        public static Header Of(RecordBatch batch)
        {
            var records = batch.Records;
            return new Header(batch.Id, batch.Target, batch.Try, batch.Copy, batch.FirstEnqueued, batch.Cursor, batch.TraceParent,
                [.. records.Ends.Select((end, i) => end - records.StartOf(i))], records.KeyHashes, records.Fingerprints, records.Tries,
                records.EventIds);
        }

        public RecordBatch Batch(byte[] payloads)
        {
            if (Id.Sync.Length == 0 || Id.RunId.Length == 0 || Target.Connection.Length == 0 || Target.Chunk < 1 || Target.Concurrency < 1)
                throw new FormatException("the batch does not say where it belongs and goes");
            if (Target.Object == PendoObject.TrackEvent != EventIds is not null)
                throw new FormatException("the batch has event ids without events, or events without ids");
            var ends = new int[Lengths.Length];
            var end = 0L;
            for (var i = 0; i < ends.Length; i++)
            {
                if (Lengths[i] < 0 || (end += Lengths[i]) > payloads.Length)
                    throw new FormatException("the batch's payloads are cut");
                ends[i] = (int)end;
            }

            if (end != payloads.Length || new[] { Keys.Length, Fingerprints.Length, Tries.Length, EventIds?.Length ?? ends.Length }
                .Any(length => length != ends.Length) || EventIds?.Contains(null!) == true)
                throw new FormatException("the batch's records and what is kept beside them differ in number");
            var records = new PackedRecords(payloads, ends, Keys, Fingerprints, Tries, EventIds);
            return new RecordBatch
            {
                Id = Id,
                Target = Target,
                Records = records,
                Try = Try,
                Copy = Copy,
                FirstEnqueued = FirstEnqueued,
                Cursor = Cursor,
                TraceParent = TraceParent,
            };
        }
    }
}

/// <summary>A body of a later version of this code: it is put back for whoever can read it, never dead-lettered.</summary>
public sealed class NewerFormatException(int format)
    : Exception($"the batch has format {format}, this version reads up to {RecordBatch.CurrentFormat}")
{
    /// <summary>The body's format.</summary>
    public int Format { get; } = format;
}
