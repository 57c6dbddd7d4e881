using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Delivery;
using PendoSync.Engine;
using PendoSync.Runs;
using PendoSync.State;
using PendoSync.Tests.Faults;
using PendoSync.Warehouses;

namespace PendoSync.Tests.Worlds;

/// <summary>
/// One process of a world: an engine, planners and deliverers. It may die at any side effect; from then on nothing it
/// waits for ever returns, so nothing of it goes on, not even a catch or finally.
/// </summary>
internal sealed class WorldProcess
{
    private readonly World _world;
    private readonly TaskCompletionSource _died = new();

    public WorldProcess(World world, string name, Func<ITableStore, ITableStore>? mutation)
    {
        _world = world;
        Owner = name;
        Clock = new MachineClock(world.Clock);
        Queue = world.Setup.OneMachine ? new WorldQueue(world) : world.Queue;
        Engine = new SyncEngine(world.Project, WarehouseTypes.All, Mutated(new WorldTables(world, this), mutation),
            new ProcessQueue(world, this), new Secrets(world),
            new HttpMessageInvoker(new WorldPendoHandler(world, this)),
            new EngineOptions
            {
                Clock = Clock,
                Owner = name,
                Jitter = world.Chaos ?? new Random(1),
                OnlyOwner = world.Setup.OneMachine,
                GiveUpAfter = world.Setup.GiveUpAfter,
                RetryDelay = TimeSpan.FromSeconds(world.Setup.OneMachine ? 1 : 15),
                LargeSnapshot = world.Setup.Large ? 0 : new EngineOptions().LargeSnapshot,
            },
            world.Log, world.Marks)
        {
            Warehouses = _ => new WorldWarehouse(world, this),
        };
    }

    /// <summary>The newest run that has ended, as the state has it.</summary>
    public async Task<RunRecord> LastRunAsync()
    {
        var checkpoint = await Engine.State.Checkpoints.ReadAsync(World.Sync, CancellationToken.None);
        return (await Engine.State.Runs.ReadAsync(World.Sync, checkpoint.LastRun!, CancellationToken.None))!;
    }

    public string Owner { get; }

    public MachineClock Clock { get; }

    public SyncEngine Engine { get; }

    public WorldQueue Queue { get; }

    public bool Dead { get; private set; }

    /// <summary>Ends when the process dies.</summary>
    public Task Died => _died.Task;

    public void Die()
    {
        Dead = true;
        _died.TrySetResult();
    }

    /// <summary>A moment in which others may work; a dead process does not come back from it.</summary>
    public async Task PassAsync()
    {
        await Task.Yield();
        if (Dead)
            await Never();
    }

    /// <summary>A side effect: numbered, and the process may die just before or just after it.</summary>
    public async Task<T> EffectAsync<T>(string what, Func<Task<T>> act)
    {
        await PassAsync();
        var number = _world.NextEffect(what);
        if (_world.StopBefore == number)
        {
            Die();
            await Never();
        }

        var result = await act();
        if (_world.StopAfter == number)
            Die();
        await PassAsync();
        return result;
    }

    /// <summary>Delivers what the queue gives, until <paramref name="enough"/>.</summary>
    public async Task WorkAsync(Func<bool> enough)
    {
        while (!enough())
        {
            await PassAsync();
            if (Queue.Receive(Owner) is not { } message)
            {
                await Task.Delay(Queue.UntilNext(), _world.Clock);
                continue;
            }

            try
            {
                await DeliverAsync(message);
                await EffectAsync("complete", () => Task.FromResult(Queue.Complete(message)));
            }
            catch (ProblemException e) when (e.Problem.Kind is ProblemKind.State or ProblemKind.Transient)
            {
                Queue.Abandon(message, TimeSpan.FromSeconds(30));
            }
        }
    }

    /// <summary>Delivers one message.</summary>
    public Task DeliverAsync(WorldMessage message)
    {
        var batch = RecordBatchFormat.Read(message.Body);
        WithoutFence.Begin(batch.Id.RunId, batch.Id.Attempt);
        return Engine.Deliverer.DeliverAsync(batch, CancellationToken.None);
    }

    /// <summary>One tick of the clock: takes the sync if it can be taken, and plans it. True when it planned.</summary>
    public async Task<bool> TickAsync(RunMode mode = RunMode.Incremental)
    {
        await PassAsync();
        try
        {
            var (claimed, _) = await Engine.ClaimAsync(World.Sync, null, mode, "timer", CancellationToken.None);
            if (claimed is null)
                return false;
            await Engine.PlanAsync(claimed, CancellationToken.None);
            return true;
        }
        catch (ProblemException e) when (e.Problem.Kind is ProblemKind.State or ProblemKind.Transient)
        {
            // A host logs it; the next tick goes on.
            return true;
        }
    }

    private static ITableStore Mutated(ITableStore tables, Func<ITableStore, ITableStore>? mutation) =>
        mutation is null ? tables : mutation(tables);

    private static Task Never() => new TaskCompletionSource().Task;

    private sealed class Secrets(World world) : ISecretStore
    {
        public ValueTask<string> GetAsync(string name, bool refresh, CancellationToken ct) => ValueTask.FromResult(world.Secrets(name));
    }
}
