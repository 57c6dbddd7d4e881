using System.Text;
using PendoSync.Batches;
using PendoSync.Definitions;

namespace PendoFunctions.Tests.Worlds;

/// <summary>Batches for tests of the message path.</summary>
internal static class SampleBatches
{
    /// <summary>A batch of visitors whose payloads do not compress.</summary>
    public static RecordBatch Visitors(int records, int bytesEach)
    {
        var random = new Random(3);
        var payloads = Enumerable.Range(0, records).Select(i =>
        {
            var noise = new byte[bytesEach * 3 / 4];
            random.NextBytes(noise);
            return Encoding.UTF8.GetBytes($$"""{"visitorId":"v{{i}}","noise":"{{Convert.ToBase64String(noise)}}"}""");
        }).ToList();
        var end = 0;
        return new RecordBatch
        {
            Id = new BatchId("visitors", "visitors-run1", 2, 7),
            Target = new BatchTarget { Connection = "production", Object = PendoObject.Visitor },
            Records = new PackedRecords([.. payloads.SelectMany(p => p)], [.. payloads.Select(p => end += p.Length)],
                new ulong[records], new ulong[records], new byte[records], null),
            Cursor = "2026-03-01",
            FirstEnqueued = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero),
        };
    }
}
