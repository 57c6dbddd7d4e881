using PendoSync.Definitions;
using PendoSync.Tests.Worlds;
using Xunit.Abstractions;

namespace PendoSync.Tests.Faults;

/// <summary>Stops a process before and after every side effect of a run, starts a new one, and judges what came of it.</summary>
public sealed class CrashPointTests(ITestOutputHelper output)
{
    private static readonly WorldSetup[] _setups =
    [
        .. new[] { true, false }.SelectMany(oneMachine => new[]
        {
            new WorldSetup { OneMachine = oneMachine, Object = PendoObject.Visitor },
            new WorldSetup { OneMachine = oneMachine, Object = PendoObject.Visitor, Cursor = true, Large = true },
            new WorldSetup { OneMachine = oneMachine, Object = PendoObject.Account, Create = false },
            new WorldSetup { OneMachine = oneMachine, Object = PendoObject.TrackEvent, Delivery = DeliveryPolicy.AtLeastOnce },
            new WorldSetup { OneMachine = oneMachine, Object = PendoObject.TrackEvent, Delivery = DeliveryPolicy.AtMostOnce },
            new WorldSetup
            {
                OneMachine = oneMachine,
                Object = PendoObject.TrackEvent,
                Delivery = DeliveryPolicy.AtMostOnce,
                Cursor = true,
                Large = true,
            },
        }),
    ];

    public static TheoryData<int, string> Cases()
    {
        var data = new TheoryData<int, string>();
        for (var i = 0; i < _setups.Length; i++)
            foreach (var scenario in CrashScenario.All)
                if (!_setups[i].IsEvents || scenario.Name != "changed and back")
                    data.Add(i, scenario.Name);
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Nothing_is_lost_wherever_a_process_stops(int setupNumber, string name)
    {
        var setup = _setups[setupNumber];
        var scenario = CrashScenario.All.Single(s => s.Name == name);
        var ready = scenario.Prepare(setup);
        var undisturbed = Live(ready, scenario, _ => { });
        var stops = Stops(undisturbed).ToList();
        var lived = 0;
        foreach (var (number, kind) in Full.Of(stops, setupNumber + name.Length))
        {
            try
            {
                Live(ready, scenario, world => _ = kind switch
                {
                    Stop.Before => world.StopBefore = number,
                    Stop.After => world.StopAfter = number,
                    _ => world.StopLate = number,
                });
            }
            catch (Exception e)
            {
                Assert.Fail($"{setup}, {name}, stopped {kind} effect {number} of {undisturbed.Effects.Count} "
                    + $"({undisturbed.Effects[number - 1]}):\n{e.Message}");
            }

            lived++;
        }

        output.WriteLine($"{setup}, {name}: {lived} of {stops.Count} stops");
    }

    private static World Live(World ready, CrashScenario scenario, Action<World> stop)
    {
        var world = new World(ready.Setup, from: ready);
        scenario.Change(world);
        stop(world);
        world.Run(async () =>
        {
            await world.RunSyncAsync(afterDeath: _ => scenario.AfterDeath(world));
            world.RunEffects = world.Effects.Count;
            // Two workers had a chunk each in work.
            await Judge.EndAsync(world, repeats: 2 * World.Chunk);
        });
        return world;
    }

    private static IEnumerable<(int Number, Stop Kind)> Stops(World undisturbed)
    {
        for (var number = 1; number <= undisturbed.RunEffects; number++)
        {
            yield return (number, Stop.Before);
            yield return (number, Stop.After);
            // Pendo applies it when the next run is long over: nobody waits for that.
            if (undisturbed.Effects[number - 1].StartsWith("call", StringComparison.Ordinal))
                yield return (number, Stop.Late);
        }
    }

    private enum Stop
    {
        Before,
        After,
        Late,
    }
}
