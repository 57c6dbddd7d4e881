using PendoSync.Batches;
using PendoSync.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.State;

public sealed class RunRecordTests
{
    private static readonly DateTimeOffset _now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly MemoryTableStore _store = new(new ManualClock());

    [Fact]
    public async Task A_run_comes_back_as_it_was_written()
    {
        var table = new RunTable(_store);
        var run = new RunRecord
        {
            Sync = "s",
            RunId = RunRecord.NewId("s", _now),
            State = RunState.Stopped,
            Trigger = "http",
            Mode = RunMode.Full,
            Attempt = 2,
            Batches = 5,
            Full = true,
            Counts = new RunCounts { Read = 9, Planned = 5, Accepted = 4, GivenUp = 1, Calls = 7 },
            RequestedAt = _now,
            StartedAt = _now.AddSeconds(1),
            EndedAt = _now.AddSeconds(2),
            Error = new Problem(ProblemKind.Limit, "too many", "sync 's'", "raise it"),
            Notices = ["one", "two"],
        };
        await table.WriteAsync(run, default);
        var read = (await table.ReadAsync("s", run.RunId, default))!;

        Assert.Equal(run.Notices, read.Notices);
        Assert.Equal(run with { Notices = [], Sample = [] }, read with { Notices = [], Sample = [] });
        Assert.True(read.Ended);
        Assert.Null(await table.ReadAsync("s", "s-none", default));
    }

    [Fact]
    public async Task An_error_of_any_length_fits_the_table()
    {
        var table = new RunTable(_store);
        await table.WriteAsync(new RunRecord
        {
            Sync = "s",
            RunId = "s-1",
            RequestedAt = _now,
            Error = new Problem(ProblemKind.Configuration, new string('ж', 100_000), null, new string('"', 100_000))
        }, default);

        Assert.Equal(2500, (await table.ReadAsync("s", "s-1", default))!.Error!.Message.Length);
    }

    [Theory]
    [InlineData("state", "resting")]
    [InlineData("counts", "{")]
    [InlineData("error", "[]")]
    public async Task A_broken_run_is_a_problem_of_the_state(string property, string text)
    {
        var row = new RunRecord { Sync = "s", RunId = "s-1", RequestedAt = _now }.ToRow();
        row[property] = text;
        await _store.UpsertAsync(Tables.Runs, row, default);

        Assert.Equal(ProblemKind.State,
            (await Assert.ThrowsAsync<DamagedRowException>(() => new RunTable(_store).ReadAsync("s", "s-1", default))).Problem.Kind);
    }

    [Fact]
    public async Task Newer_runs_come_first()
    {
        var table = new RunTable(_store);
        var ids = Enumerable.Range(0, 5).Select(i => RunRecord.NewId("s", _now.AddMilliseconds(i))).ToList();
        foreach (var id in ids)
            await table.WriteAsync(new RunRecord { Sync = "s", RunId = id, RequestedAt = _now }, default);
        var listed = new List<string>();
        await foreach (var run in table.ListAsync("s", null, default))
            listed.Add(run.RunId);
        var rest = new List<string>();
        await foreach (var run in table.ListAsync("s", listed[1], default))
            rest.Add(run.RunId);

        Assert.Equal(ids.AsEnumerable().Reverse(), listed);
        Assert.Equal(listed[2..], rest);
    }

    [Theory]
    [InlineData("s")]
    [InlineData("a-b-c")]
    public void A_run_id_knows_its_sync(string sync)
    {
        Assert.Equal(sync, RunRecord.SyncOf(RunRecord.NewId(sync, _now)));
        Assert.Null(RunRecord.SyncOf(sync));
    }

    [Fact]
    public void Counts_that_do_not_add_up_are_named()
    {
        var good = new RunCounts
        {
            Read = 10,
            Invalid = 1,
            Unchanged = 2,
            Waiting = 3,
            Planned = 4,
            Accepted = 1,
            NotFound = 1,
            Rejected = 1,
            Cancelled = 1
        };

        Assert.Null(good.BrokenSum());
        Assert.Contains("read 11", (good with { Read = 11 }).BrokenSum());
        Assert.Contains("planned 4", (good with { Unknown = 1 }).BrokenSum());
        Assert.Equal(3, good.Delivered);
        Assert.Equal(good with { Accepted = 2, NotFound = 2, Rejected = 2, Cancelled = 2 }, good.PlusOutcomes(good));
        Assert.Equal(good, good.WithOutcomesOf(good with { Read = 99, Planned = 99 }));
    }
}
