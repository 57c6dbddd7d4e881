using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Runs;
using PendoSync.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Faults;

/// <summary>Takes one guard away after the other: each time something breaks that holds with it. So no guard is for nothing.</summary>
public sealed class GuardTests
{
    private static readonly WorldSetup _visitors = new();
    private static readonly WorldSetup _once = new() { Object = PendoObject.TrackEvent, Delivery = DeliveryPolicy.AtMostOnce };

    [Fact]
    public void Intent_before_the_call() =>
        Guards(tables => new WithoutIntents(tables), "without an intent", mutation => Crash(_visitors, "changed and back", mutation));

    [Fact]
    public void Progress_before_events() =>
        Guards(tables => new WithoutProgress(tables), "sent again", mutation => Crash(_once, "first run", mutation));

    [Fact]
    public void Receipt_written_once() =>
        Guards(tables => new WithoutWriteOnce(tables), "written again", mutation => SameBatchTwice(mutation));

    [Fact]
    public void Fence() => Guards(tables => new WithoutFence(tables), "reached Pendo after", LateMessage);

    [Fact]
    public void Keys_in_doubt() => Guards(tables => new WithoutDoubt(tables), "Pendo holds", CallThatPendoAppliesLate);

    [Fact]
    public void Version_of_the_checkpoint() => Guards(tables => new WithoutVersions(tables), "took the sync", TwoClaimAtOnce);

    [Fact]
    public void Lease() => Guards(tables => new WithoutLease(tables), "took the sync", ClaimWhileAnotherPlans);

    [Fact]
    public void Shared_rate() => Guards(tables => new WithoutRate(tables), "calls in one second", ManyCalls);

    // The same story twice: with the guard all is well, without it the named thing breaks.
    private static void Guards(Func<ITableStore, ITableStore> mutation, string broken, Action<Func<ITableStore, ITableStore>?> story)
    {
        story(null);
        var failure = Record.Exception(() => story(mutation));
        Assert.True(failure is not null, "nothing broke without the guard");
        Assert.Contains(broken, failure.Message, StringComparison.Ordinal);
    }

    // A process stops at each call of a run.
    private static void Crash(WorldSetup setup, string name, Func<ITableStore, ITableStore>? mutation)
    {
        var scenario = CrashScenario.All.Single(s => s.Name == name);
        var ready = scenario.Prepare(setup);
        for (var call = 1; call <= 3; call++)
        {
            var world = new World(setup, from: ready) { Mutation = mutation };
            scenario.Change(world);
            var calls = 0;
            world.Effect = (what, number) =>
            {
                if (what.StartsWith("call", StringComparison.Ordinal) && ++calls == call)
                    world.StopAfter = number;
            };
            world.Run(async () =>
            {
                await world.RunSyncAsync(afterDeath: _ => scenario.AfterDeath(world));
                await Judge.EndAsync(world, repeats: 2 * World.Chunk);
            });
        }
    }

    // Two copies of one message are delivered at the same time.
    private static void SameBatchTwice(Func<ITableStore, ITableStore>? mutation)
    {
        var world = Planned(_visitors, mutation, out var planner);
        world.Run(async () =>
        {
            var message = world.Queue.Receive("both")!;
            await Task.WhenAll(DeliverAsync(world.StartProcess(), message), DeliverAsync(world.StartProcess(), message),
                DeliverAsync(planner, message));
            await Judge.EndAsync(world, 0);
        });
    }

    // A run is cancelled, its message comes when the next run has sent newer values.
    private static void LateMessage(Func<ITableStore, ITableStore>? mutation)
    {
        var world = Planned(_visitors, mutation, out var process);
        world.Run(async () =>
        {
            var late = world.Queue.Receive("late")!;
            var active = (await world.State.Checkpoints.ReadAsync(World.Sync, CancellationToken.None)).Active!;
            await process.Engine.Ender.StopAsync(World.Sync, active.RunId, null, RunState.Cancelled, null, CancellationToken.None);
            world.Queue.Complete(late);
            for (var i = 0; i < world.Rows.Count; i++)
                world.Rows[i] = world.Rows[i] with { Rev = 2 };
            await world.RunSyncAsync();
            await DeliverAsync(process, late);
            await Judge.EndAsync(world, 0);
        });
    }

