using PendoSync.Definitions;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Faults;

/// <summary>
/// Processes that send one sync by two mappings at the same time, as a command line beside a service that has not read an edit yet: every
/// promise holds, and what stands in Pendo in the end is what the last mapping says.
/// </summary>
public sealed class TwoDefinitionsTests
{
    private static readonly DateTime _yesterday = new(2026, 2, 28, 12, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void Worlds_with_two_definitions_keep_their_promises_and_end_by_the_last_one() => Seeds.Live(200, Live);

    private static void Live(int seed)
    {
        var random = new Random(seed);
        var world = new World(new WorldSetup
        {
            OneMachine = seed % 3 == 0,
            Cursor = seed % 2 == 0,
            Large = seed % 4 < 2,
            BatchSize = random.Next(1, 5),
        }, seed);
        for (var i = 0; i < 12; i++)
            world.Rows.Add(new WorldRow($"r{i}", "a", 1, _yesterday));
        var sync = world.Project.Syncs[0];
        var other = world.Project with
        {
            Syncs = [sync with
            {
                Fields = [.. sync.Fields.Select(f => f.Field == "plan" ? new FieldMapping("plan") { Constant = "z" } : f)],
                Hash = "z",
            }],
        };
        world.Run(async () =>
        {
            for (var round = 0; round < 4; round++)
            {
                for (var i = 0; i < 3; i++)
                {
                    var at = random.Next(world.Rows.Count);
                    world.Rows[at] = world.Rows[at] with { Rev = world.Rows[at].Rev + 1, At = world.Clock.GetUtcNow().UtcDateTime };
                }

                await RoundAsync(world, other, random);
            }

            await Judge.EndAsync(world, 0);
        });
    }

    // Both plan and deliver; on one machine one after the other, since a lock keeps them apart. One may die.
    private static async Task RoundAsync(World world, Project other, Random random)
    {
        var over = false;
        WorldProcess[] processes = [world.StartProcess(), world.StartProcess()];
        processes[random.Next(2)].Engine.Use(other);
        world.StopAfter = random.Next(3) == 0 ? world.Effects.Count + random.Next(1, 80) : null;
        foreach (var group in world.Setup.OneMachine ? processes.Chunk(1) : [processes])
        {
            var work = group.Select(p => p.WorkAsync(() => over)).ToList();
            var plans = group.Select(p => TicksAsync(world, p, random)).ToList();
            await Task.WhenAll(plans.Select((task, i) => Task.WhenAny(task, group[i].Died)));
            foreach (var failed in plans.Concat(work).Where(t => t.IsFaulted))
                await failed;
            over = true;
            await Task.WhenAll(work.Select((task, i) => Task.WhenAny(task, group[i].Died)));
            over = false;
        }

        world.StopAfter = null;
    }

    private static async Task TicksAsync(World world, WorldProcess process, Random random)
    {
        for (var tick = 0; tick < 3; tick++)
        {
            await Task.Delay(TimeSpan.FromSeconds(random.Next(1, 60)), world.Clock);
            await process.TickAsync();
        }

        // What is on its way gets its time.
        await Task.Delay(TimeSpan.FromMinutes(1), world.Clock);
    }
}
