using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Runs;
using PendoSync.State;
using PendoSync.Tests.Faults;
using PendoSync.Tests.Records;
using PendoSync.Tests.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Runs;

/// <summary>What a run that ends or is stopped leaves behind: how the keys stand, why it ended, and what stays of what was known.</summary>
public sealed class RunStandingTests
{
    private const RecordOutcome A = RecordOutcome.Accepted, R = RecordOutcome.Rejected;
    private readonly ManualClock _clock = new();
    private readonly Conflicts _tables;
    private readonly StateStore _state;
    private SyncDefinition? _sync = TestSyncs.Visitors with { Name = "s", Limits = new Limits { MinRecords = 4 } };

    public RunStandingTests()
    {
        _tables = new Conflicts(new MemoryTableStore(_clock));
        _state = new StateStore(_tables);
    }

    [Theory]
    [InlineData(true, 11)]
    [InlineData(false, 7)]
    public async Task After_a_run_the_keys_stand_as_its_plan_and_its_answers_say_and_without_them_as_before(bool planned, long inStep)
    {
        await StartAsync(active => active with { Rest = planned ? new Standing { InStep = 10 } : null });
        await AddAsync(TestBatches.Receipt(0, null, A));
        await LookAsync();

        Assert.Equal((inStep, RunState.Completed), ((await StandingAsync()).InStep, (await RunAsync()).State));
    }

    [Theory]
    // What the closed plan says, what the planner tells, and what counts.
    [InlineData(10, 20, 11)]
    [InlineData(null, 20, 21)]
    [InlineData(10, null, 11)]
    [InlineData(null, null, 7)]
    public async Task Of_a_run_that_is_stopped_the_closed_plan_counts_before_what_its_planner_tells(int? closed, int? told, long inStep)
    {
        await StartAsync(active => active with { Rest = Standing(closed) });
        await AddAsync(TestBatches.Receipt(0, null, A));
        Assert.True(await Ender().StopAsync("s", "s-1", null, RunState.Cancelled, null, default, rest: Standing(told)));

        Assert.Equal(inStep, (await StandingAsync()).InStep);

        static Standing? Standing(int? inStep) => inStep is { } known ? new Standing { InStep = known } : null;
    }

    [Theory]
    [InlineData(true, Health.Failing)]
    [InlineData(false, Health.Healthy)]
    public async Task A_stopped_run_is_as_healthy_as_the_keys_stand_after_it(bool told, Health expected)
    {
        await StartAsync();
        await AddAsync(TestBatches.Receipt(0, null, A));
        await Ender().StopAsync("s", "s-1", null, RunState.Cancelled, null, default,
            rest: told ? new Standing { InStep = 10, Rejected = 90 } : null);
        Assert.Equal(expected, (await RunAsync()).Health!.Health);

        // Nobody told: the keys stand as the state says.
        await StartAsync(standing: new Standing { InStep = 10, Rejected = 90 });
        await Ender().StopAsync("s", "s-1", null, RunState.Cancelled, null, default);
        Assert.Equal(Health.Failing, (await RunAsync()).Health!.Health);
    }

    [Fact]
    public async Task Why_a_run_is_stopped_replaces_what_was_wrong_before_and_no_reason_leaves_it()
    {
        var (before, now) = (new Problem(ProblemKind.Connection, "before"), new Problem(ProblemKind.Connection, "now"));
        await StartAsync(error: before);
        await Ender().StopAsync("s", "s-1", null, RunState.Failed, now, default);
        Assert.Equal(now, (await RunAsync()).Error);
        await StartAsync(error: before);
        await Ender().StopAsync("s", "s-1", null, RunState.Failed, null, default);
        Assert.Equal(before, (await RunAsync()).Error);
    }

    [Fact]
    public async Task Counting_a_run_that_goes_on_neither_ends_nor_judges_it()
    {
        await StartAsync();
        await AddAsync(TestBatches.Receipt(0, null, A));
        var run = (await Ender().RefreshAsync("s", "s-1", 2, null, null, default))!;

        Assert.Equal((RunState.Delivering, null, null, 1L), (run.State, run.EndedAt, run.Health, run.Counts.Accepted));
        Assert.Equal(7, (await StandingAsync()).InStep);
    }

