using System.IO.Compression;
using System.Text;
using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Batches;

public sealed class RecordBatchFormatTests
{
    [Fact]
    public void A_batch_of_records_comes_back_as_it_was()
    {
        var batch = Batch(["{\"id\":\"a\",\"Zürich\":\"日本 😀 \\u0041\\n\",\"n\":1.50}", "{\"id\" : \"b\", \"x\":[1, 2]}", "{}"],
            events: false);

        AssertSame(batch, RecordBatchFormat.Read(RecordBatchFormat.Write(batch)));
    }

    [Fact]
    public void A_batch_of_events_comes_back_as_it_was()
    {
        var batch = Batch(["{\"type\":\"track\"}", "{\"type\":\"track\",\"p\":{}}"], events: true);

        AssertSame(batch, RecordBatchFormat.Read(RecordBatchFormat.Write(batch)));
        AssertSame(batch.Again(countTry: true), RecordBatchFormat.Read(RecordBatchFormat.Write(batch.Again(countTry: true))));
    }

    [Fact]
    public void A_thousand_usual_records_fit_well_into_a_message()
    {
        var batch = Batch([.. Enumerable.Range(0, 1000)
            .Select(i => $$"""{"id":"visitor-{{i}}","plan":"enterprise","seats":{{i * 7}},"city":"Berlin"}""")], events: false);

        var body = RecordBatchFormat.Write(batch);

        Assert.InRange(body.Length, 1, 64 * 1024);
        AssertSame(batch, RecordBatchFormat.Read(body));
    }

    [Fact]
    public void Any_payloads_come_back_byte_by_byte()
    {
        var random = new Random(7);
        for (var round = 0; round < 200; round++)
        {
            var payloads = Enumerable.Range(0, random.Next(0, 20)).Select(i =>
            {
                var text = new string([.. Enumerable.Range(0, random.Next(30)).Select(_ => (char)random.Next(0x20, 0xD7FF))]);
                return System.Text.Json.JsonSerializer.Serialize(new Dictionary<string, object?>
                {
                    ["id"] = $"{i}",
                    [text] = text,
                    ["n"] = random.NextDouble()
                },
                    new System.Text.Json.JsonSerializerOptions
                    {
                        Encoder =
                    System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping
                    });
            }).ToArray();
            var batch = Batch(payloads, events: round % 2 == 0);
            AssertSame(batch, RecordBatchFormat.Read(RecordBatchFormat.Write(batch)));
        }
    }

    [Fact]
    public void A_damaged_body_is_a_FormatException_and_nothing_else()
    {
        var good = RecordBatchFormat.Write(Batch(["{\"id\":\"a\",\"x\":1}", "{\"id\":\"b\",\"x\":2}"], events: false));
        var random = new Random(11);
        for (var round = 0; round < Full.Count(100_000); round++)
        {
            var bytes = round % 3 == 0 ? good[..random.Next(good.Length)] : good.ToArray();
            for (var change = random.Next(1, 5); change > 0 && bytes.Length > 3; change--)
                bytes[random.Next(3, bytes.Length)] = (byte)random.Next(256);
            AssertReadsOrRefuses(bytes);
        }
    }

