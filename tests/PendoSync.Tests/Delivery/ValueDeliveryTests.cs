using System.Text;
using PendoSync.Batches;
using PendoSync.Delivery;
using PendoSync.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Delivery;

/// <summary>Splitting of bulk calls that Pendo refuses as a whole, also when waits come between the calls.</summary>
public sealed class ValueDeliveryTests
{
    [Fact]
    public void A_batch_of_which_nothing_gets_through_is_not_bisected_to_its_end()
    {
        var world = NewWorld(new WorldSetup { BatchSize = 200 }, 200);
        world.Pendo.Fault = call => new PendoFault(400) { Body = $"refused {WorldPendo.IdsOf(call).Count()}" };
        world.Run(async () =>
        {
            var process = await world.RunSyncAsync();
            Assert.InRange(world.Pendo.Calls.Count, ValueDelivery.Wide, 1 + (2 * ValueDelivery.Wide));
            var receipt = await ReceiptAsync(process);
            Assert.Equal("HTTP 400: refused 1", receipt.RejectedWhole);
            Assert.Equal(200, receipt.Totals().Rejected + receipt.Totals().Cancelled);
            // Only who was judged alone is refused.
            Assert.All(Enumerable.Range(0, 200).Where(k => receipt.OutcomeOf(k) == RecordOutcome.Rejected), k =>
                Assert.Equal("HTTP 400: refused 1", receipt.ReasonOf(k)));
        });
    }

    [Fact]
    public void Thirty_bad_records_of_a_thousand_cost_nobody_else_anything()
    {
        var world = NewWorld(new WorldSetup { BatchSize = 1000 }, 1000);
        world.Pendo.Fault = RefuseCallsWith(Every(33, 30));
        world.Run(async () =>
        {
            var run = await (await world.RunSyncAsync()).LastRunAsync();
            Assert.Equal((970L, 30L, 0L), (run.Counts.Accepted, run.Counts.Rejected, run.Counts.Cancelled));
            Assert.True(world.Pendo.Calls.Count < 500, $"{world.Pendo.Calls.Count} calls");
        });
    }

    [Fact]
    public void What_was_not_judged_by_itself_when_the_calls_are_used_up_is_cancelled_and_goes_out_with_the_next_run_apart_from_the_guilty()
    {
        var world = NewWorld(new WorldSetup { BatchSize = 500 }, 1000);
        var guilty = Every(7, 140);
        world.Pendo.Fault = RefuseCallsWith(guilty);
        world.Run(async () =>
        {
            var run = await (await world.RunSyncAsync()).LastRunAsync();
            Assert.Equal(RunState.Partial, run.State);
            Assert.InRange(run.Counts.Cancelled, 1, 800);
            Assert.InRange(world.Pendo.Calls.Count, 900, 2 + ValueDelivery.MaxExtraCalls);
            var runs = 1;
            for (; runs < 5 && world.Pendo.Log.Select(a => a.Id).Distinct().Count() < 860; runs++)
                await world.RunSyncAsync();
            Assert.InRange(runs, 2, 3);
            Assert.Equal(860, world.Pendo.Log.Select(a => a.Id).Distinct().Count());
            Assert.DoesNotContain(world.Pendo.Log, a => guilty.Contains(a.Id));

            // When they are due again, the guilty take no other one with them.
            world.Clock.Pass(TimeSpan.FromHours(2));
            for (var i = 0; i < 10; i++)
                world.Rows[(7 * i) + 1] = world.Rows[(7 * i) + 1] with { Rev = 2 };
            var before = world.Pendo.Calls.Count;
            run = await (await world.RunSyncAsync(workers: 1)).LastRunAsync();
            Assert.Equal(10L, run.Counts.Accepted);
            Assert.Equal(10, WorldPendo.IdsOf(world.Pendo.Calls[before]).Count());
        });
    }

