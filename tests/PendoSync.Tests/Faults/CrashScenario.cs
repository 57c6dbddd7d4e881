using PendoSync.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Faults;

/// <summary>A run that is to be stopped everywhere: how the world was before, and what is different in it.</summary>
internal sealed record CrashScenario(string Name)
{
    private static readonly DateTime _yesterday = new(2026, 2, 28, 12, 0, 0, DateTimeKind.Utc);

    /// <summary>Runs before it, undisturbed.</summary>
    public Func<World, Task> Before { get; init; } = _ => Task.CompletedTask;

    /// <summary>What changes just before the run.</summary>
    public Action<World> Change { get; init; } = _ => { };

    /// <summary>What changes while the process is dead.</summary>
    public Action<World> AfterDeath { get; init; } = _ => { };

    public static IReadOnlyList<CrashScenario> All { get; } =
    [
        new("first run"),
        new("changed run")
        {
            Before = world => world.RunSyncAsync(),
            Change = Grow,
        },
        new("retry run")
        {
            Before = world => world.RunSyncAsync(),
            Change = world =>
            {
                world.Clock.Pass(TimeSpan.FromHours(2));
                world.Pendo.Rejected.Remove("bad1");
            },
        },
        new("folding run")
        {
            Before = async world =>
            {
                await world.RunSyncAsync();
                for (var i = 0; i < (world.Setup.IsEvents ? 33 : 0); i++)
                {
                    world.Rows.Add(Row($"f{i}", 1));
                    await world.RunSyncAsync();
                }
            },
            Change = world =>
            {
                Grow(world);
                world.Rows.RemoveAll(r => r.Id == "r3");
            },
        },
        new("abandoned plan")
        {
            Before = world => world.RunSyncAsync(),
            Change = world =>
            {
                Grow(world);
                var reads = world.Reads;
                world.WhileRead = row =>
                {
                    if (row == 9 && world.Reads <= reads + 3)
                        throw new IOException("the connection broke");
                };
            },
        },
        new("cancelled run")
        {
            Before = world => world.RunSyncAsync(),
            Change = world =>
            {
                Grow(world);
                Task? cancelling = null;
                world.WhileRead = row => cancelling ??= row == 9 ? CancelAsync(world) : null;
            },
            AfterDeath = world => world.WhileRead = null,
        },
        new("changed and back")
        {
            Before = world => world.RunSyncAsync(),
            Change = world =>
            {
                world.Watch.RevsGrow = false;
                for (var i = 0; i < 6; i++)
                    world.Rows[i] = world.Rows[i] with { Plan = "b", Rev = 2 };
            },
            AfterDeath = world =>
            {
                for (var i = 0; i < 6; i++)
                    world.Rows[i] = world.Rows[i] with { Plan = "a", Rev = 1 };
            },
        },
    ];

    /// <summary>The world before its run.</summary>
    public World Prepare(WorldSetup setup)
    {
        var world = new World(setup);
        for (var i = 1; i <= 9; i++)
            world.Rows.Add(Row($"r{i}", 1));
        world.Rows.Add(Row("bad1", 1));
        world.Rows.Add(Row("bad2", 1));
        world.Rows.Add(Row("new", 1));
        world.Rows.Add(new WorldRow(null, "a", 1, _yesterday));
        world.Pendo.Rejected.UnionWith(["bad1", "bad2"]);
        if (!setup.Create)
            world.Pendo.Seed(setup.Kind, [.. world.Rows.Select(r => r.Id).OfType<string>().Where(id => id != "new")]);
        world.Run(() => Before(world));
        Assert.Empty(world.Watch.Broken);
        return world;
    }

    public override string ToString() => Name;

    private static WorldRow Row(string id, long rev) => new(id, "a", rev, _yesterday);

    private static void Grow(World world)
    {
        for (var i = 0; i < 6; i++)
            world.Rows[i] = world.Rows[i] with { Plan = "b", Rev = 2 };
        world.Rows.Insert(2, Row("n1", 1));
        world.Rows.Add(Row("n2", 1));
    }

    private static async Task CancelAsync(World world)
    {
        var somebody = world.StartProcess();
        var checkpoint = await somebody.Engine.State.Checkpoints.ReadAsync(World.Sync, CancellationToken.None);
        if (checkpoint.Active is { } active)
        {
            await somebody.Engine.Ender.StopAsync(World.Sync, active.RunId, null, RunState.Cancelled,
                new Problem(ProblemKind.Conflict, "the run was cancelled"), CancellationToken.None);
        }
    }
}