    [Fact]
    public void Damaged_JSON_is_a_FormatException_and_nothing_else()
    {
        var json = Unpacked(RecordBatchFormat.Write(Batch(["{\"id\":\"a\"}", "{\"id\":\"b\"}"], events: true)));
        var random = new Random(13);
        string[] pieces = ["null", "-1", "1e400", "\"\"", "[]", "{}", "true", ",", "99999999999999999999", "\"x\":"];
        for (var round = 0; round < Full.Count(100_000); round++)
        {
            var at = random.Next(json.Length);
            var piece = pieces[random.Next(pieces.Length)];
            AssertReadsOrRefuses(Packed(json[..at] + piece + json[Math.Min(json.Length, at + random.Next(12))..]));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("PB")]
    [InlineData("not a batch")]
    [InlineData("{\"sync\":\"a\"}")]
    public void Garbage_is_a_FormatException(string body) =>
        Assert.Throws<FormatException>(() => RecordBatchFormat.Read(Encoding.UTF8.GetBytes(body)));

    [Theory]
    [InlineData("id", "$")]
    [InlineData("attempt", "$.id")]
    [InlineData("target", "$")]
    [InlineData("connection", "$.target")]
    [InlineData("first_enqueued", "$")]
    [InlineData("lengths", "$")]
    [InlineData("keys", "$")]
    [InlineData("fingerprints", "$")]
    [InlineData("tries", "$")]
    public void A_missing_part_is_refused_with_its_place(string part, string place)
    {
        var json = Unpacked(RecordBatchFormat.Write(Batch(["{\"id\":\"a\"}"], events: false)));

        var error = Assert.Throws<FormatException>(() => RecordBatchFormat.Read(Packed(json.Replace($"\"{part}\":", "\"other\":"))));

        Assert.EndsWith($"(at {place})", error.Message);
    }

    [Theory]
    [InlineData("{\"id\":\"a\"", false)]
    [InlineData("[1]", false)]
    [InlineData("{} {}", false)]
    [InlineData("{\"id\":\"a\"}", true)]
    public void A_payload_is_one_whole_JSON_object(string payload, bool isOne)
    {
        var body = RecordBatchFormat.Write(Batch([payload], events: false));

        if (isOne)
            Assert.Equal(1, RecordBatchFormat.Read(body).Records.Count);
        else
            Assert.Throws<FormatException>(() => RecordBatchFormat.Read(body));
    }

    [Fact]
    public void Records_and_bookkeeping_must_agree_in_number()
    {
        var json = Unpacked(RecordBatchFormat.Write(Batch(["{\"id\":\"a\"}", "{\"id\":\"b\"}"], events: false)));

        Assert.Throws<FormatException>(() => RecordBatchFormat.Read(Packed(json.Replace("\"lengths\":[10,10]", "\"lengths\":[20]"))));
    }

    [Fact]
    public void Hashes_are_base64_of_eight_bytes_each_least_first()
    {
        var batch = Batch(["{\"id\":\"a\"}", "{\"id\":\"b\"}"], events: false);
        var json = Unpacked(RecordBatchFormat.Write(batch));

        // Worked out with another program: the largest number of 64 bits, and one less.
        Assert.Contains("\"keys\":\"///////////+/////////w==\"", json, StringComparison.Ordinal);
        Assert.Equal([ulong.MaxValue, ulong.MaxValue - 1], batch.Records.KeyHashes);
    }

    [Theory]
    [InlineData("\"///////////+////\"")]
    [InlineData("\"////////*//+/////////w==\"")]
    [InlineData("[18446744073709551615,18446744073709551614]")]
    [InlineData("12")]
    public void Hashes_that_are_cut_or_no_base64_are_refused_with_their_place(string keys)
    {
        var json = Unpacked(RecordBatchFormat.Write(Batch(["{\"id\":\"a\"}", "{\"id\":\"b\"}"], events: false)));
        var error = Assert.Throws<FormatException>(() =>
            RecordBatchFormat.Read(Packed(json.Replace("\"///////////+/////////w==\"", keys))));

        Assert.EndsWith("(at $.keys)", error.Message);
    }

    [Fact]
    public void A_later_version_may_add_properties()
    {
        var batch = Batch(["{\"id\":\"a\"}"], events: false);
        var json = Unpacked(RecordBatchFormat.Write(batch));

        AssertSame(batch,
            RecordBatchFormat.Read(Packed("{\"new\":{\"a\":[1]}," + json[1..].Replace("\"target\":{", "\"target\":{\"later\":[{}],"))));
    }

    [Fact]
    public void A_newer_format_is_told_apart_from_garbage()
    {
        var body = RecordBatchFormat.Write(Batch(["{\"id\":\"a\"}"], events: false));
        body[2] = RecordBatch.CurrentFormat + 1;

        Assert.Equal(RecordBatch.CurrentFormat + 1, Assert.Throws<NewerFormatException>(() => RecordBatchFormat.Read(body)).Format);
    }

    [Fact]
    public void A_body_that_unpacks_without_end_is_refused()
    {
        using var bomb = new MemoryStream();
        bomb.Write("PB\u0003"u8);
        using (var packing = new BrotliStream(bomb, CompressionLevel.Optimal, leaveOpen: true))
        {
            var blank = new byte[1024 * 1024];
            Array.Fill(blank, (byte)' ');
            for (var i = 0; i < 65; i++)
                packing.Write(blank);
        }

        Assert.True(bomb.Length < 100_000);
        Assert.Contains("more than", Assert.Throws<FormatException>(() => RecordBatchFormat.Read(bomb.ToArray())).Message);
    }

    internal static RecordBatch Batch(string[] payloads, bool events)
    {
        var bytes = payloads.Select(Encoding.UTF8.GetBytes).ToList();
        var end = 0;
        return new RecordBatch
        {
            Id = new BatchId("visitor-health", "visitor-health-abc123", 3, 17),
            Target = new BatchTarget
            {
                Connection = "production",
                Object = events ? PendoObject.TrackEvent : PendoObject.Visitor,
                Group = events ? "" : "agent",
                Create = !events,
                App = events ? "web-app" : null,
                Delivery = events ? DeliveryPolicy.AtMostOnce : default,
                Chunk = 50,
                Concurrency = 4,
                SendTooOld = events,
            },
            Records = new PackedRecords([.. bytes.SelectMany(b => b)], [.. bytes.Select(b => end += b.Length)],
                [.. bytes.Select((_, i) => ulong.MaxValue - (ulong)i)], [.. bytes.Select((_, i) => (ulong)i * 0x9E3779B97F4A7C15)],
                [.. bytes.Select((_, i) => (byte)i)], events ? [.. bytes.Select((_, i) => $"event \"{i}\"")] : null),
            Try = 2,
            Copy = 5,
            FirstEnqueued = new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero).AddTicks(1234567),
            Cursor = events ? null : "2026-03-01T00:00:00Z",
            TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        };
    }

