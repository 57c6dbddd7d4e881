using PendoSync.Batches;
using PendoSync.Snapshot;
using PendoSync.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.State;

public sealed class SnapshotTableTests
{
    private static readonly DateTimeOffset _now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private const string Day = "2026-03-01";
    private readonly MemoryTableStore _store = new(new ManualClock());

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_base_of_many_pages_comes_back_whole(bool events)
    {
        var index = Filled(events, 100_000);
        var part = await new SnapshotTable(_store).WriteAsync("s", "a", Day, index, seenOnly: false, default);
        Assert.Equal((100_000L, 10_000L, 7, new KeyCounts(100_000, 0, 10_000, 0)), (part.Accepted, part.Waiting, part.Bits, part.Adds));
        // All keys share their first digit, so that a page holds more than one property of 64 KiB.
        Assert.Equal(["b000018", "b000019", "b00001a", "b00001b", "b00001c", "b00001d", "b00001e", "b00001f", "reasons"],
            (await RowsAsync("s+a+3")).Concat((await RowsAsync("s+a+0")).Where(r => r[0] != 'b')));

        var read = new SnapshotIndex(events);
        await new SnapshotTable(_store).LoadAsync("s", part, read, default);

        Assert.Equal(Accepted(index), Accepted(read));
        Assert.Equal((100_000L, 10_000L), (read.Accepted, read.WaitingCount));
        var rejected = read.FindWaiting(KeyOf(100_005), 100_005)!.Value;
        Assert.Equal(("reason 5", RecordOutcome.Rejected, _now.AddHours(1)),
            (read.Reasons[rejected.Reason], rejected.Outcome, rejected.Due));
        Assert.Null(read.FindWaiting(KeyOf(1), 1));
    }

    [Fact]
    public async Task Only_seen_keys_are_kept_on_request()
    {
        var index = Filled(events: false, 10);
        index.See(KeyOf(4), 4, out _);
        index.See(KeyOf(10), 10, out _);

        var part = await new SnapshotTable(_store).WriteAsync("s", "a", Day, index, seenOnly: true, default);
        Assert.Equal((1L, 1L), (part.Accepted, part.Waiting));
    }

    [Fact]
    public async Task A_base_with_another_number_of_records_is_refused()
    {
        var index = Filled(events: false, 10);
        var table = new SnapshotTable(_store);
        var part = await table.WriteAsync("s", "a", Day, index, seenOnly: false, default);
        var read = new SnapshotIndex(events: false);

        var problem =
            (await Assert.ThrowsAsync<ProblemException>(() =>
            table.LoadAsync("s", part with { Accepted = part.Accepted + 1 }, read, default))).Problem;
        Assert.Equal(ProblemKind.State, problem.Kind);
        Assert.Contains("reset", problem.Fix);
    }

    [Fact]
    public async Task Reasons_of_two_segments_are_not_mixed_up()
    {
        var table = new SnapshotTable(_store);
        var read = new SnapshotIndex(events: true);
        await table.LoadAsync("s", await WriteAsync(table, "a", 1, "from a"), read, default);
        await table.LoadAsync("s", await WriteAsync(table, "b", 2, "from b"), read, default);

        Assert.Equal("from a", read.Reasons[read.FindWaiting(KeyOf(1), 1)!.Value.Reason]);
        Assert.Equal("from b", read.Reasons[read.FindWaiting(KeyOf(2), 2)!.Value.Reason]);
    }

    [Fact]
    public async Task Too_many_reasons_are_left_out_and_no_record_gets_a_wrong_one()
    {
        var index = new SnapshotIndex(events: false);
        for (var i = 0; i < 900; i++)
            index.SetRejected(KeyOf(i), 1, 1, RecordOutcome.Rejected, $"{i:D4}" + new string('ж', 400), _now);
        var table = new SnapshotTable(_store);
        var part = await table.WriteAsync("s", "a", Day, index, seenOnly: false, default);
        var read = new SnapshotIndex(events: false);
        await table.LoadAsync("s", part, read, default);

        var reasons = Enumerable.Range(0, 900).Select(i => (i, Text: read.Reasons[read.FindWaiting(KeyOf(i), 1)!.Value.Reason])).ToList();
        Assert.All(reasons, r => Assert.True(r.Text.Length == 0 || r.Text.StartsWith($"{r.i:D4}", StringComparison.Ordinal)));
        Assert.Contains(reasons, r => r.Text.Length > 0);
    }

    [Fact]
    public async Task A_deleted_segment_leaves_nothing_behind()
    {
        var index = Filled(events: false, 100);
        var table = new SnapshotTable(_store);
        await table.WriteAsync("s", "a", Day, index, seenOnly: false, default);
        await table.DeleteAsync("s", "a", default);

        for (var digit = 0; digit < 16; digit++)
            Assert.Empty(await RowsAsync($"s+a+{digit:x1}"));
    }

    private static Task<BasePart> WriteAsync(SnapshotTable table, string id, int number, string reason)
    {
        var index = new SnapshotIndex(events: true);
        index.SetRejected(KeyOf(number), (ulong)number, (ulong)number, RecordOutcome.Rejected, reason, _now);
        return table.WriteAsync("s", id, Day, index, seenOnly: false, default);
    }

    private static IEnumerable<ulong> Accepted(SnapshotIndex index) =>
        index.SortedAccepted(0, PackedTable.Parts, seenOnly: false);

    private async Task<List<string>> RowsAsync(string partition)
    {
        var rows = new List<string>();
        await foreach (var row in _store.QueryAsync(Tables.Snapshots, partition, RowRange.All, [], default))
            rows.Add(row.Row);
        return rows;
    }

    private static SnapshotIndex Filled(bool events, int count)
    {
        var index = new SnapshotIndex(events);
        for (var i = 0; i < count; i++)
            index.SetAccepted(KeyOf(i), (ulong)i + 1);
        for (var i = count; i < count + (count / 10); i++)
            index.SetRejected(KeyOf(i), (ulong)i, (ulong)i, RecordOutcome.Rejected, $"reason {i % 10}", _now);
        return index;
    }

    // Spread over the part's 56 lower bits, as hashes are.
    private static ulong KeyOf(int i) => 0x3000_0000_0000_0000 | ((ulong)(i + 1) * 0x9E37_79B9_7F4A_7C15 >> 4);
}
