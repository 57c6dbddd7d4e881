using PendoSync.State;
using PendoSync.Tests.EndToEnd;
using PendoSync.Tests.Faults;
using PendoSync.Tests.Warehouses.PagingKit;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Engine;

/// <summary>A run on one machine ends, whatever happens to it, and says how.</summary>
public sealed class LocalRunnerTests
{
    [Fact]
    public async Task A_run_whose_receipts_cannot_be_written_fails_with_that_problem_and_does_not_wait_for_ever()
    {
        await using var place = await StartAsync();
        place.QueueClock = new EagerClock();

        var run = await place.RunAsync(new WithoutReceipts(new MemoryTableStore()), "people");
        Assert.Equal((RunState.Failed, "the receipts are away"), (run.State, run.Error!.Message));
        Assert.Null(run.Counts.BrokenSum());
    }

    [Fact]
    public async Task A_state_that_goes_away_for_good_is_told_to_who_waits_for_the_run()
    {
        await using var place = await StartAsync();
        place.QueueClock = new EagerClock();
        var tables = new WithoutReceipts(new MemoryTableStore()) { Everything = true };

        Assert.Equal("the receipts are away", (await Assert.ThrowsAsync<ProblemException>(() => place.RunAsync(tables, "people")))
            .Problem.Message);
    }

    [Fact]
    public async Task Who_finds_the_lock_taken_is_told_which_run_has_it()
    {
        await using var place = await StartAsync();
        await using var tables = new MemoryTableStore();
        await new StateStore(tables).Checkpoints.ChangeAsync("people", now =>
            now with { Active = new ActiveRun { RunId = "people-1", State = ActiveState.Planning, Since = now.ReadAt } }, default);

        using (LocalLock.TryTake(Path.Combine(place.Locks, "people.lock")))
            Assert.Contains("people-1", (await Assert.ThrowsAsync<ProblemException>(() => place.RunAsync(tables, "people")))
                .Problem.Message);
        // The lock is free, so the run of before is over, and a new one begins.
        Assert.Equal(RunState.Completed, (await place.RunAsync(tables, "people")).State);
    }

    [Fact]
    public async Task A_stop_closes_the_run_as_partial()
    {
        await using var place = await StartAsync();
        using var stop = new CancellationTokenSource();
        var tables = new StoppingTables(new MemoryTableStore(), stop);

        Assert.Equal(RunState.Partial, (await place.RunAsync(tables, "people", stop: stop.Token)).State);
        Assert.Equal((RunState.Completed, 3L), ((await place.RunAsync(tables, "people")).State, (await place.RunAsync(tables, "people"))
            .Counts.Unchanged));
    }

    [Fact]
    public async Task A_run_whose_stopper_died_before_its_record_ends_at_once_with_what_the_checkpoint_says()
    {
        await using var place = await StartAsync();
        var tables = new StopperDies(new MemoryTableStore());

        var run = await place.RunAsync(tables, "people");
        Assert.Equal((RunState.Cancelled, "somebody cancelled it", 3L), (run.State, run.Error!.Message, run.Counts.Planned));
        Assert.Null(run.Counts.BrokenSum());
    }

    [Fact]
    public async Task A_run_that_is_stopped_while_its_end_is_written_ends_as_the_checkpoint_says()
    {
        await using var place = await StartAsync();

        var run = await place.RunAsync(new StoppedAtTheEnd(new MemoryTableStore()), "people");
        Assert.Equal((RunState.Cancelled, "somebody cancelled it", 3L), (run.State, run.Error?.Message, run.Counts.Accepted));
    }

    private static async Task<Installation> StartAsync()
    {
        var place = await Installation.StartAsync("visitor:plan:string");
        place.Execute("create table people(id text, plan text); insert into people values ('a', 'x'), ('b', 'y'), ('c', 'z')");
        place.Sync("people", "model: { table: people }\nobject: visitor\nbehavior: update_or_create\nkey: id\nfields: { plan: plan }\n");
        return place;
    }

    internal sealed class WithoutReceipts(ITableStore inner) : PassingTables(inner)
    {
        private bool _planned;
        private volatile bool _back;

        public bool Everything { get; init; }

        public void ComeBack() => _back = true;

        public override Task<TableWrite> AddAsync(string table, TableRow row, CancellationToken ct)
        {
            _planned |= table == Tables.Receipts;
            return table == Tables.Receipts && !_back ? throw Away() : base.AddAsync(table, row, ct);
        }

        public override Task<TableWrite> ReplaceAsync(string table, TableRow row, string version, CancellationToken ct) =>
            Everything && _planned && !_back && row.Text("active") is null ? throw Away() : base.ReplaceAsync(table, row, version, ct);

        private static ProblemException Away() => new(ProblemKind.State, "the receipts are away", "state", "Check the state file.");
    }

    // As the first intent is written somebody stops the run, and dies before the record.
    private sealed class StopperDies(ITableStore inner) : PassingTables(inner)
    {
        public override async Task<TableWrite> AddAsync(string table, TableRow row, CancellationToken ct)
        {
            if (table == Tables.Receipts)
                await CancelAsync(Inner, ct);
            return await base.AddAsync(table, row, ct);
        }
    }

    // The same between the record that says completed and the checkpoint.
    private sealed class StoppedAtTheEnd(ITableStore inner) : PassingTables(inner)
    {
        public override async Task<TableWrite> ReplaceAsync(string table, TableRow row, string version, CancellationToken ct)
        {
            if (table == Tables.Runs && RunRecord.FromRow(row).State == RunState.Completed)
                await CancelAsync(Inner, ct);
            return await base.ReplaceAsync(table, row, version, ct);
        }
    }

    private static Task CancelAsync(ITableStore store, CancellationToken ct) =>
        new StateStore(store).Checkpoints.ChangeAsync("people", now => now.Stop(now.Active?.RunId ?? "", null, RunState.Cancelled,
            problem: new Problem(ProblemKind.Conflict, "somebody cancelled it")), ct);

    // The host stops while the planner settles.
    private sealed class StoppingTables(ITableStore inner, CancellationTokenSource stop) : PassingTables(inner)
    {
        private bool _stopped;

        public override async Task<TableWrite> AddAsync(string table, TableRow row, CancellationToken ct)
        {
            var written = await base.AddAsync(table, row, ct);
            if (table == Tables.Checkpoints && !_stopped)
            {
                _stopped = true;
                await stop.CancelAsync();
            }

            return written;
        }
    }
}
