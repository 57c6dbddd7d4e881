using PendoSync.Batches;
using PendoSync.Delivery;
using PendoSync.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Delivery;

/// <summary>One delivery of a batch of events: its turn, its secret, its deadline, and how old an event may be.</summary>
public sealed class EventStepTests
{
    [Theory]
    [InlineData(2, false)]
    [InlineData(3, true)]
    public void A_turn_that_is_further_off_than_20_s_is_another_message(int before, bool later) => DeliveryStory.Run(async story =>
    {
        for (var i = 0; i < before; i++)
            await story.World.State.Rates.ReserveAsync("test", 10, 1, TimeSpan.FromSeconds(40), default);
        var begun = story.World.Clock.GetUtcNow();
        var (step, _) = await DeliverAsync(story);

        Assert.Equal((later ? StepKind.Later : StepKind.Finished, false, later ? 0 : 2), (step.Kind, step.CountTry,
            story.World.Pendo.Calls.Count));
        Assert.Equal(TimeSpan.FromSeconds(later ? 30 : 20), later ? step.Delay : story.World.Pendo.Calls[0].At - begun);
    }, events: true, callsPerSecond: 1);

    [Fact]
    public void A_secret_that_is_away_leaves_no_event_unknown_and_uses_up_no_try() => DeliveryStory.Run(async story =>
    {
        story.World.Secrets = _ => throw new ProblemException(ProblemKind.Transient, "the vault is away", "vault", "Wait.");
        await story.Deliver(story.Batch);
        Assert.Equal((BatchRowKind.Released, 0L), ((await story.RowAsync())!.Kind, (await story.RowAsync())!.Totals().Unknown));

        story.World.Secrets = _ => "key";
        var again = (await story.NextAsync()).Message;
        Assert.Equal(0, again.Try);
        await story.Deliver(again);
        Assert.Equal(2L, (await story.RowAsync())!.Totals().Accepted);
    }, events: true);

    [Fact]
    public void A_refused_secret_stops_the_run_and_says_which() => DeliveryStory.Run(async story =>
    {
        story.World.Pendo.Fault = _ => new PendoFault(403);
        await story.Deliver(story.Batch);

        Assert.Equal("could not send events: Pendo refused the track event shared secret (HTTP 403)",
            (await story.World.State.Checkpoints.ReadAsync("s", default)).LastStop!.Problem!.Message);
        Assert.Equal(2L, (await story.RowAsync())!.Totals().Cancelled);
    }, events: true);

    [Fact]
    public void What_the_fifth_try_met_is_why_an_event_is_given_up() => DeliveryStory.Run(async story =>
    {
        story.World.Pendo.Fault = _ => new PendoFault(503) { Body = "no room for v1" };
        await story.Deliver(Enumerable.Range(0, 4).Aggregate(story.Batch, (batch, _) => batch.Again(countTry: true)));

        var row = (await story.RowAsync())!;
        Assert.Equal((2L, "HTTP 503: no room for (id)"), (row.Totals().GivenUp, row.GivenUpReason));
    }, events: true);

    [Fact]
    public void A_reason_names_neither_the_visitor_nor_the_account_of_an_event_and_each_call_counts() => DeliveryStory.Run(async story =>
    {
        story.World.Pendo.Fault = _ => new PendoFault(400) { Body = "v0 of acme-1 is odd" };
        await story.Deliver(story.Batch);

        var row = (await story.RowAsync())!;
        Assert.Equal((2L, "HTTP 400: (id) of (id) is odd", 2L), (row.Totals().Rejected, row.ReasonOf(0), row.Totals().Calls));
    }, events: true, time: "\"accountId\":\"acme-1\",");

    [Fact]
    public void An_event_under_way_at_the_deadline_is_unknown_and_one_that_was_not_sent_waits() => DeliveryStory.Run(async story =>
    {
        story.World.Pendo.Fault = _ => new PendoFault(0) { Silent = true };
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(9), story.World.Clock);
        BatchRow? intent = null;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => DeliverAsync(story, 1, deadline.Token, begun: row => intent = row));

        Assert.Equal((RecordOutcome.Unknown, "the delivery reached its deadline"), (intent!.OutcomeOf(0), intent.ReasonOf(0)));
        Assert.Equal(RecordOutcome.None, intent.OutcomeOf(1));
    }, events: true);

    [Fact]
    public void Batches_of_one_sync_share_its_concurrency() => DeliveryStory.Run(async story =>
    {
        // Each call hangs for 30 s.
        story.World.Pendo.Fault = _ => new PendoFault(0) { Silent = true };
        var delivery = new EventDelivery(story.World.State.Receipts, story.World.State.Rates, story.Process.Engine.Options);
        var begun = story.World.Clock.GetUtcNow();
        await Task.WhenAll(Enumerable.Range(0, 2).Select(number => DeliverAsync(story, 1, default, number, delivery)));

        Assert.Equal([0, 30, 60, 90], story.World.Pendo.Calls.Select(c => (int)(c.At - begun).TotalSeconds));
    }, events: true);

    [Theory]
    // The part of the event that holds its time, whether old events are to be sent; whether it is.
    [InlineData("\"timestamp\":1771000000000,", false, false)]
    [InlineData("\"timestamp\":1771000000000,", true, true)]
    [InlineData("\"context\":{\"timestamp\":1771000000000},\"timestamp\":1772366400000,", false, true)]
    [InlineData("\"context\":{\"timestamp\":1772366400000},\"timestamp\":1771000000000,", false, false)]
    [InlineData("", false, true)]
    // To the millisecond seven days before noon of the first of March.
    [InlineData("\"timestamp\":1771761600000,", false, true)]
    [InlineData("\"timestamp\":1771761599999,", false, false)]
    public void An_event_is_as_old_as_its_own_timestamp_says(string time, bool sendTooOld, bool sent) => DeliveryStory.Run(async story =>
    {
        await story.Deliver(story.Another(target: story.Batch.Target with { SendTooOld = sendTooOld }));

        var row = (await story.RowAsync())!;
        Assert.Equal(sent ? (2L, 0L, 2) : (0L, 2L, 0), (row.Totals().Accepted, row.Totals().Rejected, story.World.Pendo.Calls.Count));
        Assert.Equal(!sent, row.ReasonOf(0) is { Length: > 0 });
    }, events: true, time: time);

    private static async Task<(DeliveryStep Step, BatchRow Intent)> DeliverAsync(DeliveryStory story, int concurrency = 2,
        CancellationToken ct = default, int number = 0, EventDelivery? delivery = null, Action<BatchRow>? begun = null)
    {
        delivery ??= new EventDelivery(story.World.State.Receipts, story.World.State.Rates, story.Process.Engine.Options);
        var batch = story.Another(number, story.Batch.Target with { Concurrency = concurrency });
        var intent = new BatchRow(batch, story.Process.Owner);
        Assert.True(await story.World.State.Receipts.TryAddAsync(intent, default));
        begun?.Invoke(intent);
        return (await delivery.DeliverAsync(batch, intent, story.Process.Engine.ClientOf("test"), () => Task.FromResult(true), ct), intent);
    }
}
