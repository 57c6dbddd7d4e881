using PendoSync.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Planning;

/// <summary>What a planner makes of what it read, and of a read that breaks off.</summary>
public sealed class PlannerTests
{
    private static readonly DateTime _yesterday = new(2026, 2, 28, 12, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void A_model_without_rows_makes_the_snapshot_forget_nothing()
    {
        var world = NewWorld(oneMachine: false);
        world.Run(async () =>
        {
            await world.RunSyncAsync();
            var rows = world.Rows.ToList();
            world.Rows.Clear();
            var empty = await (await world.RunSyncAsync()).LastRunAsync();
            world.Rows.AddRange(rows);
            var again = await (await world.RunSyncAsync()).LastRunAsync();

            Assert.Contains(empty.Notices, n => n.Contains("no rows", StringComparison.Ordinal));
            Assert.Equal((12L, 0L), (again.Counts.Unchanged, again.Counts.Planned));
        });
    }

    [Fact]
    public void A_row_that_vanished_is_forgotten_and_sent_when_it_comes_back()
    {
        var world = NewWorld(oneMachine: false);
        world.Run(async () =>
        {
            await world.RunSyncAsync();
            var row = world.Rows[3];
            world.Rows.RemoveAt(3);
            await world.RunSyncAsync();
            world.Rows.Add(row);
            var again = await (await world.RunSyncAsync()).LastRunAsync();

            Assert.Equal((11L, 1L), (again.Counts.Unchanged, again.Counts.Planned));
        });
    }

    // The deliverer's receipt fails, its message is put back, and the read breaks off before it comes again: the intent of a batch that
    // nobody works on stays.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_read_that_breaks_off_while_the_state_fails_a_delivery_goes_on_within_moments(bool oneMachine)
    {
        var world = NewWorld(oneMachine);
        var failed = false;
        world.BeforeWrite = (_, how, table) => !failed && how == "replace" && table == Tables.Receipts && (failed = true)
            ? new ProblemException(ProblemKind.Transient, "the state is away", "state", "Try again.") : null;
        world.WhileRead = row =>
        {
            if (world.Reads == 1 && row > 4)
                throw new IOException("the server closed the connection");
        };
        world.Run(async () =>
        {
            var begun = world.Clock.GetUtcNow();
            var run = await (await world.RunSyncAsync()).LastRunAsync();
            Assert.True(failed, "no delivery failed");
            Assert.Equal((RunState.Completed, 2), (run.State, run.Attempt));
            Assert.Contains(PendoSync.Planning.Planner.BegunAnew, run.Notices);
            Assert.True(world.Clock.GetUtcNow() - begun < TimeSpan.FromSeconds(75), $"it took {world.Clock.GetUtcNow() - begun}");
            await Judge.EndAsync(world, 0);
        });
    }

    private static World NewWorld(bool oneMachine)
    {
        var world = new World(new WorldSetup { OneMachine = oneMachine });
        for (var i = 0; i < 12; i++)
            world.Rows.Add(new WorldRow($"r{i}", "a", 1, _yesterday));
        return world;
    }
}
