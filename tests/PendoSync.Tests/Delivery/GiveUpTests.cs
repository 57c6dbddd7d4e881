using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.State;
using PendoSync.Tests.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Delivery;

/// <summary>A dead letter ends its batch, and what nobody knows of its events stands on the list whenever its process dies.</summary>
public sealed class GiveUpTests
{
    [Fact]
    public void Unknown_events_are_listed_before_their_receipt_is_written()
    {
        var listed = new List<bool>();
        Run(async (world, giveUp) =>
        {
            world.BeforeWrite = (_, how, table) =>
            {
                if (how == "replace" && table == Tables.Receipts)
                    listed.Add(Listed(world).GetAwaiter().GetResult().Count == 2);
                return null;
            };
            Assert.True(await giveUp());
        }, BatchRowKind.Released);

        Assert.Equal([true], listed);
    }

    [Fact]
    public void A_receipt_that_is_there_already_is_listed_too_since_its_writer_may_have_died() => Run(async (world, giveUp) =>
    {
        Assert.Empty(await Listed(world));
        Assert.True(await giveUp());
        Assert.Equal(["unknown", "unknown"], (await Listed(world)).Select(r => r.Outcome));
    }, BatchRowKind.Receipt);

    private static async Task<List<Rejection>> Listed(World world)
    {
        var all = new List<Rejection>();
        await foreach (var rejection in world.State.Rejections.ListAsync("s", null, default))
            all.Add(rejection);
        return all;
    }

    // Two events whose answer was lost, as the row says.
    private static void Run(Func<World, Func<Task<bool>>, Task> story, BatchRowKind kind)
    {
        var world = new World(new WorldSetup { Object = PendoObject.TrackEvent });
        var process = world.StartProcess();
        var batch = TestBatches.Batch(2, events: true);
        world.Run(async () =>
        {
            var active = new ActiveRun { RunId = batch.Id.RunId, Attempt = batch.Id.Attempt, State = ActiveState.Planning };
            await world.State.Checkpoints.ChangeAsync(batch.Id.Sync, now => now with { Active = active }, default);
            var row = new BatchRow(batch, "dead") { Kind = kind };
            for (var i = 0; i < 2; i++)
                row.Set(i, RecordOutcome.Unknown, "the answer was lost");
            await world.State.Receipts.TryAddAsync(row, default);
            await story(world, () => process.Engine.Deliverer.GiveUpAsync(batch.Header, batch, "the queue gave up", default));
        });
    }
}
