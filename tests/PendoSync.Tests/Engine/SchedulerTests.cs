using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Engine;
using PendoSync.Loading;
using PendoSync.Runs;
using PendoSync.State;
using PendoSync.Tests.Worlds;
using PendoSync.Warehouses;

namespace PendoSync.Tests.Engine;

public sealed class SchedulerTests
{
    private readonly ManualClock _clock = new();
    private readonly RecordingQueue _queue = new();
    private readonly MemoryTableStore _tables;
    private readonly SyncEngine _engine;
    private readonly Scheduler _scheduler;

    public SchedulerTests()
    {
        _tables = new MemoryTableStore(_clock);
        _engine = new SyncEngine(Project(), WarehouseTypes.All, _tables, _queue, new NoSecrets(), new HttpClient(new Refusing()),
            new EngineOptions { Clock = _clock });
        _scheduler = new Scheduler(_engine, Scheduler.LongestPlanningOnTheClock);
    }

    [Fact]
    public async Task Sync_of_unknown_planning_time_goes_to_the_queue_and_only_once()
    {
        Assert.Equal(["people"], await TickAsync());
        Assert.Equal([], await TickAsync());
        var request = Assert.Single(_queue.Requests);
        Assert.Equal(("people", "timer", RunMode.Incremental), (request.Sync, request.Trigger, request.Mode));
        Assert.Equal(RunState.Requested, (await _engine.State.Runs.ReadAsync("people", request.RunId, default))!.State);
    }

    [Theory]
    [InlineData(29.9, RunState.Failed)]
    [InlineData(30.1, RunState.Requested)]
    public async Task Known_planning_time_decides_where_it_is_planned(double seconds, RunState expected)
    {
        await ChangeAsync(c => c with { PlanSeconds = seconds });
        Assert.Equal(["people"], await TickAsync());
        var run = await _engine.State.Runs.ListAsync("people", null, default).SingleAsync();
        // Planned within the tick it fails at once, since Pendo refuses the key.
        Assert.Equal((expected, expected == RunState.Requested ? 1 : 0), (run.State, _queue.Requests.Count));
    }

    [Fact]
    public async Task Sync_that_finds_no_slot_for_its_plan_is_asked_for_instead()
    {
        await ChangeAsync(c => c with { PlanSeconds = 1 });
        var slots = new PlanSlots(1);
        using (slots.TryTake())
            Assert.Equal(["people"], await new Scheduler(_engine, Scheduler.LongestPlanningOnTheClock, slots: slots)
                .TickAsync(CancellationToken.None));

        Assert.Equal(RunState.Requested, (await _engine.State.Runs.ListAsync("people", null, default).SingleAsync()).State);
        Assert.Single(_queue.Requests);
    }

    [Fact]
    public async Task Request_that_nobody_took_is_asked_again_after_a_minute()
    {
        await TickAsync();
        _clock.Now += TimeSpan.FromSeconds(59);
        await TickAsync();
        Assert.Single(_queue.Requests);
        _clock.Now += TimeSpan.FromSeconds(2);
        await TickAsync();
        Assert.Equal(2, _queue.Requests.Count);
        Assert.Equal(_queue.Requests[0].RunId, _queue.Requests[1].RunId);
    }

    [Fact]
    public async Task Lost_planner_is_replaced_and_a_live_one_is_not()
    {
        await ChangeAsync(c => c with { Active = Active(ActiveState.Planning) });
        _clock.Now += TimeSpan.FromSeconds(119);
        await TickAsync();
        Assert.Empty(_queue.Requests);
        _clock.Now += TimeSpan.FromSeconds(2);
        await TickAsync();
        Assert.Equal("people-1", Assert.Single(_queue.Requests).RunId);
        var (claimed, _) = await _engine.ClaimAsync("people", "people-1", RunMode.Incremental, "timer", default);
        Assert.Equal(2, claimed!.Active!.Attempt);
    }

