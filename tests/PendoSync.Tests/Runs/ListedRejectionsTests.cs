using PendoSync.Definitions;
using PendoSync.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Runs;

/// <summary>The list of rejections says what is true of today's records, and names the keys that a read from a cursor looks up.</summary>
public sealed class ListedRejectionsTests
{
    private static readonly DateTime _at = new(2026, 2, 28, 12, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void A_record_in_doubt_leaves_the_list_when_it_is_accepted()
    {
        var world = NewWorld(new WorldSetup { BatchSize = 2 }, 2);
        world.Pendo.Fault = call => call.Number == 0 ? new PendoFault(500) : new PendoFault(401);
        world.Run(async () =>
        {
            await world.RunSyncAsync();
            Assert.Equal(["r0 unknown", "r1 unknown"], await ListAsync(world));
            world.Pendo.Fault = null;
            await world.RunSyncAsync();
            Assert.Empty(await ListAsync(world));
        });
    }

    [Fact]
    public void A_refused_record_whose_row_is_gone_leaves_the_list_with_the_next_read_of_everything()
    {
        var world = NewWorld(new WorldSetup { Create = false }, 3);
        world.Pendo.Seed("visitor", "r1");
        world.Run(async () =>
        {
            await world.RunSyncAsync();
            Assert.Equal(["r0 not_found", "r2 not_found"], await ListAsync(world));
            world.Rows.RemoveAt(0);
            await world.RunSyncAsync();
            Assert.Equal(["r2 not_found"], await ListAsync(world));
            world.Rows.Clear();
            await world.RunSyncAsync();
            Assert.Equal(["r2 not_found"], await ListAsync(world));
        });
    }

    [Fact]
    public void What_became_of_an_event_stays_on_the_list_when_its_row_leaves_the_model()
    {
        var world = NewWorld(new WorldSetup { Object = PendoObject.TrackEvent }, 3);
        world.Pendo.Rejected.Add("r0");
        world.Run(async () =>
        {
            await world.RunSyncAsync();
            world.Rows.RemoveAt(0);
            await world.RunSyncAsync();
            Assert.Equal(["r0 rejected"], await ListAsync(world));
        });
    }

    [Fact]
    public void Entries_that_are_true_no_longer_do_not_keep_due_records_from_being_looked_up()
    {
        var world = NewWorld(new WorldSetup { Create = false, Cursor = true }, 1);
        var accepted = Enumerable.Range(0, 150).Select(i => $"x{i}").ToArray();
        world.Rows.AddRange(accepted.Append("late").Select(id => new WorldRow(id, "a", 1, _at.AddDays(-1))));
        world.Pendo.Seed("visitor", ["r0", .. accepted]);
        world.Run(async () =>
        {
            await world.RunSyncAsync();
            // What a crash between an acceptance and the list leaves behind.
            var seeds = (await world.State.Checkpoints.ReadAsync(World.Sync, default)).Seeds;
            var before = new DateTimeOffset(_at);
            await world.State.Rejections.WriteAsync(
                World.Sync, accepted.Select(id =>
                    new Rejection
                    {
                        Id = RejectionTable.IdOf(seeds.OfKey(id)),
                        Key = id,
                        Outcome = "not_found",
                        First = before,
                        Last = before,
                        NextDue = before
                    }), default);
            world.Pendo.Seed("visitor", "late");
            for (var i = 0; i < 3; i++)
            {
                world.Clock.Pass(TimeSpan.FromHours(3));
                await world.RunSyncAsync();
            }

            Assert.Empty(await ListAsync(world));
            Assert.NotEmpty(world.Pendo.Find("visitor", "late")!);
        });
    }

    private static World NewWorld(WorldSetup setup, int rows)
    {
        var world = new World(setup);
        for (var i = 0; i < rows; i++)
            world.Rows.Add(new WorldRow($"r{i}", "a", 1, _at));
        return world;
    }

    private static async Task<List<string>> ListAsync(World world)
    {
        var listed = new List<string>();
        await foreach (var rejection in world.State.Rejections.ListAsync(World.Sync, null, default))
            listed.Add($"{rejection.Key} {rejection.Outcome}");
        return [.. listed.Order(StringComparer.Ordinal)];
    }
}