    private static void AssertSame(RecordBatch expected, RecordBatch actual)
    {
        Assert.Equal(expected.Id, actual.Id);
        Assert.Equal(expected.Target, actual.Target);
        Assert.Equal((expected.Try, expected.Copy, expected.FirstEnqueued), (actual.Try, actual.Copy, actual.FirstEnqueued));
        Assert.Equal((expected.Cursor, expected.TraceParent), (actual.Cursor, actual.TraceParent));
        Assert.Equal(expected.Records.Bytes, actual.Records.Bytes);
        Assert.Equal(expected.Records.Ends, actual.Records.Ends);
        Assert.Equal(expected.Records.KeyHashes, actual.Records.KeyHashes);
        Assert.Equal(expected.Records.Fingerprints, actual.Records.Fingerprints);
        Assert.Equal(expected.Records.Tries, actual.Records.Tries);
        Assert.Equal(expected.Records.EventIds, actual.Records.EventIds);
    }

    private static void AssertReadsOrRefuses(byte[] body)
    {
        try
        {
            var batch = RecordBatchFormat.Read(body);
            for (var i = 0; i < batch.Records.Count; i++)
                Assert.Equal((byte)'{', batch.Records.PayloadOf(i).Span[0]);
        }
        catch (FormatException)
        {
        }
    }

    private static string Unpacked(byte[] body)
    {
        using var unpacking = new BrotliStream(new MemoryStream(body[3..]), CompressionMode.Decompress);
        return new StreamReader(unpacking).ReadToEnd();
    }

    private static byte[] Packed(string json)
    {
        using var body = new MemoryStream();
        body.Write("PB\u0003"u8);
        using (var packing = new BrotliStream(body, CompressionLevel.Fastest, leaveOpen: true))
            packing.Write(Encoding.UTF8.GetBytes(json));
        return body.ToArray();
    }
}
