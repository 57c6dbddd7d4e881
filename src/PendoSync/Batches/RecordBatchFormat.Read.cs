using System.Buffers.Binary;
using System.IO.Compression;
using System.Text.Json;
using PendoSync.Definitions;

namespace PendoSync.Batches;

public static partial class RecordBatchFormat
{
    private delegate void PropertyReader(string name, ref Utf8JsonReader reader);

    /// <summary>The batch of a body.</summary>
    /// <exception cref="FormatException">The body is no batch; the message says why.</exception>
    /// <exception cref="NewerFormatException">A later version wrote it.</exception>
    public static RecordBatch Read(ReadOnlyMemory<byte> body)
    {
        if (body.Length < HeaderBytes || !body.Span.StartsWith(Magic) || body.Span[Magic.Length] == 0)
            throw new FormatException("the body is not a batch of records");
        var format = body.Span[Magic.Length];
        if (format > RecordBatch.CurrentFormat)
            throw new NewerFormatException(format);
        try
        {
            return new Reading(Unpack(body[HeaderBytes..])).ReadBatch();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or InvalidDataException or IOException
            or ArgumentException or OverflowException)
        {
            throw new FormatException("the batch of records is damaged: " + e.GetType().Name, e);
        }
    }

    private static ReadOnlyMemory<byte> Unpack(ReadOnlyMemory<byte> packed)
    {
        using var source = new MemoryStream(packed.ToArray(), writable: false);
        using var unpacking = new BrotliStream(source, CompressionMode.Decompress);
        using var json = new MemoryStream();
        var chunk = new byte[64 * 1024];
        int read;
        while ((read = unpacking.Read(chunk)) > 0)
        {
            if (json.Length + read > MaxUnpackedBytes)
                throw new FormatException($"the batch of records unpacks to more than {MaxUnpackedBytes} bytes");
            json.Write(chunk.AsSpan(0, read));
        }

        return json.GetBuffer().AsMemory(0, (int)json.Length);
    }

    /// <summary>One pass over the JSON, collecting the batch's parts.</summary>
    private sealed class Reading(ReadOnlyMemory<byte> json)
    {
        private string? _sync;
        private string? _run;
        private int? _attempt;
        private int? _number;
        private int? _try;
        private int? _copy;
        private DateTimeOffset? _firstEnqueued;
        private string? _cursor;
        private string? _traceParent;
        private BatchTarget? _target;
        private byte[]? _bytes;
        private int[]? _ends;
        private ulong[]? _keys;
        private ulong[]? _fingerprints;
        private byte[]? _tries;
        private string[]? _eventIds;

        public RecordBatch ReadBatch()
        {
            var reader = new Utf8JsonReader(json.Span);
            reader.Read();
            ReadObject(ref reader, ReadProperty);
            if (reader.Read())
                throw new FormatException("the batch of records has something after its end");
            return new RecordBatch
            {
                Id = new BatchId(Needed(_sync, "sync"), Needed(_run, "run"), Needed(_attempt, "attempt"), Needed(_number, "batch")),
                Target = _target ?? throw Missing("target"),
                Records = Records(),
                Try = Needed(_try, "try"),
                Copy = Needed(_copy, "copy"),
                FirstEnqueued = Needed(_firstEnqueued, "first_enqueued"),
                Cursor = _cursor,
                TraceParent = _traceParent,
            };
        }

        private PackedRecords Records()
        {
            var ends = _ends ?? throw Missing("payloads");
            var keys = _keys ?? throw Missing("keys");
            var fingerprints = _fingerprints ?? throw Missing("fingerprints");
            var tries = _tries ?? throw Missing("tries");
            if (keys.Length != ends.Length || fingerprints.Length != ends.Length || tries.Length != ends.Length
                || (_eventIds is not null && _eventIds.Length != ends.Length))
            {
                throw new FormatException("the batch's records and their bookkeeping differ in number");
            }

            if (_target!.Object == PendoObject.TrackEvent != _eventIds is not null)
                throw new FormatException("the batch has event ids without events, or events without ids");
            return new PackedRecords(_bytes!, ends, keys, fingerprints, tries, _eventIds);
        }

