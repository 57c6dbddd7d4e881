using System.Collections.Concurrent;
using System.Security.Cryptography;
using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Delivery;
using PendoSync.Planning;
using PendoSync.State;

namespace PendoSync.Engine;

/// <summary>Runs syncs on one machine: an OS lock per sync, a planner, a few deliverers, and an end that is waited for.</summary>
/// <param name="engine">An engine with <see cref="EngineOptions.OnlyOwner"/> whose queue is <paramref name="queue"/>.</param>
/// <param name="queue">Its queue.</param>
/// <param name="lockFolder">Folder of the lock files, beside the state.</param>
public sealed class LocalRunner(SyncEngine engine, LocalQueue queue, string lockFolder) : IAsyncDisposable
{
    /// <summary>
    /// Batches of events in work at once: a killed process leaves a chunk of each behind, of which nobody knows what was taken.
    /// </summary>
    public const int EventDeliverers = 3;

    private readonly ConcurrentDictionary<object, string> _busy = new();
    private readonly ConcurrentDictionary<string, Problem> _lost = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _end = new();

    /// <summary>Runs a sync to its end.</summary>
    /// <param name="sync">The sync.</param>
    /// <param name="runId">A requested run; null: a new one.</param>
    /// <param name="mode">What to read and send.</param>
    /// <param name="trigger">cli, http, timer or after.</param>
    /// <param name="stop">The process stops: the plan is closed as partial, what was sent is waited for.</param>
    /// <param name="scope">Narrows it; null: all of the model.</param>
    /// <exception cref="ProblemException">Conflict: it runs already, or is paused. State: the state cannot be used.</exception>
    public async Task<RunRecord> RunAsync(string sync, string? runId, RunMode mode, string trigger, CancellationToken stop,
        RunScope? scope = null)
    {
        var definition = engine.Project.Sync(sync);
        using var held = LocalLock.TryTake(Path.Combine(lockFolder, sync + ".lock")) ?? throw await AlreadyRunningAsync(sync, stop);
        var (claimed, _) = await engine.ClaimAsync(sync, runId, mode, trigger, stop);
        if (claimed is null)
            throw await AlreadyRunningAsync(sync, stop);
        var id = claimed.Active!.RunId;
        using var over = new CancellationTokenSource();
        // Each run has its own, so that none waits for another's batches.
        var deliverers = Enumerable.Range(0, DeliverersOf(definition))
            .Select(_ => Task.Run(() => WorkAsync(sync, id, over.Token), CancellationToken.None)).ToList();
        try
        {
            await engine.PlanAsync(claimed, stop, scope);
            return await WaitForEndAsync(sync, id);
        }
        finally
        {
            await over.CancelAsync();
            await Task.WhenAll(deliverers);
        }
    }

    /// <summary>Cancels the active run of a sync; what was sent keeps its answer.</summary>
    public async Task CancelAsync(string sync)
    {
        if ((await engine.State.Checkpoints.ReadAsync(sync, CancellationToken.None)).Active is { } active)
            await engine.Ender.StopAsync(sync, active.RunId, null, RunState.Cancelled,
                new Problem(ProblemKind.Conflict, "the run was cancelled", active.RunId, "Run the sync again to go on."),
                CancellationToken.None);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await queue.CloseAsync();
        queue.Dispose();
        _end.Dispose();
    }

    private int DeliverersOf(SyncDefinition sync) => sync.Object == PendoObject.TrackEvent ? EventDeliverers
        : engine.Project.Pendo.TryGetValue(sync.Pendo, out var connection) ? connection.MaxParallelCalls : 1;

