using System.Text;
using PendoSync.Batches;
using PendoSync.Delivery;
using PendoSync.State;
using PendoSync.Tests.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Delivery;

/// <summary>One delivery of a batch of values: its waits, its deadline, and what its row says before and after a call.</summary>
public sealed class ValueStepTests
{
    [Theory]
    [InlineData(474, true)]
    [InlineData(476, false)]
    public void No_call_begins_within_5_s_of_the_deadline(int secondsAgo, bool called) => Run(async story =>
    {
        story.World.Clock.Pass(TimeSpan.FromSeconds(secondsAgo));

        var step = await story.Deliver();
        Assert.Equal((called ? StepKind.Finished : StepKind.Later, !called, TimeSpan.Zero), (step.Kind, step.CountTry, step.Delay));
        Assert.Equal(called ? 1 : 0, story.World.Pendo.Calls.Count);
    });

    [Theory]
    [InlineData(4, true)]
    [InlineData(5, false)]
    public void A_call_waits_for_its_turn_for_40_s(int tens, bool called) => Run(async story =>
    {
        for (var i = 0; i < tens; i++)
            await story.World.State.Rates.ReserveAsync("test", 10, 1, TimeSpan.FromSeconds(40), default);
        var begun = story.World.Clock.GetUtcNow();

        var step = await story.Deliver();
        Assert.Equal((called ? StepKind.Finished : StepKind.Later, false), (step.Kind, step.CountTry));
        if (called)
            Assert.Equal(TimeSpan.FromSeconds(40), story.World.Pendo.Calls.Single().At - begun);
        else
            Assert.Equal((TimeSpan.FromSeconds(50), 0), (step.Delay, story.World.Pendo.Calls.Count));
    });

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public void An_intent_older_than_a_second_is_written_again_before_the_call(int seconds, bool written) => Run(async story =>
    {
        story.World.Clock.Pass(TimeSpan.FromSeconds(seconds));
        DateTimeOffset? at = null;
        story.World.Pendo.Fault = _ =>
        {
            at = story.World.State.Receipts.ReadAsync("s-1", 2, 0, default).GetAwaiter().GetResult().Value!.Timestamp;
            return null;
        };
        var now = story.World.Clock.GetUtcNow();

        Assert.Equal(StepKind.Finished, (await story.Deliver()).Kind);
        Assert.Equal(written ? now : now.AddSeconds(-seconds), at);
    });

    [Fact]
    public void Who_cannot_write_its_old_intent_again_calls_nobody() => Run(async story =>
    {
        story.World.Clock.Pass(TimeSpan.FromSeconds(5));
        var other = (await story.World.State.Receipts.ReadAsync("s-1", 2, 0, default)).Value!;
        Assert.True(await story.World.State.Receipts.TryReplaceAsync(other, default));

        Assert.Equal(StepKind.Lost, (await story.Deliver()).Kind);
        Assert.Empty(story.World.Pendo.Calls);
    });

    [Theory]
    // Status of the answer; whether it may be applied, and whether only later. 0 breaks the connection, -1 refuses it.
    [InlineData(0, true, true)]
    [InlineData(-1, false, false)]
    [InlineData(409, true, false)]
    [InlineData(425, true, false)]
    [InlineData(500, true, true)]
    [InlineData(504, true, true)]
    public void What_was_not_answered_may_be_applied_now_or_later(int status, bool applied, bool later) => Run(async story =>
    {
        story.World.Pendo.Fault = _ => new PendoFault(Math.Max(0, status)) { Refuse = status < 0 };

        var step = await story.Deliver();
        Assert.Equal((StepKind.Later, true), (step.Kind, step.CountTry));
        Assert.Equal((applied, later), (story.Intent.MayBeApplied, story.Intent.DoubtUntil is not null));
        Assert.Equal(1L, story.Intent.Totals().Calls);
    });

    [Theory]
    [InlineData(0, "HTTP 400: bad")]
    [InlineData(1, null)]
    public void A_batch_refused_whole_says_so_unless_all_of_it_was_refused_before(byte tries, string? whole) => Run(async story =>
    {
        story.World.Pendo.Fault = _ => new PendoFault(400) { Body = "bad" };

        Assert.Equal(StepKind.Finished, (await story.Deliver()).Kind);
        Assert.Equal((2L, whole), (story.Intent.Totals().Rejected, story.Intent.RejectedWhole));
    }, tries);

    [Fact]
    public void A_429_pauses_everybody_and_uses_up_no_try() => Run(async story =>
    {
        story.World.Pendo.Fault = _ => new PendoFault(429) { RetryAfter = "33" };

        var step = await story.Deliver();
        Assert.Equal((StepKind.Later, false, TimeSpan.FromSeconds(33)), (step.Kind, step.CountTry, step.Delay));
        Assert.Equal(TimeSpan.FromSeconds(33), await story.World.State.Rates.LookAsync("test", default));
    });