        // What a later version adds within this format is passed over.
        private void ReadProperty(string name, ref Utf8JsonReader reader)
        {
            switch (name)
            {
                case "sync": _sync = reader.GetString(); break;
                case "run": _run = reader.GetString(); break;
                case "attempt": _attempt = reader.GetInt32(); break;
                case "batch": _number = reader.GetInt32(); break;
                case "try": _try = reader.GetInt32(); break;
                case "copy": _copy = reader.GetInt32(); break;
                case "first_enqueued": _firstEnqueued = reader.GetDateTimeOffset(); break;
                case "cursor": _cursor = reader.GetString(); break;
                case "trace_parent": _traceParent = reader.GetString(); break;
                case "target": _target = ReadTarget(ref reader); break;
                case "payloads": ReadPayloads(ref reader); break;
                case "keys": _keys = Unpack(reader.GetBytesFromBase64()); break;
                case "fingerprints": _fingerprints = Unpack(reader.GetBytesFromBase64()); break;
                case "tries": _tries = reader.GetBytesFromBase64(); break;
                case "event_ids": _eventIds = ReadTexts(ref reader); break;
                default: reader.Skip(); break;
            }
        }

        private static BatchTarget ReadTarget(ref Utf8JsonReader reader)
        {
            var target = new BatchTarget { Connection = "", Object = (PendoObject)(-1) };
            ReadObject(ref reader, (string name, ref Utf8JsonReader value) => target = name switch
            {
                "connection" => target with { Connection = value.GetString() ?? "" },
                "object" => target with { Object = ReadEnum<PendoObject>(ref value) },
                "group" => target with { Group = value.GetString() ?? "" },
                "create" => target with { Create = value.GetBoolean() },
                "app" => target with { App = value.GetString() },
                "delivery" => target with { Delivery = ReadEnum<DeliveryPolicy>(ref value) },
                "chunk" => target with { Chunk = value.GetInt32() },
                "concurrency" => target with { Concurrency = value.GetInt32() },
                "send_too_old" => target with { SendTooOld = value.GetBoolean() },
                _ => Passed(target, ref value),
            });
            if (target.Connection.Length == 0 || !Enum.IsDefined(target.Object) || target.Chunk < 1 || target.Concurrency < 1)
                throw new FormatException("the batch does not say where it goes");
            return target;
        }

        private static BatchTarget Passed(BatchTarget target, ref Utf8JsonReader value)
        {
            value.Skip();
            return target;
        }

        private void ReadPayloads(ref Utf8JsonReader reader)
        {
            using var bytes = new MemoryStream();
            var ends = new List<int>();
            Expect(ref reader, JsonTokenType.StartArray);
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                Expect(ref reader, JsonTokenType.StartObject);
                var start = (int)reader.TokenStartIndex;
                reader.Skip();

                // Promise 1: the bytes between the braces are taken as they are.
                bytes.Write(json.Span[start..(int)reader.BytesConsumed]);
                ends.Add((int)bytes.Length);
            }

            (_bytes, _ends) = (bytes.ToArray(), [.. ends]);
        }

        private static string[] ReadTexts(ref Utf8JsonReader reader)
        {
            var texts = new List<string>();
            Expect(ref reader, JsonTokenType.StartArray);
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                texts.Add(reader.GetString() ?? throw new FormatException("the batch has an event without id"));
            return [.. texts];
        }

        private static void ReadObject(ref Utf8JsonReader reader, PropertyReader property)
        {
            Expect(ref reader, JsonTokenType.StartObject);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString()!;
                reader.Read();
                property(name, ref reader);
            }
        }

        private static T ReadEnum<T>(ref Utf8JsonReader reader)
            where T : struct, Enum =>
            Enum.TryParse<T>(reader.GetString(), out var value) && Enum.IsDefined(value)
                ? value
                : throw new FormatException($"the batch has an unknown {typeof(T).Name}");

        private static void Expect(ref Utf8JsonReader reader, JsonTokenType type)
        {
            if (reader.TokenType != type)
                throw new FormatException($"the batch has {reader.TokenType} in place of {type}");
        }

        private static ulong[] Unpack(byte[] bytes)
        {
            if (bytes.Length % sizeof(ulong) != 0)
                throw new FormatException("the batch has a cut hash");
            var values = new ulong[bytes.Length / sizeof(ulong)];
            for (var i = 0; i < values.Length; i++)
                values[i] = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(i * sizeof(ulong)));
            return values;
        }

        private static string Needed(string? value, string name) => string.IsNullOrEmpty(value) ? throw Missing(name) : value;

        private static T Needed<T>(T? value, string name)
            where T : struct => value ?? throw Missing(name);

        private static FormatException Missing(string name) => new($"the batch has no '{name}'");
    }
}
