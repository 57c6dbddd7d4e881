using PendoSync.Batches;
using PendoSync.Runs;
using PendoSync.State;
using PendoSync.Tests.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Runs;

public sealed class PrunerTests
{
    private readonly ManualClock _clock = new();
    private readonly StateStore _state;
    private readonly Pruner _pruner;

    public PrunerTests()
    {
        _state = new StateStore(new MemoryTableStore(_clock));
        _pruner = new Pruner(_state, new EngineOptions { Clock = _clock });
    }

    [Fact]
    public async Task Runs_go_after_30_days_with_the_receipts_of_all_their_attempts_unless_something_still_rests_on_them()
    {
        var (old, folding, active) = (await AddAsync(31), await AddAsync(32), await AddAsync(33));
        var young = await AddAsync(29);
        await _state.Checkpoints.ChangeAsync("s", now => now with
        {
            Ended = [new EndedAttempt(folding, 2, 1, Settled: true)],
            Active = new ActiveRun { RunId = active, Since = _clock.Now },
        }, default);

        await _pruner.PruneAsync("s", default);
        Assert.Equal([young, folding, active], await RunsAsync());
        Assert.Equal([(old, 0), (folding, 2), (active, 2), (young, 2)], new[] { old, folding, active, young }.Select(run => (run,
            Enumerable.Range(1, 3).Count(attempt => _state.Receipts.ReadAsync(run, attempt, 0, default).GetAwaiter().GetResult().Value
                is not null))));
    }

    [Fact]
    public async Task Fifty_runs_go_at_once()
    {
        for (var i = 0; i < 60; i++)
            await AddAsync(31 + i);

        await _pruner.PruneAsync("s", default);
        Assert.Equal(10, (await RunsAsync()).Count);
        await _pruner.PruneAsync("s", default);
        Assert.Empty(await RunsAsync());
    }

    // A run of two attempts, each with a receipt.
    private async Task<string> AddAsync(int days)
    {
        var run = RunRecord.NewId("s", _clock.Now.AddDays(-days));
        await _state.Runs.WriteAsync(new RunRecord { Sync = "s", RunId = run, RequestedAt = _clock.Now, Attempt = 2 }, default);
        foreach (var attempt in new[] { 1, 2 })
        {
            var batch = TestBatches.Batch(1, runId: run);
            var row = new BatchRow(new RecordBatch
            {
                Id = batch.Id with { Attempt = attempt },
                Target = batch.Target,
                Records = batch.Records,
                FirstEnqueued = batch.FirstEnqueued,
            }, "owner");
            Assert.True(await _state.Receipts.TryAddAsync(row, default));
        }

        return run;
    }

    private async Task<List<string>> RunsAsync()
    {
        var runs = new List<string>();
        await foreach (var run in _state.Runs.ListAsync("s", null, default))
            runs.Add(run.RunId);
        return runs;
    }
}
