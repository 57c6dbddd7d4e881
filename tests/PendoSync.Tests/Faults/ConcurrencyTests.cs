using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Tests.Worlds;
using Xunit.Abstractions;

namespace PendoSync.Tests.Faults;

/// <summary>
/// Many worlds, each drawn from a seed: four processes that plan and deliver at once, messages that come twice, late and in
/// any order, a source that changes while it is read, clocks that jump, processes that die. PENDOSYNC_SEED replays one.
/// </summary>
public sealed class ConcurrencyTests(ITestOutputHelper output)
{
    private const int Worlds = 500;

    [Fact]
    public void Promises_hold_in_worlds_drawn_from_seeds()
    {
        var effects = 0;
        var worlds = 0;
        Seeds.Live(Worlds, seed =>
        {
            effects += Live(seed);
            worlds++;
        });
        output.WriteLine($"{worlds} worlds, {effects} side effects");
    }

    [Fact]
    public void A_seed_replays_the_same_world()
    {
        Assert.Equal(Live(7), Live(7));
    }

    private static int Live(int seed)
    {
        var random = new Random(seed);
        var setup = (seed % 4) switch
        {
            0 => new WorldSetup { Object = PendoObject.Visitor },
            1 => new WorldSetup { Object = PendoObject.Account, Create = false },
            2 => new WorldSetup { Object = PendoObject.TrackEvent, Delivery = DeliveryPolicy.AtLeastOnce },
            _ => new WorldSetup { Object = PendoObject.TrackEvent, Delivery = DeliveryPolicy.AtMostOnce },
        };
        var world = new World(setup with
        {
            BatchSize = random.Next(1, 6),
            CallsPerSecond = random.Next(2) == 0 ? 1000 : 5,
            Large = seed / 4 % 2 == 0,
        }, seed)
        { Chaos = random };
        // In every third world many calls fail or are never answered: their batches go back into the queue, some of them with two messages.
        if (seed % 3 == 0)
            world.Pendo.Fault = _ => random.Next(20) switch
            {
                < 5 => new PendoFault(503),
                < 7 => new PendoFault(0) { Silent = true },
                _ => null,
            };
        var source = new ChangingSource(world, random);
        world.Run(async () =>
        {
            for (var round = 0; round < 3; round++)
            {
                source.Change();
                await RoundAsync(world, random);
            }

            world.StoreClock.Wrong = TimeSpan.Zero;
            await world.RunSyncAsync();
            // Given up after what looked like a day: due again by then.
            world.Clock.Pass(TimeSpan.FromHours(20));
            // Duplicates in flight, each with a chunk, and the processes that died.
            await Judge.EndAsync(world, repeats: 3 * 4 * 4 * World.Chunk);
        });
        return world.Effects.Count;
    }

    // Four processes for a while; some die, all of them have wrong clocks. Then one that goes on to the end.
    private static async Task RoundAsync(World world, Random random)
    {
        var over = false;
        var processes = Enumerable.Range(0, 4).Select(_ => world.StartProcess()).ToList();
        var work = processes.Select(p => p.WorkAsync(() => over)).ToList();
        var planning = processes.Take(2).Select(p => PlanAsync(world, p, random)).ToList();
        world.StopAfter = random.Next(3) == 0 ? world.Effects.Count + random.Next(1, 120) : null;
        world.StopBefore = random.Next(3) == 0 ? world.Effects.Count + random.Next(1, 120) : null;
        foreach (var process in processes)
            process.Clock.Wrong = random.Next(3) == 0 ? TimeSpan.FromMinutes(random.Next(-60, 60)) : TimeSpan.Zero;
        // Now and then the store's clock is wrong for one round.
        world.StoreClock.Wrong = random.Next(6) == 0 ? TimeSpan.FromDays(random.Next(-2, 40)) : TimeSpan.Zero;
        await Task.WhenAll(planning.Select((task, i) => Task.WhenAny(task, processes[i].Died)));
        foreach (var failed in planning.Concat(work).Where(t => t.IsFaulted))
            await failed;
        over = true;
        (world.StopAfter, world.StopBefore) = (null, null);
        await Task.WhenAll(work.Select((task, i) => Task.WhenAny(task, processes[i].Died)));
    }

    private static async Task PlanAsync(World world, WorldProcess process, Random random)
    {
        for (var tick = 0; tick < 3; tick++)
        {
            await Task.Delay(TimeSpan.FromSeconds(random.Next(1, 90)), world.Clock);
            await process.TickAsync(random.Next(10) == 0 ? RunMode.Full : RunMode.Incremental);
            if (random.Next(4) == 0)
                process.Clock.Wrong += TimeSpan.FromMinutes(random.Next(-30, 30));
        }
    }

    /// <summary>Rows that come, change and go, also in the middle of a read.</summary>
    private sealed class ChangingSource
    {
        private static readonly DateTime _yesterday = new(2026, 2, 28, 12, 0, 0, DateTimeKind.Utc);
        private readonly World _world;
        private readonly Random _random;
        private int _ids;

        public ChangingSource(World world, Random random)
        {
            (_world, _random) = (world, random);
            for (var i = 0; i < 12; i++)
                Add();
            if (!world.Setup.Create)
                world.Pendo.Seed(world.Setup.Kind, [.. Enumerable.Range(1, 200).Where(i => i % 6 != 0).Select(i => $"r{i}")]);
            world.WhileRead = row =>
            {
                if (random.Next(12) == 0)
                    Change();
                if (random.Next(150) == 0)
                    throw new IOException("the connection broke");
            };
        }

        public void Change()
        {
            for (var i = 0; i < 3; i++)
            {
                var at = _random.Next(_world.Rows.Count);
                if (!_world.Setup.IsEvents)
                    _world.Rows[at] = _world.Rows[at] with { Rev = _world.Rows[at].Rev + 1 };
            }

            if (_random.Next(2) == 0)
                Add();
        }

        private void Add()
        {
            var id = $"r{++_ids}";
            _world.Rows.Add(new WorldRow(id, "a", 1, _yesterday));
            if (_random.Next(8) == 0)
                _world.Pendo.Rejected.Add(id);
        }
    }
}