    [Fact]
    public void Processes_share_the_calls_that_halving_may_cost_in_a_run()
    {
        var world = NewWorld(new WorldSetup { BatchSize = 250 }, 1000);
        world.Pendo.Fault = RefuseCallsWith(Every(7, 140));
        world.Run(async () =>
        {
            var over = false;
            var others = Enumerable.Range(0, 3).Select(_ => world.StartProcess().WorkAsync(() => over)).ToList();
            var process = await world.RunSyncAsync(workers: 1);
            over = true;
            await Task.WhenAll(others);
            var owners = await process.Engine.State.Receipts.ListAsync(
                ReceiptTable.PartitionOf((await process.LastRunAsync()).RunId, 1), default).Select(r => r.Owner).Distinct().CountAsync();
            Assert.InRange(owners, 2, 4);
            Assert.InRange(world.Pendo.Calls.Count, 900, 4 + ValueDelivery.MaxExtraCalls);
        });
    }

    [Theory]
    // What Pendo says of a call with the odd id "Odd": it names another form of it, or its counts are wrong.
    [InlineData(" odd ", 11, 1, 0)]
    [InlineData("ODD", 11, 1, 0)]
    [InlineData(null, 11, 0, 1)]
    public void One_odd_id_costs_only_itself(string? named, long accepted, long notFound, long givenUp)
    {
        var world = NewWorld(new WorldSetup { BatchSize = 12, Create = false }, 12);
        world.Rows[5] = world.Rows[5] with { Id = "Odd" };
        world.Pendo.Seed("visitor", [.. world.Rows.Select(r => r.Id!).Where(id => id != "Odd")]);
        world.Pendo.Fault = call => WorldPendo.IdsOf(call).ToList() is var all && all.Any(r => r.Id == "Odd")
            ? new PendoFault(200, Apply: true)
            {
                Body = named is null ? $$"""{"total":{{all.Count + 1}},"updated":0,"failed":0}"""
                    : $$"""{"total":{{all.Count}},"updated":{{all.Count - 1}},"failed":1,"missing":["{{named}}"]}""",
            }
            : null;
        world.Run(async () =>
        {
            var run = await (await world.RunSyncAsync()).LastRunAsync();
            Assert.Equal((accepted, notFound, givenUp), (run.Counts.Accepted, run.Counts.NotFound, run.Counts.GivenUp));
            Assert.InRange(world.Pendo.Calls.Count, 2, 9);
        });
    }

    [Fact]
    public void A_record_at_which_Pendo_breaks_does_not_keep_its_neighbours_waiting()
    {
        var world = NewWorld(new WorldSetup { BatchSize = 8 }, 8);
        world.Pendo.Fault = call => WorldPendo.IdsOf(call).ToList() is var all && all.Any(r => r.Id == "r2")
            ? new PendoFault(all.Count > 1 ? 400 : 500) { Body = "bad" } : null;
        world.Run(async () =>
        {
            var run = await (await world.RunSyncAsync()).LastRunAsync();
            Assert.Equal((7L, 1L), (run.Counts.Accepted, run.Counts.GivenUp));
        });
    }

    [Fact]
    public void A_batch_that_waits_for_the_shared_rate_between_its_halves_comes_to_an_end()
    {
        // Every second call waits longer than a delivery may, so each call is a delivery of its own.
        var world = NewWorld(new WorldSetup { BatchSize = 8, CallsPerSecond = 0.04 }, 8);
        world.Pendo.Fault = RefuseCallsWith("r5");
        world.Run(async () =>
        {
            var run = await (await world.RunSyncAsync()).LastRunAsync();
            Assert.Equal((RunState.CompletedWithErrors, 7L, 1L), (run.State, run.Counts.Accepted, run.Counts.Rejected));
            Assert.Equal(7, world.Pendo.Calls.Count);
        });
    }