    // Pendo applies a call 290 s after its caller died; meanwhile the row has a newer value.
    private static void CallThatPendoAppliesLate(Func<ITableStore, ITableStore>? mutation)
    {
        var world = NewWorld(_visitors, mutation);
        world.Effect = (what, number) =>
        {
            if (what.StartsWith("call", StringComparison.Ordinal) && world.Pendo.Calls.Count == 0)
                world.StopLate = number;
        };
        world.Run(async () =>
        {
            await world.RunSyncAsync(afterDeath: dead =>
            {
                for (var i = 0; i < world.Rows.Count; i++)
                    world.Rows[i] = world.Rows[i] with { Rev = 2 };
                CancelAsync(world).GetAwaiter().GetResult();
            });
            Assert.Contains(world.Pendo.Log, a => Watch.RevOf(a.Payload) == 2);
            await Task.Delay(TimeSpan.FromMinutes(10), world.Clock);
            await Judge.EndAsync(world, 0);
        });
    }

    private static void TwoClaimAtOnce(Func<ITableStore, ITableStore>? mutation) => Claims(mutation, async world =>
    {
        var claims = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ClaimAsync(world.StartProcess())));
        return claims.Count(c => c);
    });

    private static void ClaimWhileAnotherPlans(Func<ITableStore, ITableStore>? mutation) => Claims(mutation, async world =>
    {
        var first = await ClaimAsync(world.StartProcess());
        await Task.Delay(TimeSpan.FromSeconds(20), world.Clock);
        return (first ? 1 : 0) + (await ClaimAsync(world.StartProcess()) ? 1 : 0);
    });

    private static void Claims(Func<ITableStore, ITableStore>? mutation, Func<World, Task<int>> story)
    {
        var world = NewWorld(_visitors, mutation);
        world.Run(async () =>
        {
            var took = await story(world);
            Assert.True(took == 1, $"{took} planners took the sync");
        });
    }

    private static void ManyCalls(Func<ITableStore, ITableStore>? mutation)
    {
        var world = NewWorld(_visitors with { CallsPerSecond = 4, BatchSize = 1 }, mutation);
        world.Run(async () =>
        {
            var others = Enumerable.Range(0, 3).Select(_ => world.StartProcess()).ToList();
            var over = false;
            var work = others.Select(p => p.WorkAsync(() => over)).ToList();
            await world.RunSyncAsync();
            over = true;
            await Task.WhenAll(work);
        });
        var most = world.Pendo.Calls.Max(c => world.Pendo.Calls.Count(d => d.At >= c.At && d.At < c.At + TimeSpan.FromSeconds(1)));
        Assert.True(most <= 5, $"{most} calls in one second");
    }

    private static World NewWorld(WorldSetup setup, Func<ITableStore, ITableStore>? mutation)
    {
        var world = new World(setup) { Mutation = mutation };
        for (var i = 0; i < 12; i++)
            world.Rows.Add(new WorldRow($"r{i}", "a", 1, new DateTime(2026, 2, 28, 12, 0, 0, DateTimeKind.Utc)));
        return world;
    }

    // Planned, and nothing delivered yet.
    private static World Planned(WorldSetup setup, Func<ITableStore, ITableStore>? mutation, out WorldProcess planner)
    {
        var world = NewWorld(setup, mutation);
        var process = planner = world.StartProcess();
        world.Run(() => process.TickAsync());
        return world;
    }

    private static Task DeliverAsync(WorldProcess process, WorldMessage message) => process.DeliverAsync(message);

    private static async Task<bool> ClaimAsync(WorldProcess process) =>
        (await process.Engine.ClaimAsync(World.Sync, null, RunMode.Incremental, "timer", CancellationToken.None)).Claimed is not null;

    private static async Task CancelAsync(World world)
    {
        var state = new StateStore(world.Tables);
        await state.Checkpoints.ChangeAsync(World.Sync, now => now.Stop(now.Active!.RunId, null, RunState.Cancelled),
            CancellationToken.None);
    }
}
