using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Runs;
using PendoSync.State;

namespace PendoSync.Engine;

/// <summary>
/// What happens at every tick of the clock, in the Functions app and in <c>pendosync serve</c>: starts what is due and looks
/// after what stands still. Two ticks may overlap: the checkpoint's version decides who starts a run. An idle tick logs nothing.
/// </summary>
/// <param name="engine">The engine.</param>
/// <param name="planHere">A sync whose last planning took at most this long is planned within the tick; zero: none is.</param>
/// <param name="log">Takes what a tick could not do.</param>
/// <param name="slots">Bounds the plans of this process; a sync that finds none is asked for instead. Default: no bound.</param>
/// <param name="worksOn">Whether this process works on the sync of that name; null: nobody knows.</param>
public sealed class Scheduler(SyncEngine engine, TimeSpan planHere, ILogger? log = null, PlanSlots? slots = null,
    Func<string, bool>? worksOn = null)
{
    /// <summary>In Azure: what takes longer goes to sync-requests, so that the clock never waits.</summary>
    public static readonly TimeSpan LongestPlanningOnTheClock = TimeSpan.FromSeconds(30);

    /// <summary>A request that nobody took for so long is enqueued again.</summary>
    public static readonly TimeSpan LostRequest = TimeSpan.FromMinutes(1);

    /// <summary>A run without any receipt for so long stands still; a slow queue does not.</summary>
    public static readonly TimeSpan StandsStill = TimeSpan.FromHours(25);

    private const int AtOnce = 16;
    private const int PlannedAtOnce = 4;

    private readonly ILogger _log = log ?? NullLogger.Instance;
    private readonly PlanSlots _slots = slots ?? new PlanSlots(int.MaxValue);
    private readonly StateStore _state = engine.State;
    private readonly ConcurrentDictionary<string, long> _askedAgain = new(StringComparer.Ordinal);

    /// <summary>One tick.</summary>
    /// <param name="stop">The host stops: plans are closed as partial.</param>
    /// <returns>The syncs that were started or asked for, by name.</returns>
    public async Task<IReadOnlyList<string>> TickAsync(CancellationToken stop)
    {
        var checkpoints = new ConcurrentDictionary<string, Checkpoint>(StringComparer.Ordinal);
        var alerts = new ConcurrentDictionary<string, Func<Task>>(StringComparer.Ordinal);
        await EachAsync(engine.Project.Names, AtOnce, async name =>
        {
            if (engine.Project.Find(name) is { } sync)
                checkpoints[name] = await LookAfterAsync(sync, alerts, stop);
            else
                await LookAfterBrokenAsync(name, alerts, stop);
        }, stop);
        var due = engine.Project.Syncs
            .Select(sync =>
                (Sync: sync, Trigger: checkpoints.TryGetValue(sync.Name, out var c) ? DueRules.TriggerOf(sync, c, LastSuccessOf) : null))
            .Where(d => d.Trigger is not null).ToList();
        var started = new ConcurrentBag<string>();
        await EachAsync(due.Select(d => d.Sync.Name), PlannedAtOnce, async name =>
        {
            var (sync, trigger) = due.First(d => d.Sync.Name == name);
            if (await StartAsync(sync, trigger!, checkpoints[name], stop))
                started.Add(name);
        }, stop);
        // Last: a receiver that hangs keeps nothing from being started.
        await EachAsync(alerts.Keys, AtOnce, name => alerts[name](), stop);
        return [.. started.Order(StringComparer.Ordinal)];

        DateTimeOffset? LastSuccessOf(string parent) => checkpoints.TryGetValue(parent, out var c) ? c.LastSuccess : null;
    }

    private async Task<Checkpoint> LookAfterAsync(SyncDefinition sync, ConcurrentDictionary<string, Func<Task>> alerts,
        CancellationToken stop)
    {
        var checkpoint = await _state.Checkpoints.ReadAsync(sync.Name, stop);
        if (checkpoint.Ahead > TimeSpan.Zero)
        {
            Log.ClockWasAhead(_log, sync.Name, checkpoint.Ahead);
            checkpoint = await _state.Checkpoints.ChangeAsync(sync.Name, now => now.Ahead > TimeSpan.Zero ? now : null, stop);
        }

        if (checkpoint.Active is { } active)
        {
            await LookAfterAsync(checkpoint, active, stop);
            checkpoint = await _state.Checkpoints.ReadAsync(sync.Name, stop);
        }

        var health = HealthJudge.Of(sync, checkpoint);
        SyncGauges.Observe(checkpoint, health, sync.TimeZone ?? engine.Project.Warehouses[sync.Warehouse].TimeZone, engine.Options.Clock);
        alerts[sync.Name] = () => engine.Alerts.TickAsync(sync, checkpoint, health, stop);
        return checkpoint;
    }

    // Its batches need no definition and end their run; a plan of it goes on when it is corrected.
    private async Task LookAfterBrokenAsync(string sync, ConcurrentDictionary<string, Func<Task>> alerts, CancellationToken stop)
    {
        var checkpoint = await _state.Checkpoints.ReadAsync(sync, stop);
        if (checkpoint.Active is { State: ActiveState.Delivering } active)
            await engine.Ender.LookAsync(sync, active.RunId, active.Attempt, stop);
        var health = HealthJudge.Of(null, checkpoint, engine.Project.BrokenOf(sync)?.Problem);
        SyncGauges.Observe(checkpoint, health, TimeZoneInfo.Utc, engine.Options.Clock);
        alerts[sync] = () => engine.Alerts.TickAsync(null, checkpoint, health, stop);
    }

    private async Task LookAfterAsync(Checkpoint checkpoint, ActiveRun active, CancellationToken stop)
    {
        if (await engine.Ender.StopRestoredAsync(checkpoint, stop))
            return;
        // A deliverer may have died between its receipt and its look.
        if (active.State == ActiveState.Delivering)
            await engine.Ender.LookAsync(checkpoint.Sync, active.RunId, active.Attempt, stop);
        if (IsLost(checkpoint, active))
            await AskAgainAsync(checkpoint.Sync, active, stop);
        else if (active.State == ActiveState.Delivering && checkpoint.Age > StandsStill
            && await IsStandingStillAsync(checkpoint, active, stop))
            await engine.Ender.StopAsync(checkpoint.Sync, active.RunId, active.Attempt, RunState.Partial, Still(active), stop);
    }

    // Not with every tick: whoever is to take the request may be busy for a while.
    private async Task AskAgainAsync(string sync, ActiveRun active, CancellationToken stop)
    {
        var now = engine.Options.Clock.GetTimestamp();
        if (_askedAgain.TryGetValue(active.RunId, out var last) && engine.Options.Clock.GetElapsedTime(last, now) < LostRequest)
            return;
        _askedAgain[active.RunId] = now;
        await engine.RequestAgainAsync(sync, active, stop);
    }

    // On one machine a run of another process is asked for again; only its lock, taken by whoever plans, tells whether that process lives.
    // So is one of this process that was left, since the state or something else failed while it ran.
    private bool IsLost(Checkpoint checkpoint, ActiveRun active) => engine.Options.OnlyOwner
        ? active.Owner != engine.Options.Owner || worksOn?.Invoke(checkpoint.Sync) == false : active.State switch
        {
            ActiveState.Requested => checkpoint.Age > LostRequest,
            ActiveState.Planning => checkpoint.Age > engine.Options.LeaseAge,
            _ => false,
        };

    private async Task<bool> IsStandingStillAsync(Checkpoint checkpoint, ActiveRun active, CancellationToken ct)
    {
        await foreach (var batch in _state.Receipts.SummariesAsync(ReceiptTable.PartitionOf(active.RunId, active.Attempt), 0, ct))
            if ((checkpoint.ReadAt - batch.At).Duration() <= StandsStill)
                return false;
        return true;
    }

    private static Problem Still(ActiveRun active) =>
        new(ProblemKind.Transient, $"no batch was answered for {StandsStill.TotalHours:0} hours", active.RunId,
        "Nothing is lost: what Pendo answered counts, and the next run goes on. Check that the app takes messages "
        + "from the queue record-batches.");

    private async Task<bool> StartAsync(SyncDefinition sync, string trigger, Checkpoint checkpoint, CancellationToken stop)
    {
        using var activity = Telemetry.StartScheduled(sync.Name, trigger);
        using var slot = checkpoint.PlanSeconds <= planHere.TotalSeconds ? _slots.TryTake() : null;
        if (slot is null)
            return (await engine.RequestAsync(sync.Name, RunMode.Incremental, trigger, stop)).Started;
        var (claimed, _) = await engine.ClaimAsync(sync.Name, null, RunMode.Incremental, trigger, stop);
        if (claimed is not null)
            await engine.PlanAsync(claimed, stop);
        return claimed is not null;
    }

    // What goes wrong with one sync is no reason to forget the others.
    private Task EachAsync(IEnumerable<string> syncs, int atOnce, Func<string, Task> work, CancellationToken stop) =>
        Parallel.ForEachAsync(syncs, new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = stop }, async (sync, _) =>
        {
            try
            {
                await work(sync);
            }
            catch (ProblemException e) when (e.Problem.Kind == ProblemKind.Conflict)
            {
                // Somebody else was faster, or has paused it.
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Log.TickFailed(_log, sync, e is ProblemException known ? known.Problem.ToString() : e.GetType().Name);
            }
        });
}
