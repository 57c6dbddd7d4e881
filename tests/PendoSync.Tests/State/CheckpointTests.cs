using PendoSync.Batches;
using PendoSync.Snapshot;
using PendoSync.State;
using PendoSync.Tests.Worlds;
using PendoSync.Values;

namespace PendoSync.Tests.State;

public sealed class CheckpointTests
{
    private static readonly DateTimeOffset _then = new(2026, 3, 1, 11, 0, 0, TimeSpan.Zero);
    private readonly ManualClock _clock = new();
    private readonly MemoryTableStore _store;
    private readonly CheckpointTable _table;

    public CheckpointTests()
    {
        _store = new MemoryTableStore(_clock);
        _table = new CheckpointTable(_store);
    }

    [Fact]
    public async Task Every_part_comes_back_as_it_was_written()
    {
        var written = await _table.TryWriteAsync(Whole("s"), default);
        var read = await _table.ReadAsync("s", default);

        Assert.Equal(Whole("s").Parts, read.Parts);
        Assert.Equal(Whole("s").LooseParts, read.LooseParts);
        Assert.Equal(Whole("s").Fields, read.Fields);
        Assert.Equal(Whole("s").Repeated, read.Repeated);
        Assert.Equal(Whole("s").Ended, read.Ended);
        Assert.Equal(Whole("s").Doubts, read.Doubts);
        Assert.Equal(Whole("s").Active, read.Active);
        Assert.Equal(Bare(written!), Bare(read));
        Assert.Equal(Bare(Whole("s")), Bare(read) with { Version = "", Timestamp = default, ReadAt = default });
        Assert.Equal(new KeyCounts(15, 2, 0, 0), read.BaseCounts);
        Assert.True(read.IsActive("s-2", 3) && !read.IsActive("s-2", 2) && !read.IsActive("s-1", 3));
        _clock.Now += TimeSpan.FromMinutes(2);
        Assert.Equal(TimeSpan.FromMinutes(2), (await _table.ReadAsync("s", default)).Age);
    }

    [Fact]
    public async Task A_fresh_sync_has_seeds_and_nothing_else_and_is_not_stored()
    {
        var fresh = await _table.ReadAsync("s", default);

        Assert.Equal("", fresh.Version);
        Assert.NotEqual(fresh.Seeds, (await _table.ReadAsync("s", default)).Seeds);
        Assert.NotNull(await _table.TryWriteAsync(fresh, default));
        Assert.Equal(fresh.Seeds, (await _table.ReadAsync("s", default)).Seeds);
    }

    [Fact]
    public async Task Of_two_writers_one_is_told_to_read_again()
    {
        var first = await _table.ReadAsync("s", default);
        var second = await _table.ReadAsync("s", default);

        var written = await _table.TryWriteAsync(first with { Cursor = "n:1" }, default);
        Assert.Null(await _table.TryWriteAsync(second with { Cursor = "n:2" }, default));
        Assert.NotNull(await _table.TryWriteAsync(written! with { Cursor = "n:3" }, default));
        Assert.Null(await _table.TryWriteAsync(written, default));
        Assert.Equal("n:3", (await _table.ReadAsync("s", default)).Cursor);
    }

