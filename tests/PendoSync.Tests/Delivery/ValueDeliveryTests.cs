using System.Text;
using PendoSync.Delivery;
using PendoSync.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Delivery;

/// <summary>Splitting of bulk calls that Pendo refuses as a whole, also when waits come between the calls.</summary>
public sealed class ValueDeliveryTests
{
    [Fact]
    public void A_batch_refused_again_and_again_costs_64_extra_calls_and_the_rest_takes_its_first_reason()
    {
        var world = NewWorld(new WorldSetup { BatchSize = 200 }, 200);
        world.Pendo.Fault = call => new PendoFault(400) { Body = $"refused {WorldPendo.IdsOf(call).Count()}" };
        world.Run(async () =>
        {
            var process = await world.RunSyncAsync();
            Assert.Equal(1 + ValueDelivery.MaxExtraCalls, world.Pendo.Calls.Count);
            var receipt = await ReceiptAsync(process);
            Assert.Equal(200, receipt.Totals().Rejected);
            Assert.Equal("HTTP 400: refused 1", receipt.ReasonOf(0));
            Assert.Equal("HTTP 400: refused 200", receipt.ReasonOf(199));
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
            Assert.Equal((RunState.Completed, 7L, 1L), (run.State, run.Counts.Accepted, run.Counts.Rejected));
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
            Assert.Equal(2 * (1 + ValueDelivery.MaxExtraCalls), world.Pendo.Calls.Count + 1);
            var taken = world.Pendo.Log.Select(a => a.Id).ToList();
            Assert.Equal(taken.Distinct(), taken);
            Assert.Equal(taken.Count, (await ReceiptAsync(process)).Totals().Accepted);
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
    [InlineData("""{"Ranges":[[0,2]],"Extra":2,"Refusal":"bad"}""", true)]
    [InlineData("""{"Ranges":[[0,5]],"Extra":2}""", false)]
    [InlineData("""{"Ranges":[[-1,2]],"Extra":2}""", false)]
    [InlineData("""{"Ranges":[[4,2147483647]],"Extra":2}""", false)]
    [InlineData("""{"Ranges":[[1]],"Extra":2}""", false)]
    [InlineData("""{"Extra":2}""", false)]
    public void Ranges_outside_the_batch_are_no_split(string text, bool good)
    {
        if (good)
            Assert.Equal(text, BatchSplit.FromText(text, 4)!.ToText());
        else
            Assert.Throws<FormatException>(() => BatchSplit.FromText(text, 4));
    }

    private static World NewWorld(WorldSetup setup, int rows)
    {
        var world = new World(setup);
        for (var i = 0; i < rows; i++)
            world.Rows.Add(new WorldRow($"r{i}", "a", 1, new DateTime(2026, 2, 28, 12, 0, 0, DateTimeKind.Utc)));
        return world;
    }

    private static Func<PendoCall, PendoFault?> RefuseCallsWith(params HashSet<string> ids) =>
        call => WorldPendo.IdsOf(call).Any(r => ids.Contains(r.Id)) ? new PendoFault(400) { Body = "bad" } : null;

    private static async Task<BatchRow> ReceiptAsync(WorldProcess process)
    {
        var run = await process.LastRunAsync();
        return (await process.Engine.State.Receipts.ReadAsync(run.RunId, run.Attempt, 0, CancellationToken.None)).Value!;
    }
}