    [Theory]
    [InlineData("another run is active")]
    [InlineData("another run was the last")]
    public async Task An_answer_that_comes_late_changes_how_the_keys_stand_only_while_its_run_is_the_last(string what)
    {
        await StartAsync(active => active with { State = ActiveState.Planning });
        await Ender().StopAsync("s", "s-1", null, RunState.Cancelled, null, default, rest: new Standing { InStep = 10 });
        Assert.Equal(10, (await StandingAsync()).InStep);
        await _state.Checkpoints.ChangeAsync("s", now => what == "another run is active"
            ? now with { Active = new ActiveRun { RunId = "s-2" } } : now with { LastRun = "s-2" }, default);
        await AddAsync(TestBatches.Receipt(0, null, A));
        await Ender().RefreshAsync("s", "s-1", 2, null, null, default);

        Assert.Equal(10, (await StandingAsync()).InStep);
    }

    [Fact]
    public async Task An_attempt_that_another_one_followed_counts_nothing_of_that_one()
    {
        await StartAsync();
        await Ender().RefreshAsync("s", "s-1", 1, RunState.Failed, null, default);

        Assert.Equal((1, 0L, null), ((await RunAsync()).Attempt, (await RunAsync()).Counts.Read, (await RunAsync()).Standing));
    }

    [Fact]
    public async Task A_run_with_nothing_to_send_is_complete()
    {
        await StartAsync(active => active with { Batches = 0, Planned = 0 }, planned: 0);
        await LookAsync();

        Assert.Equal((RunState.Completed, null), ((await RunAsync()).State, (await RunAsync()).Error));
    }

    [Fact]
    public async Task A_run_whose_definition_is_gone_ends_all_the_same()
    {
        _sync = null;
        await StartAsync(active => active with { Planned = 5 }, planned: 5);
        await AddAsync(TestBatches.Receipt(0, null, R, R, R, R, R));
        await LookAsync();

        Assert.Equal(RunState.CompletedWithErrors, (await RunAsync()).State);
    }

    [Fact]
    public async Task Of_batches_refused_whole_the_first_two_count_and_no_later_one()
    {
        await StartAsync(active => active with { Batches = 3, Planned = 3 }, planned: 3);
        for (var number = 0; number < 3; number++)
        {
            var row = TestBatches.Receipt(number, null, R);
            row.RejectedWhole = number == 1 ? null : "no such field";
            await AddAsync(row);
        }

        await LookAsync();
        Assert.Equal(RunState.CompletedWithErrors, (await RunAsync()).State);
    }

    [Fact]
    public async Task An_end_that_meets_another_write_is_tried_again_with_what_is_true_then()
    {
        await StartAsync();
        await AddAsync(TestBatches.Receipt(0, null, A));
        _tables.Once = true;
        await LookAsync();

        Assert.False(_tables.Once);
        Assert.Null((await _state.Checkpoints.ReadAsync("s", default)).Active);
    }

    // One batch of one record, with seven keys in step before.
    private Task StartAsync(Func<ActiveRun, ActiveRun>? change = null, Standing? standing = null, Problem? error = null,
        long planned = 1) => DeliveringRun.StartAsync(_state, batches: 1, planned, error, change, before => before with
        {
            Standing = standing ?? new Standing { InStep = 7 },
            LastSuccess = _clock.Now,
        });

    private RunEnder Ender() => new(_ => _sync, _state, new RunObserver());

    private Task LookAsync() => Ender().LookAsync("s", "s-1", 2, default);

    private async Task AddAsync(BatchRow row) => Assert.True(await _state.Receipts.TryAddAsync(row, default));

    private async Task<RunRecord> RunAsync() => (await _state.Runs.ReadAsync("s", "s-1", default))!;

    private async Task<Standing> StandingAsync() => (await _state.Checkpoints.ReadAsync("s", default)).Standing!;

    // Somebody else writes the checkpoint just before us, once.
    private sealed class Conflicts(ITableStore inner) : PassingTables(inner)
    {
        public bool Once { get; set; }

        public override async Task<TableWrite> ReplaceAsync(string table, TableRow row, string version, CancellationToken ct)
        {
            if (Once && table == Tables.Checkpoints)
            {
                Once = false;
                await new StateStore(Inner).Checkpoints.ChangeAsync("s", now => now, ct);
            }

            return await Inner.ReplaceAsync(table, row, version, ct);
        }
    }
}
