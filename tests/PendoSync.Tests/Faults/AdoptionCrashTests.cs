using PendoSync.Operations;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Faults;

/// <summary>Stops a process before and after every side effect of an adoption: all of it is taken, or nothing.</summary>
public sealed class AdoptionCrashTests
{
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void All_or_nothing_is_taken_wherever_a_process_stops(bool oneMachine, bool first)
    {
        var setup = new WorldSetup { OneMachine = oneMachine };
        // Another tool sent the same rows.
        var other = new World(setup);
        other.Rows.AddRange(Enumerable.Range(1, 9).Select(i => new WorldRow($"r{i}", "a", 1, new DateTime(2026, 2, 28))));
        other.Run(() => other.RunSyncAsync());
        var undisturbed = Live(_ => { });
        for (var number = 1; number <= undisturbed.RunEffects; number++)
            foreach (var after in new[] { false, true })
                try
                {
                    Live(world => _ = after ? world.StopAfter = number : world.StopBefore = number);
                }
                catch (Exception e)
                {
                    Assert.Fail($"stopped {(after ? "after" : "before")} effect {number} ({undisturbed.Effects[number - 1]}):"
                        + $"\n{e.Message}");
                }

        World Live(Action<World> stop)
        {
            var world = new World(setup with { Adopts = first });
            world.Pendo.CopyFrom(other.Pendo);
            world.Rows.AddRange(other.Rows);
            world.Rows[0] = world.Rows[0] with { Plan = "b", Rev = 2 };
            world.Rows.Add(other.Rows[0] with { Id = "new" });
            stop(world);
            var adopted = true;
            world.Run(async () =>
            {
                if (!first)
                    adopted = await AdoptAsync(world);
                else
                    await world.RunSyncAsync();
                world.RunEffects = world.Effects.Count;
                (world.StopBefore, world.StopAfter) = (null, null);
                await Judge.EndAsync(world, repeats: 0);
            });
            var sent = world.Pendo.Calls.SelectMany(WorldPendo.IdsOf).Select(r => r.Id).Distinct().Order(StringComparer.Ordinal);
            Assert.Equal(adopted ? ["new", "r1"] : world.Rows.Select(r => r.Id!).Order(StringComparer.Ordinal), sent);
            return world;
        }
    }

    // True when it was taken, by what the state says.
    private static async Task<bool> AdoptAsync(World world)
    {
        var process = world.StartProcess();
        var adopting = new Comparer(process.Engine).AdoptAsync(World.Sync, null, default);
        if (await Task.WhenAny(adopting, process.Died) == adopting && !process.Dead)
            Assert.Equal((8, 1, 1), await adopting is var found ? (found.Equal, found.Different, found.OnlyWarehouse) : default);
        var checkpoint = await world.State.Checkpoints.ReadAsync(World.Sync, default);
        Assert.Equal(checkpoint.AdoptedAt is null ? [] : [8L], checkpoint.Parts.Select(p => p.Accepted));
        return checkpoint.AdoptedAt is not null;
    }
}