    [Fact]
    public void Without_calls_left_for_halving_nobody_is_rejected_and_the_batch_says_what_it_met() => Run(async story =>
    {
        Assert.True(await story.World.State.Halvings.TryTakeAsync("s", "s-1", 999, ValueDelivery.MaxExtraCalls, default));
        story.World.Pendo.Fault = _ => new PendoFault(400) { Body = "bad" };

        Assert.Equal(StepKind.Finished, (await story.Deliver()).Kind);
        Assert.Equal((2L, "HTTP 400: bad"), (story.Intent.Totals().Cancelled, story.Intent.RejectedWhole));
        Assert.Single(story.World.Pendo.Calls);
    });

    [Fact]
    public void Halving_costs_two_of_the_calls_that_a_run_has_for_it() => Run(async story =>
    {
        Assert.True(await story.World.State.Halvings.TryTakeAsync("s", "s-1", 998, ValueDelivery.MaxExtraCalls, default));
        story.World.Pendo.Fault = _ => new PendoFault(400) { Body = "bad" };

        await story.Deliver();
        Assert.Equal((2L, 3), (story.Intent.Totals().Rejected, story.World.Pendo.Calls.Count));
    });

    [Fact]
    public void What_nobody_understands_of_a_record_alone_is_why_it_is_given_up() => Run(async story =>
    {
        story.World.Pendo.Fault = call => new PendoFault(200)
        {
            Body = call.Number == 0 ? """{"total":9,"updated":9,"failed":0}"""
            : $$"""{"total":{{call.Number + 7}},"updated":1,"failed":0}"""
        };

        Assert.Equal(StepKind.Finished, (await story.Deliver()).Kind);
        Assert.Equal((2L, 3), (story.Intent.Totals().GivenUp, story.World.Pendo.Calls.Count));
        Assert.Contains("the counts do not add up for 1 records (total 8,", story.Intent.GivenUpReason);
        Assert.Contains("(total 9,", story.Intent.ReasonOf(1));
        // Pendo took something: what it was nobody knows.
        Assert.True(story.Intent.MayBeApplied);
    });

    [Theory]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(302)]
    public void What_a_person_has_to_change_stops_the_run_and_is_told(int status) => Run(async story =>
    {
        story.World.Pendo.Fault = _ => new PendoFault(status);

        var step = await story.Deliver();
        Assert.Equal((StepKind.Finished, ProblemKind.Configuration, 2L), (step.Kind, step.Problem!.Kind, story.Intent.Totals().Cancelled));
        Assert.Contains("send records", step.Problem.Message);
        Assert.False(story.Intent.MayBeApplied);
    });

    [Fact]
    public void A_call_ends_with_its_delivery() => Run(async story =>
    {
        story.World.Clock.Pass(TimeSpan.FromSeconds(470));
        story.World.Pendo.Fault = _ => new PendoFault(0) { Silent = true };
        var begun = story.World.Clock.GetUtcNow();

        var step = await story.Deliver();
        Assert.True(step.CountTry);
        Assert.InRange(story.World.Clock.GetUtcNow() - begun, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10));
    });

    // Two visitors at one call a second.
    private static void Run(Func<Story, Task> tell, byte tries = 0)
    {
        var world = new World(new WorldSetup { CallsPerSecond = 1 });
        var process = world.StartProcess();
        var payload = Encoding.UTF8.GetBytes("""{"visitorId":"v0","values":{"rev":1}}""");
        var plain = TestBatches.Batch(2, tries: [tries, tries]);
        var batch = new RecordBatch
        {
            Id = plain.Id,
            Target = plain.Target with { Connection = "test" },
            Records = plain.Records with
            {
                Bytes = [.. payload, .. payload[..15], (byte)'1', .. payload[16..]],
                Ends = [payload.Length, 2 * payload.Length],
            },
            FirstEnqueued = world.Clock.GetUtcNow(),
        };
        world.Run(async () =>
        {
            var intent = new BatchRow(batch, process.Owner);
            await world.State.Receipts.TryAddAsync(intent, default);
            var delivery = new ValueDelivery(world.State, process.Engine.Options);
            var started = world.Clock.GetTimestamp();
            var client = process.Engine.ClientOf("test");
            await tell(new Story(world, intent,
                () => delivery.DeliverAsync(batch, intent, client, started, () => Task.FromResult(true), default)));
        });
    }

    private sealed record Story(World World, BatchRow Intent, Func<Task<DeliveryStep>> Deliver);
}
