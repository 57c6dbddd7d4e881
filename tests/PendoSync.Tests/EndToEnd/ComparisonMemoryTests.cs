using PendoSync.Engine;
using PendoSync.Planning;
using PendoSync.Snapshot;
using PendoSync.State;

namespace PendoSync.Tests.EndToEnd;

/// <summary>What a comparison keeps of each record: one table, of the size of a run's.</summary>
public sealed class ComparisonMemoryTests
{
    private const int Records = 20_000;

    [Fact]
    public async Task Comparison_keeps_one_table_of_a_runs_size_and_loads_what_was_accepted_of_the_differing_records_only()
    {
        await using var world = await ComparedVisitors.StartAsync(Records);
        world.Options = world.Options with { PendoPage = 5000 };
        await world.RunAsync(ComparedVisitors.Sync);
        await world.SetAsync("v-0007", """{"plan":"theirs"}""");
        await world.AskAsync(async engine =>
        {
            var (context, checkpoint) = (engine.ContextOf(ComparedVisitors.Sync),
                await engine.State.Checkpoints.ReadAsync(ComparedVisitors.Sync, default));
            var loader = new SnapshotLoader(engine.State, engine.Options);
            var run = await loader.LoadAsync(checkpoint, events: false, default);
            var loaded = new List<SnapshotIndex>();
            var comparison = new Comparison(context, engine.State, engine.Options, checkpoint, async (only, ct) =>
            {
                loaded.Add(await loader.LoadAsync(checkpoint, events: false, ct, only: only));
                return loaded[^1];
            }, writesNothing: true);
            var found = await comparison.RunAsync(default);
            Assert.Equal((Records - 1, 1, 1), (found.Equal, found.Different, found.NotJudged));
            // It grows step by step where a run's makes room at once.
            Assert.InRange(comparison.Bytes, 1, run.Bytes * 11 / 10);
            // Its thousands of parts are small, with room to spare; of 1,000,000 records it is 19 to 24 B each.
            Assert.InRange((double)comparison.Bytes / Records, 16, 40);
            Assert.Equal(1, Assert.Single(loaded).Entries);
            return found;
        });
    }
}
