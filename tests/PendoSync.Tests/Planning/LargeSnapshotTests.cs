using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Planning;
using PendoSync.Runs;
using PendoSync.Snapshot;
using PendoSync.State;
using PendoSync.Tests.Faults;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Planning;

/// <summary>
/// A large snapshot is looked into and folded by small parts. What it says of a key, and how many it counts, is what all receipts say that
/// there ever were, one after the other.
/// </summary>
public sealed class LargeSnapshotTests
{
    private readonly ManualClock _clock = new();
    private readonly CountedTables _tables;
    private readonly StateStore _state;
    private readonly SnapshotLoader _loader;

    public LargeSnapshotTests()
    {
        _tables = new CountedTables(new MemoryTableStore(_clock));
        _state = new StateStore(_tables);
        _loader = new SnapshotLoader(_state, new EngineOptions { LargeSnapshot = 0 });
    }

    [Theory]
    [InlineData(false, 40)]
    [InlineData(true, 40)]
    [InlineData(false, 20_000)]
    [InlineData(true, 20_000)]
    public async Task It_says_what_all_receipts_say(bool events, int keys)
    {
        for (var seed = 0; seed < Full.Count(keys < 100 ? 200 : 6); seed++)
            await LiveAsync(new Random(seed), events, keys, $"{seed}");
    }

    [Fact]
    public async Task A_few_keys_cost_a_few_pages()
    {
        var checkpoint = await FilledAsync(200_000);
        var index = await _loader.LoadAsync(checkpoint, events: false, default, fewRows: true);
        var before = _tables.Reads;
        await index.LookUpAsync(Enumerable.Range(0, 20).Select(i => new SnapshotKey(HashOf(i), 0)), default);

        Assert.False(index.IsWhole);
        Assert.InRange(_tables.Reads - before, 1, 21);
        Assert.Equal(200_000, index.Accepted);
        Assert.InRange(index.Entries, 20, 20);
        Assert.Equal(7UL, index.FindAccepted(HashOf(6), 0));
        Assert.Equal(0UL, index.FindAccepted(HashOf(200_001), 0));
    }

    [Fact]
    public async Task Many_keys_load_it_whole()
    {
        var checkpoint = await FilledAsync(200_000);
        var index = await _loader.LoadAsync(checkpoint, events: false, default, fewRows: true);
        await index.LookUpAsync(Enumerable.Range(0, 2500).Select(i => new SnapshotKey(HashOf(i), 0)), default);
        Assert.False(index.IsWhole);
        await index.LookUpAsync(Enumerable.Range(2500, 2500).Select(i => new SnapshotKey(HashOf(i), 0)), default);

        Assert.True(index.IsWhole);
        Assert.Equal(200_000, index.Accepted);
    }

    [Fact]
    public async Task A_page_that_is_missing_is_a_problem_and_no_absent_key()
    {
        var checkpoint = await FilledAsync(200_000);
        var part = checkpoint.Parts.Single();
        var bucket = part.BucketOf(HashOf(3));
        await _tables.DeleteAsync(Tables.Snapshots, $"s+all+{bucket >> (part.Bits - 4):x1}", [SnapshotPage.KeyOf(bucket)], default);
        var index = await _loader.LoadAsync(checkpoint, events: false, default, fewRows: true);

        var problem = (await Assert.ThrowsAsync<ProblemException>(
            () => index.LookUpAsync([new SnapshotKey(HashOf(3), 0)], default))).Problem;
        Assert.Equal((ProblemKind.State, "sync 's'"), (problem.Kind, problem.Place));
    }

    private async Task<Checkpoint> FilledAsync(int count)
    {
        var index = new SnapshotIndex(events: false);
        for (var i = 0; i < count; i++)
            index.SetAccepted(HashOf(i), (ulong)i + 1);
        var checkpoint = new Checkpoint { Sync = "s", Seeds = default, ReadAt = _clock.Now };
        return checkpoint with { Parts = await _loader.RewriteAsync(checkpoint, index, seenOnly: false, "all", default) };
    }