    [Fact]
    public async Task Changes_of_many_are_all_made()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 25; i++)
                await _table.ChangeAsync("s", before => before with { PlanSeconds = (before.PlanSeconds ?? 0) + 1 }, default);
        })));

        Assert.Equal(200, (await _table.ReadAsync("s", default)).PlanSeconds);
    }

    [Fact]
    public async Task Three_years_of_segments_and_many_attempts_fit()
    {
        var checkpoint = Whole("s") with
        {
            Parts = [.. Enumerable.Range(0, 1100).Select(i => new BasePart($"a-sync-with-a-name-{i:D20}", "2026-03-01", i, 1))],
            Ended = [.. Enumerable.Range(0, 500).Select(i => new EndedAttempt($"a-sync-with-a-name-{i:D20}", i, i, i % 2 == 0))],
        };
        var written = await _table.TryWriteAsync(checkpoint, default);
        Assert.Equal(checkpoint.Parts, (await _table.ReadAsync("s", default)).Parts);
        Assert.Equal(checkpoint.Ended, (await _table.ReadAsync("s", default)).Ended);

        await _table.TryWriteAsync(written! with { Parts = [], Ended = [] }, default);
        var emptied = await _table.ReadAsync("s", default);
        Assert.Empty(emptied.Parts);
        Assert.Empty(emptied.Ended);
    }

    [Theory]
    [InlineData("seeds", "")]
    [InlineData("seeds", "not hexadecimal digits, thirty-two")]
    [InlineData("segments", "[{")]
    [InlineData("ended", "null")]
    [InlineData("ended", "{}")]
    [InlineData("active", "{}")]
    [InlineData("active", "[]")]
    [InlineData("cursor", "yesterday")]
    [InlineData("cursor", "t:2026")]
    [InlineData("cursor", "n:1e99")]
    public async Task A_broken_text_is_a_problem_of_the_state_with_a_fix(string property, string text)
    {
        var row = Whole("s").ToRow();
        row[property] = text;
        await _store.UpsertAsync(Tables.Checkpoints, row, default);

        var problem = (await Assert.ThrowsAsync<DamagedRowException>(() => _table.ReadAsync("s", default))).Problem;
        Assert.Equal((ProblemKind.State, "sync 's'"), (problem.Kind, problem.Place));
        Assert.Contains("reset", problem.Fix);
    }

    [Fact]
    public async Task A_newer_format_is_refused()
    {
        var row = Whole("s").ToRow();
        row["format"] = Checkpoint.CurrentFormat + 1;
        await _store.UpsertAsync(Tables.Checkpoints, row, default);

        var problem = (await Assert.ThrowsAsync<ProblemException>(() => _table.ReadAsync("s", default))).Problem;
        Assert.Equal(ProblemKind.State, problem.Kind);
        Assert.Contains("Update the program", problem.Fix);
    }

    private static readonly HashSet<ulong> _none = [];

    private static Checkpoint Bare(Checkpoint checkpoint) =>
        checkpoint with { Fields = [], Repeated = _none, Parts = [], LooseParts = [], Ended = [], Doubts = [] };

    private static Checkpoint Whole(string sync) => new()
    {
        Sync = sync,
        Seeds = new HashSeeds(0xFEDCBA9876543210, 7),
        Identity = "p|a|b",
        DefinitionHash = "abc",
        Parts = [new BasePart("one", "2026-03-01", 10, 2, 4, new KeyCounts(10, 2, 0, 0)),
            new BasePart("two", "2026-02-28", 5, 0, 0, new KeyCounts(5, 0, 0, 0))],
        Fields = ["plan", "SEATS"],
        Repeated = new HashSet<ulong> { 5, ulong.MaxValue },
        LooseParts = ["three.1"],
        Ended = [new EndedAttempt("s-1", 1, 100, true), new EndedAttempt("s-0", 2, 0, false, Counts: false)],
        Cursor = "t:2026-03-01T10:00:00.1234567",
        Active = new ActiveRun
        {
            RunId = "s-2",
            Attempt = 3,
            State = ActiveState.Delivering,
            Owner = "me",
            Trigger = "timer",
            Mode = RunMode.Full,
            Batches = 4,
            Planned = 3999,
            Complete = true,
            Full = true,
            CursorAfter = "n:5",
            DefinitionHash = "def",
            Since = _then
        },
        Doubts = [new Doubt(new DateTimeOffset(2026, 3, 1, 12, 5, 30, TimeSpan.Zero), "n:4"),
            new Doubt(new DateTimeOffset(2026, 3, 1, 12, 6, 0, TimeSpan.Zero), null)],
        Paused = true,
        LastStart = _then,
        LastSuccess = _then.AddTicks(1),
        LastFull = _then.AddDays(-1),
        PlanSeconds = 1.25,
        LastRun = "s-1",
    };
}