    [Fact]
    public void Cool_downs_between_the_halves_neither_send_again_what_was_answered_nor_start_the_bound_anew()
    {
        var world = NewWorld(new WorldSetup { BatchSize = 128 }, 128);
        var guilty = RefuseCallsWith([.. Enumerable.Range(0, 128).Where(i => i % 2 == 0).Select(i => $"r{i}")]);
        world.Pendo.Fault = call => call.Number % 2 == 1 ? new PendoFault(429) { RetryAfter = "30" } : guilty(call);
        world.Run(async () =>
        {
            var process = await world.RunSyncAsync();
            Assert.Equal(2 * 255, world.Pendo.Calls.Count + 1);
            var taken = world.Pendo.Log.Select(a => a.Id).ToList();
            Assert.Equal(taken.Distinct(), taken);
            Assert.Equal((64L, 64L), ((await ReceiptAsync(process)).Totals().Accepted, (await ReceiptAsync(process)).Totals().Rejected));
        });
    }

    [Fact]
    public void The_first_two_batches_of_one_record_refused_with_one_body_are_a_wrong_configuration()
    {
        var world = NewWorld(new WorldSetup { BatchSize = 1 }, 12);
        world.Pendo.Fault = _ => new PendoFault(400) { Body = "no such group" };
        world.Run(async () =>
        {
            var run = await (await world.RunSyncAsync(workers: 1)).LastRunAsync();
            Assert.Equal((RunState.Failed, ProblemKind.Configuration), (run.State, run.Error!.Kind));
            Assert.Equal(2, world.Pendo.Calls.Count);
        });
    }

    [Fact]
    public void What_an_answered_half_did_says_nothing_about_the_half_that_was_never_applied()
    {
        var world = NewWorld(new WorldSetup { BatchSize = 4 }, 4);
        world.Pendo.Fault = call => call.Number switch { 0 => new PendoFault(400) { Body = "bad" }, 1 => null, _ => new PendoFault(401) };
        world.Run(async () =>
        {
            var run = await (await world.RunSyncAsync()).LastRunAsync();
            Assert.Equal((2L, 2L, 0L), (run.Counts.Accepted, run.Counts.Cancelled, run.Counts.Unknown));
        });
    }

    [Theory]
    [InlineData("""{"Ranges":[[0,2]],"Extra":2,"RejectedWith":"bad"}""", true)]
    [InlineData("""{"Ranges":[[0,5]],"Extra":2}""", false)]
    [InlineData("""{"Ranges":[[-1,2]],"Extra":2}""", false)]
    [InlineData("""{"Ranges":[[4,2147483647]],"Extra":2}""", false)]
    [InlineData("""{"Ranges":[[1]],"Extra":2}""", false)]
    [InlineData("""{"Extra":2}""", false)]
    [InlineData("""{"Ranges":[[0,2],[2,1]],"Extra":2,"RejectedWith":"bad","Late":1}""", true)]
    [InlineData("""{"Ranges":[[0,2]],"Extra":2,"Late":2}""", false)]
    public void Ranges_outside_the_batch_are_no_split(string text, bool good)
    {
        if (good)
            Assert.Equal(text, BatchSplit.FromText(text, 4)!.ToText());
        else
            Assert.Throws<FormatException>(() => BatchSplit.FromText(text, 4));
    }

    private static string[] Every(int step, int count) => [.. Enumerable.Range(0, count).Select(i => $"r{i * step}")];

    private static World NewWorld(WorldSetup setup, int rows)
    {
        var world = new World(setup);
        for (var i = 0; i < rows; i++)
            world.Rows.Add(new WorldRow($"r{i}", "a", 1, new DateTime(2026, 2, 28, 12, 0, 0, DateTimeKind.Utc)));
        return world;
    }

    private static Func<PendoCall, PendoFault?> RefuseCallsWith(params IReadOnlyCollection<string> ids) =>
        call => WorldPendo.IdsOf(call).Any(r => ids.Contains(r.Id)) ? new PendoFault(400) { Body = "bad" } : null;

    private static async Task<BatchRow> ReceiptAsync(WorldProcess process)
    {
        var run = await process.LastRunAsync();
        return (await process.Engine.State.Receipts.ReadAsync(run.RunId, run.Attempt, 0, CancellationToken.None)).Value!;
    }
}
