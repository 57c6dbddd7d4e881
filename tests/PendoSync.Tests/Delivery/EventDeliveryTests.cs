using System.Text;
using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Delivery;
using PendoSync.State;
using PendoSync.Tests.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Delivery;

/// <summary>Events go out in chunks that are written down before, and what Pendo says of one is of that one.</summary>
public sealed class EventDeliveryTests
{
    private static readonly long _yesterday = new DateTimeOffset(2026, 2, 28, 12, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    [Fact]
    public void Without_its_progress_in_the_state_no_call_is_made() => Run(3, async (world, deliver, intent) =>
    {
        var other = (await world.State.Receipts.ReadAsync(intent.RunId, intent.Attempt, 0, default)).Value!;
        Assert.True(await world.State.Receipts.TryReplaceAsync(other, default));

        Assert.Equal(StepKind.Lost, (await deliver()).Kind);
        Assert.Empty(world.Pendo.Calls);
    });

    [Fact]
    public void Each_chunk_is_written_as_started_before_its_first_call_and_holds_at_most_10_s_of_the_rate() =>
        Run(100, async (world, deliver, intent) =>
    {
        var started = new List<int>();
        world.Pendo.Fault = call =>
        {
            var row = world.State.Receipts.ReadAsync(intent.RunId, intent.Attempt, 0, default).GetAwaiter().GetResult().Value!;
            started.Add(Enumerable.Range(0, row.Count).Count(i => row.OutcomeOf(i) == RecordOutcome.Started));
            return null;
        };

        Assert.Equal(StepKind.Finished, (await deliver()).Kind);
        Assert.Equal(100, intent.Totals().Accepted);
        // One call a second: ten at a time.
        Assert.Equal(Enumerable.Repeat(10, 100), started);
    });

    [Fact]
    public void No_call_of_a_chunk_begins_a_minute_after_it_was_written() => Run(10, async (world, deliver, intent) =>
    {
        // Each call hangs for the 30 s that an event has; two at a time.
        world.Pendo.Fault = _ => new PendoFault(0) { Silent = true };
        var begun = world.Clock.GetUtcNow();

        Assert.Equal(StepKind.Finished, (await deliver()).Kind);
        Assert.Equal(10, intent.Totals().Unknown);
        Assert.True(world.Pendo.Calls.GroupBy(c => (c.At - begun).TotalSeconds).All(g => g.Count() <= 2));
        Assert.True(intent.Timestamp - begun >= TimeSpan.FromSeconds(60), "a second chunk was not written down");
    });

    [Theory]
    [InlineData(429, "Later", 0, 3)]
    [InlineData(503, "Later", 2, 1)]
    [InlineData(401, "Finished", 0, 0)]
    public void What_was_surely_not_applied_waits_or_stops_the_run(int status, string expected, int accepted, int left) =>
        Run(3, async (world, deliver, intent) =>
    {
        world.Pendo.Fault = call => call.Number == 0 || status != 503 ? new PendoFault(status) : null;

        var step = await deliver();
        Assert.Equal((expected, status == 401), (step.Kind.ToString(), step.Problem is not null));
        Assert.Equal((accepted, left), ((int)intent.Totals().Accepted, Enumerable.Range(0, 3)
            .Count(i => intent.OutcomeOf(i) == RecordOutcome.None)));
        if (status == 401)
            Assert.Equal(3, intent.Totals().Cancelled);
    }, concurrency: 1);

    [Fact]
    public void An_event_that_grew_too_old_while_it_waited_is_rejected_and_not_sent() => Run(2, async (world, deliver, intent) =>
    {
        world.Clock.Pass(TimeSpan.FromDays(7));
        Assert.Equal(StepKind.Finished, (await deliver()).Kind);
        Assert.Equal((2L, 0), (intent.Totals().Rejected, world.Pendo.Calls.Count));
    });

    [Fact]
    public void A_reason_is_of_its_event_and_names_nobody() => Run(30, async (world, deliver, intent) =>
    {
        world.Pendo.Fault = call => new PendoFault(
            400)
        { Body = $"no visitor anna@x.com ({call.Number}), event {WorldPendo.RefOf(call.Body)}" };
        await deliver();

        Assert.Equal("HTTP 400: no visitor (id) (0), event (id)", intent.ReasonOf(0));
        Assert.Equal("HTTP 400: no visitor (id) (19), event (id)", intent.ReasonOf(19));
        Assert.Equal((RecordOutcome.Rejected, null), (intent.OutcomeOf(25), intent.ReasonOf(25)));
    }, concurrency: 1);

    private static void Run(int events, Func<World, Func<Task<DeliveryStep>>, BatchRow, Task> story, int concurrency = 2)
    {
        var world = new World(new WorldSetup { Object = PendoObject.TrackEvent, CallsPerSecond = 1 });
        var process = world.StartProcess();
        var payloads = Enumerable.Range(0, events)
            .Select(i => Encoding.UTF8.GetBytes("""{"type":"track","event":"used","visitorId":"anna@x.com","timestamp":"""
                + $$$"""{{{_yesterday}}},"properties":{"ref":"e{{{i}}}"}}""")).ToList();
        var plain = TestBatches.Batch(events, events: true);
        var ends = payloads.Aggregate(new List<int>(), (all, p) => [.. all, (all.Count == 0 ? 0 : all[^1]) + p.Length]);
        var batch = new RecordBatch
        {
            Id = plain.Id,
            Target = plain.Target with { Connection = "test", App = "web", Concurrency = concurrency },
            Records = plain.Records with { Bytes = [.. payloads.SelectMany(p => p)], Ends = [.. ends] },
            FirstEnqueued = world.Clock.GetUtcNow(),
        };
        world.Run(async () =>
        {
            var intent = new BatchRow(batch, process.Owner);
            await world.State.Receipts.TryAddAsync(intent, default);
            var delivery = new EventDelivery(world.State.Receipts, world.State.Rates, process.Engine.Options);
            var client = process.Engine.ClientOf("test");
            await story(world, () => delivery.DeliverAsync(batch, intent, client, () => Task.FromResult(true), default), intent);
        });
    }
}
