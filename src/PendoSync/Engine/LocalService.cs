using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using PendoSync.Batches;
using PendoSync.Runs;
using PendoSync.State;

namespace PendoSync.Engine;

/// <summary>
/// The clock and the planners of <c>pendosync serve</c>: ticks every second, runs what is asked for, and stops without losing anything.
/// </summary>
/// <param name="engine">An engine with <see cref="EngineOptions.OnlyOwner"/>.</param>
/// <param name="queue">Its queue.</param>
/// <param name="runner">Runs syncs.</param>
/// <param name="log">Takes what went wrong.</param>
/// <param name="look">Called before each tick and each run; what it throws ends the service.</param>
public sealed class LocalService(SyncEngine engine, LocalQueue queue, LocalRunner runner, ILogger log, Action? look = null)
{
    /// <summary>Runs at the same time; others wait their turn.</summary>
    public const int MostRuns = 4;

    /// <summary>How often the clock ticks.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary>How long a stop waits for deliveries; what is not answered then is left to the next start.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, Task> _running = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _turns = new(MostRuns);

    /// <summary>Serves until <paramref name="stop"/>; then plans are closed as partial and deliveries under way are waited for.</summary>
    /// <exception cref="ProblemException">What <c>look</c> threw: nothing can be served any more.</exception>
    public async Task ServeAsync(CancellationToken stop)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        try
        {
            await Task.WhenAll(UntilOverAsync(TickAsync, over), UntilOverAsync(TakeRequestsAsync, over));
        }
        catch (ProblemException e)
        {
            Log.ServingEnds(log, e.Problem.ToString());
            throw;
        }
        finally
        {
            // What waits far behind Pendo's rate would keep the stop waiting too.
            await LeaveAsync(sync => queue.WaitingOf(sync) > LocalQueue.InMemory);
            var ending = Task.WhenAll(_running.Values);
            if (await Task.WhenAny(ending, Task.Delay(Grace, engine.Options.Clock, CancellationToken.None)) != ending)
                await LeaveAsync(_ => true);
            await ending;
        }
    }

    private async Task TickAsync(CancellationToken stop)
    {
        var scheduler = new Scheduler(engine, TimeSpan.Zero, log, worksOn: _running.ContainsKey);
        using var timer = new PeriodicTimer(Period, engine.Options.Clock);
        do
        {
            look?.Invoke();
            await scheduler.TickAsync(stop);
        }
        while (await timer.WaitForNextTickAsync(stop));
    }

    private async Task TakeRequestsAsync(CancellationToken stop)
    {
        await foreach (var request in queue.Requests.ReadAllAsync(stop))
        {
            // The same run may be asked for many times; who works on the sync already answers for all of them.
            if (_running.ContainsKey(request.Sync))
                continue;
            await _turns.WaitAsync(stop);
            var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _running[request.Sync] = RunAsync(request, begin.Task, stop);
            begin.SetResult();
        }
    }

    private async Task RunAsync(SyncRequest request, Task begin, CancellationToken stop)
    {
        await begin;
        try
        {
            using var activity = RunTelemetry.StartRequested(request);
            look?.Invoke();
            await runner.RunAsync(request.Sync, request.RunId, request.Mode, request.Trigger, stop);
        }
        catch (ProblemException e) when (e.Problem.Kind == ProblemKind.Conflict)
        {
            // It runs in another process, was cancelled, or is paused by now.
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Log.RequestedRunFailed(log, request.Sync, e is ProblemException known ? known.Problem.ToString() : e.GetType().Name);
        }
        catch (OperationCanceledException)
        {
            // Stopped before it began: the request stands in the state.
        }
        finally
        {
            _running.TryRemove(request.Sync, out _);
            _turns.Release();
        }
    }

    // Pendo or its rate keeps us waiting: what was not sent is cancelled, counted, and planned again at the next start.
    private async Task LeaveAsync(Func<string, bool> which)
    {
        try
        {
            foreach (var sync in _running.Keys.Where(which))
                if ((await engine.State.Checkpoints.ReadAsync(sync, CancellationToken.None)).Active is { } active)
                    await engine.Ender.StopAsync(sync, active.RunId, active.Attempt, RunState.Partial, null, CancellationToken.None);
        }
        catch (ProblemException e)
        {
            // The state is away; the next start settles what was sent.
            Log.ServingEnds(log, e.Problem.ToString());
        }
    }

    // Whichever ends first, by the stop or by what it threw, ends the other.
    private static async Task UntilOverAsync(Func<CancellationToken, Task> work, CancellationTokenSource over)
    {
        try
        {
            await work(over.Token);
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // Asked to.
        }
        finally
        {
            await over.CancelAsync();
        }
    }
}