    [Fact]
    public async Task Run_stands_still_after_25_hours_without_a_receipt_and_goes_on_by_itself()
    {
        await _engine.State.Runs.WriteAsync(new RunRecord
        {
            Sync = "people",
            RunId = "people-1",
            RequestedAt = _clock.Now,
            State = RunState.Delivering,
            Counts = new RunCounts { Read = 10, Planned = 10 }
        }, default);
        await ChangeAsync(c =>
            c with { LastStart = _clock.Now, Active = Active(ActiveState.Delivering) with { Batches = 1, Planned = 10, Complete = true } });
        _clock.Now += TimeSpan.FromHours(24.9);
        await TickAsync();
        Assert.NotNull((await _engine.State.Checkpoints.ReadAsync("people", default)).Active);
        _clock.Now += TimeSpan.FromHours(0.2);
        Assert.Equal(["people"], await TickAsync());
        var run = (await _engine.State.Runs.ReadAsync("people", "people-1", default))!;
        Assert.Equal((RunState.Partial, 10L), (run.State, run.Counts.Cancelled));
        Assert.Contains("record-batches", run.Error!.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task End_that_nobody_looked_at_is_found()
    {
        await _engine.State.Runs.WriteAsync(new RunRecord
        {
            Sync = "people",
            RunId = "people-1",
            RequestedAt = _clock.Now,
            State = RunState.Delivering
        }, default);
        await ChangeAsync(c => c with { LastStart = _clock.Now, Active = Active(ActiveState.Delivering) with { Complete = true } });
        await TickAsync();
        Assert.Equal(RunState.Completed, (await _engine.State.Runs.ReadAsync("people", "people-1", default))!.State);
    }

    [Fact]
    public async Task One_sync_in_trouble_does_not_stop_the_others()
    {
        await _tables.UpsertAsync(Tables.Checkpoints, new TableRow("child", "checkpoint") { ["format"] = 99 }, default);
        Assert.Equal(["people"], await TickAsync());
    }

    [Fact]
    public async Task Request_that_the_queue_did_not_take_is_taken_back_and_the_next_one_starts_a_run()
    {
        _queue.Fault = new ProblemException(ProblemKind.Transient, "the queue did not take a message");
        await Assert.ThrowsAsync<ProblemException>(() => _engine.RequestAsync("people", RunMode.Full, "http", default));

        Assert.Null((await _engine.State.Checkpoints.ReadAsync("people", default)).Active);
        Assert.Empty(await _engine.State.Runs.ListAsync("people", null, default).ToListAsync());
        _queue.Fault = null;
        var (run, started) = await _engine.RequestAsync("people", RunMode.Full, "http", default);
        Assert.Equal((true, run.RunId), (started, Assert.Single(_queue.Requests).RunId));
    }

    [Fact]
    public async Task Message_of_a_request_that_was_taken_back_does_nothing()
    {
        _queue.Fault = new ProblemException(ProblemKind.Transient, "it was taken, but nobody heard so");
        _queue.TakesAllTheSame = true;
        await Assert.ThrowsAsync<ProblemException>(() => _engine.RequestAsync("people", RunMode.Incremental, "http", default));

        var lost = Assert.Single(_queue.Requests);
        Assert.Equal((null, null), await _engine.ClaimAsync("people", lost.RunId, lost.Mode, lost.Trigger, default));
        Assert.Null((await _engine.State.Checkpoints.ReadAsync("people", default)).Active);
    }

    [Fact]
    public async Task Run_of_a_sync_that_is_broken_by_now_ends_with_its_last_batch_and_no_other_is_started()
    {
        await _engine.State.Runs.WriteAsync(new RunRecord
        {
            Sync = "broken",
            RunId = "broken-1",
            RequestedAt = _clock.Now,
            State = RunState.Delivering
        }, default);
        await _engine.State.Checkpoints.ChangeAsync("broken", c =>
            c with { LastStart = _clock.Now, Active = Active(ActiveState.Delivering) with { RunId = "broken-1", Complete = true } },
            default);

        Assert.DoesNotContain("broken", await TickAsync());
        Assert.Equal(RunState.Completed, (await _engine.State.Runs.ReadAsync("broken", "broken-1", default))!.State);
    }

    private Task<IReadOnlyList<string>> TickAsync() => _scheduler.TickAsync(CancellationToken.None);

    private Task ChangeAsync(Func<Checkpoint, Checkpoint> change) => _engine.State.Checkpoints.ChangeAsync("people", change, default);

    private ActiveRun Active(ActiveState state) =>
        new() { RunId = "people-1", State = state, Owner = "somebody", Since = _clock.Now, Trigger = "timer" };

    private static Project Project() => ProjectLoader.Load(new Dictionary<string, string>
    {
        ["pendosync.yaml"] = """
            version: 1
            pendo: { test: { region: us, integration_key: "${secret:pendo-key}" } }
            warehouses: { local: { type: sqlite, file: no-such-file.db } }
            """,
        ["syncs/people.yaml"] = Sync("people") + "every: 1h",
        ["syncs/child.yaml"] = Sync("child") + "after: [people]",
        ["syncs/broken.yaml"] = Sync("broken") + "every: often",
    }, new Dictionary<string, string?>(), WarehouseTypes.All).Runnable!;

    private static string Sync(string name) =>
        $"name: {name}\nwarehouse: local\nmodel: {{ table: people }}\npendo: test\nobject: visitor\nbehavior: update_or_create\nkey: "
            + $"id\nfields: {{ plan: {{ column: plan, shared: true }} }}\n";

    private sealed class NoSecrets : ISecretStore
    {
        public ValueTask<string> GetAsync(string name, bool refresh, CancellationToken ct) => ValueTask.FromResult("secret");
    }

    private sealed class Refusing : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(System.Net.HttpStatusCode.Unauthorized));
    }

    private sealed class RecordingQueue : IBatchQueue
    {
        public List<SyncRequest> Requests { get; } = [];

        public Exception? Fault { get; set; }

        public bool TakesAllTheSame { get; set; }

        public Task SendAsync(RecordBatch batch, TimeSpan delay, CancellationToken ct) => Task.CompletedTask;

        public Task RequestAsync(SyncRequest request, CancellationToken ct)
        {
            if (Fault is null || TakesAllTheSame)
                Requests.Add(request);
            return Fault is null ? Task.CompletedTask : Task.FromException(Fault);
        }
    }
}