    private async Task LiveAsync(Random random, bool events, int keys, string name)
    {
        var sync = $"s{name}";
        var (checkpoint, all) = (new Checkpoint { Sync = sync, Seeds = default, ReadAt = _clock.Now }, new List<EndedAttempt>());
        for (var round = 0; round < 12; round++)
        {
            var attempt = await WriteAsync(random, events, keys, $"{sync}-{round}");
            all.Add(attempt);
            checkpoint = checkpoint with { Ended = [.. checkpoint.Ended, attempt], ReadAt = _clock.Now };
            var (index, known) = (await _loader.LoadAsync(checkpoint, events, default, fewRows: random.Next(3) > 0),
                await _loader.LoadAsync(checkpoint with { Parts = [], Ended = all }, events, default));
            var some = Enumerable.Range(0, Math.Min(keys, 300)).Select(_ => random.Next(keys)).ToList();
            await index.LookUpAsync(some.Select(i => KeyOf(i, events)), default);
            foreach (var key in some.Select(i => KeyOf(i, events)))
                Assert.Equal(StateOf(known, key), StateOf(index, key));
            Assert.Equal(known.CountByOutcome(), index.CountByOutcome());
            // As a read does with all rows that it meets; what is met is neither sent nor taken.
            foreach (var key in some.Select(i => KeyOf(i, events)))
                index.See(key.Hash, key.Rest, out _);
            if (random.Next(4) == 0)
                continue;
            var before = checkpoint.Parts;
            checkpoint = checkpoint with
            {
                Parts = await _loader.FoldAsync(checkpoint, index, events ? TimeSpan.FromDays(90) : null, $"f{round}", default),
                Ended = [],
            };
            foreach (var part in before.Except(checkpoint.Parts))
                await _state.Snapshots.DeleteAsync(sync, part.Id, default);
            Assert.Equal(known.CountByOutcome(), checkpoint.BaseCounts);
            _clock.Now += TimeSpan.FromHours(random.Next(30));
        }

        Assert.InRange(checkpoint.Parts.Count, 1, 12);
    }

    private async Task<EndedAttempt> WriteAsync(Random random, bool events, int keys, string run)
    {
        var records = random.Next(1, random.Next(2) == 0 ? 8 : Math.Max(9, keys / 3));
        var at = Enumerable.Range(0, records).Select(_ => random.Next(keys)).Distinct().ToArray();
        var row = new BatchRow(new RecordBatch
        {
            Id = new BatchId("s", run, 1, 0),
            Target = new BatchTarget
            {
                Connection = "p",
                Object = events ? PendoObject.TrackEvent : PendoObject.Visitor,
                Create = random.Next(2) == 0,
                Delivery = random.Next(2) == 0 ? DeliveryPolicy.AtLeastOnce : DeliveryPolicy.AtMostOnce,
            },
            Records = new PackedRecords(new byte[at.Length], [.. Enumerable.Range(1, at.Length)], [.. at.Select(HashOf)],
                [.. at.Select(i => events ? KeyOf(i, events).Rest : (ulong)random.Next(1, 5))], new byte[at.Length],
                events ? [.. at.Select(i => $"e{i}")] : null),
            FirstEnqueued = _clock.Now,
        }, "owner")
        { Timestamp = _clock.Now };
        for (var i = 0; i < at.Length; i++)
            row.Set(i, _outcomes[random.Next(_outcomes.Length)], random.Next(2) == 0 ? $"reason {random.Next(9)}" : null);
        if (random.Next(4) == 0)
            row.NotAnswered();
        row.Kind = BatchRowKind.Receipt;
        await _state.Receipts.TryAddAsync(row, default);
        return new EndedAttempt(run, 1, at.Length, true);
    }

    private static readonly RecordOutcome[] _outcomes =
    [
        RecordOutcome.Accepted, RecordOutcome.Accepted, RecordOutcome.NotFound, RecordOutcome.Rejected, RecordOutcome.GivenUp,
        RecordOutcome.Unknown, RecordOutcome.Cancelled,
    ];

    private static (ulong Accepted, (ulong, DateTimeOffset, byte, RecordOutcome, string)? Waiting, DateTimeOffset? Doubt) StateOf(
        SnapshotIndex index, SnapshotKey key) => (index.FindAccepted(key.Hash, key.Rest),
            index.FindWaiting(key.Hash, key.Rest) is { } w ? (w.Match, w.Due, w.Tries, w.Outcome, index.Reasons[w.Reason]) : null,
            index.DoubtOf(key.Hash));

    private static SnapshotKey KeyOf(int i, bool events) => new(HashOf(i), events ? ((ulong)i * 0xD1B5_4A32_D192_ED03) | 1 : 0);

    private static ulong HashOf(int i) => ((ulong)(i + 1) * 0x9E37_79B9_7F4A_7C15) | 1;

    private sealed class CountedTables(ITableStore inner) : PassingTables(inner)
    {
        private int _reads;

        /// <summary>Pages and parts read of snapshots.</summary>
        public int Reads => _reads;

        public override Task<TableAnswer<TableRow?>> GetAsync(string table, string partition, string row, CancellationToken ct)
        {
            _reads += table == Tables.Snapshots ? 1 : 0;
            return base.GetAsync(table, partition, row, ct);
        }

        public override IAsyncEnumerable<TableRow> QueryAsync(string table, string partition, RowRange range,
            IReadOnlyList<string>? columns, CancellationToken ct)
        {
            _reads += table == Tables.Snapshots ? 1000 : 0;
            return base.QueryAsync(table, partition, range, columns, ct);
        }
    }
}