    private async Task<RunRecord> WaitForEndAsync(string sync, string runId)
    {
        // The deliverer of the last batch ends the run; its receipt is seen here a moment later. A look of its own is for the case that the
        // deliverer's failed.
        Checkpoint checkpoint;
        for (var looks = 1; (checkpoint = await engine.State.Checkpoints.ReadAsync(sync, CancellationToken.None)) is { Active: { } active }
            && active.RunId == runId; looks++)
        {
            if (_lost.TryGetValue(runId, out var problem))
                throw new ProblemException(problem);
            await Task.Delay(TimeSpan.FromMilliseconds(25), engine.Options.Clock, CancellationToken.None);
            if (looks % 40 == 0)
                await engine.Ender.LookAsync(sync, runId, active.Attempt, CancellationToken.None);
        }

        while (_busy.Values.Any(b => b == runId))
            await Task.Delay(TimeSpan.FromMilliseconds(25), engine.Options.Clock, CancellationToken.None);
        var run = await engine.State.Runs.ReadAsync(sync, runId, CancellationToken.None);
        // Whoever stopped it writes its record a moment after the checkpoint, or dies before: the checkpoint says how it ended.
        if (run is { Ended: false } && checkpoint.LastStop is { } stop)
            run = await engine.Ender.RefreshAsync(sync, runId, run.Attempt, stop.State, stop.Problem, CancellationToken.None);
        // A stopped run counted its receipts while deliverers were still at work.
        if (run is { Ended: true, State: not (RunState.Completed or RunState.CompletedWithErrors) })
            run = await engine.Ender.RefreshAsync(sync, runId, run.Attempt, null, null, CancellationToken.None);
        return run ?? throw new ProblemException(ProblemKind.State, "the run's record is gone", runId, "Check the state file.");
    }

    private async Task WorkAsync(string sync, string runId, CancellationToken over)
    {
        var me = new object();
        try
        {
            await foreach (var batch in queue.BatchesOf(sync, over))
            {
                _busy[me] = batch.Id.RunId;
                await DeliverAsync(batch);
                _busy.TryRemove(me, out _);
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The run is over.
        }
        catch (Exception e) when (e is CryptographicException or ProblemException)
        {
            _lost[runId] = e is ProblemException known ? known.Problem : new Problem(ProblemKind.State,
                "the file of what waits was changed by somebody else", runId, "Run the sync again: what was not sent is planned anew.");
        }
        finally
        {
            _busy.TryRemove(me, out _);
        }
    }

    private async Task DeliverAsync(RecordBatch batch)
    {
        try
        {
            await engine.Deliverer.DeliverAsync(batch, _end.Token);
        }
        catch (ProblemException e)
        {
            await FailAsync(batch, e.Problem);
        }
        catch (Exception e) when (!_end.IsCancellationRequested)
        {
            // A deliverer that died silently would let the run wait for ever.
            await FailAsync(batch, new Problem(ProblemKind.Internal, $"delivering failed with {e.GetType().Name}", batch.Id.RunId,
                "Please report this with the log; the state is safe."));
        }
    }

    // The state or the queue failed: the message comes again, as a queue would deliver it, and is given up in the end.
    private async Task FailAsync(RecordBatch batch, Problem problem)
    {
        if (batch.Copy < 10)
        {
            await queue.SendAsync(batch.Again(countTry: false), TimeSpan.FromSeconds(1), CancellationToken.None);
            return;
        }

        try
        {
            await engine.Ender.StopAsync(batch.Id.Sync, batch.Id.RunId, batch.Id.Attempt, RunState.Failed, problem, CancellationToken.None);
        }
        catch (ProblemException)
        {
            // The state is away for good: who waits for the run meets the same problem and reports it.
            _lost[batch.Id.RunId] = problem;
        }
    }

    private async Task<ProblemException> AlreadyRunningAsync(string sync, CancellationToken ct)
    {
        var active = (await engine.State.Checkpoints.ReadAsync(sync, ct)).Active;
        return new ProblemException(ProblemKind.Conflict, active is null ? "the sync is running already"
            : $"the sync is running already (run {active.RunId})", $"sync '{sync}'",
            $"Wait for it to end, or cancel it with `pendosync cancel {sync}`.");
    }
}
