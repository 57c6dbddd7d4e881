using FsCheck;
using FsCheck.Fluent;
using PendoSync.Batches;
using PendoSync.Values;

namespace PendoSync.Tests.Batches;

public sealed class BatchBuilderTests
{
    [Fact]
    public void Every_record_is_in_one_batch_in_its_order_and_no_batch_is_too_large() =>
        Prop.ForAll(ArbMap.Default.ArbFor<(NonEmptyArray<byte> Sizes, PositiveInt Records, PositiveInt Bytes)>(), c =>
            Holds(c.Sizes.Get, c.Records.Get, c.Bytes.Get * 20))
            .QuickCheckThrowOnFailure();

    [Fact]
    public void The_lowest_cursor_of_a_batch_is_known_and_forgotten_with_it()
    {
        var builder = new BatchBuilder(10, 1000, events: false);
        Assert.Null(builder.LowestCursor);
        builder.Add(1, 1, 0, "", "a"u8, CursorValue.Of(5));
        builder.Add(2, 1, 0, "", "b"u8, null);
        builder.Add(3, 1, 0, "", "c"u8, CursorValue.Of(3));
        Assert.Equal(CursorValue.Of(3), builder.LowestCursor);
        builder.Take();
        Assert.Null(builder.LowestCursor);
    }

    private static bool Holds(byte[] sizes, int maxRecords, int maxBytes)
    {
        var builder = new BatchBuilder(maxRecords, maxBytes, events: true);
        var batches = new List<PackedRecords>();
        for (var i = 0; i < sizes.Length; i++)
        {
            var payload = Payload(sizes, i);
            if (!builder.HasRoomFor(payload.Length))
                batches.Add(builder.Take());
            builder.Add((ulong)i + 1, (ulong)i + 2, (byte)i, $"id{i}", payload, null);
        }

        batches.Add(builder.Take());
        var next = 0;
        foreach (var batch in batches)
        {
            if (batch.Count > maxRecords || batch.Count == 0 || (batch.Count > 1 && batch.Bytes.Length > maxBytes))
                return false;
            for (var i = 0; i < batch.Count; i++, next++)
            {
                if (!batch.PayloadOf(i).Span.SequenceEqual(Payload(sizes, next)) || batch.KeyOf(i) != $"id{next}"
                    || (batch.KeyHashes[i], batch.Fingerprints[i], batch.Tries[i]) != ((ulong)next + 1, (ulong)next + 2, (byte)next))
                    return false;
            }
        }

        return next == sizes.Length && builder.Count == 0;
    }

    private static byte[] Payload(byte[] sizes, int i) => [.. Enumerable.Repeat((byte)i, sizes[i] * (i % 7 == 0 ? 1000 : 1))];
}
