using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Delivery;
using PendoSync.State;
using PendoSync.Tests.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Delivery;

/// <summary>What becomes of one message: an intent, a call, a receipt; or another message for later. Never two of them.</summary>
public sealed class DelivererTests
{
    private static readonly PendoFault _good = new(200) { Body = """{"total":2,"updated":2,"failed":0}""" };

    [Fact]
    public void A_batch_is_delivered_once_however_often_its_message_comes() => Run(async story =>
    {
        await story.Deliver(story.Batch);
        await story.Deliver(story.Batch.Again(countTry: false));

        var receipt = await story.RowAsync();
        Assert.Equal((BatchRowKind.Receipt, 2L, story.Process.Owner), (receipt!.Kind, receipt.Totals().Accepted, receipt.Owner));
        Assert.Equal((1, 0), (story.World.Pendo.Calls.Count, story.Process.Queue.Count));
    });

    [Theory]
    [InlineData("s-2", 2)]
    [InlineData("s-1", 3)]
    public void A_message_of_another_run_or_attempt_does_nothing(string runId, int attempt) => Run(async story =>
    {
        await story.ActivateAsync(runId, attempt);
        await story.Deliver(story.Batch);

        Assert.Null(await story.RowAsync());
        Assert.Empty(story.World.Pendo.Calls);
    });

    [Fact]
    public void An_intent_that_was_written_when_the_run_was_over_already_calls_nobody() => Run(async story =>
    {
        story.World.AfterWrite = (_, how, table) =>
        {
            if (how == "add" && table == Tables.Receipts)
                story.ActivateAsync("s-1", 3).GetAwaiter().GetResult();
            return null;
        };
        await story.Deliver(story.Batch);

        var receipt = await story.RowAsync();
        Assert.Equal((BatchRowKind.Receipt, 2L), (receipt!.Kind, receipt.Totals().Cancelled));
        Assert.Empty(story.World.Pendo.Calls);
    });

    [Theory]
    [InlineData(true, null)]
    [InlineData(false, SyncDefinition.FlagGroup)]
    [InlineData(false, null)]
    public void A_run_that_is_stopped_sends_no_further_chunk_of_the_batch_under_way(bool events, string? group) =>
        DeliveryStory.Run(async story =>
    {
        story.World.Pendo.Fault = call =>
        {
            if (call.Number == 0)
                story.ActivateAsync("s-1", 3).GetAwaiter().GetResult();
            // Of values Pendo asks for halves, which have to wait for their turn.
            return new PendoFault(events || group is not null ? 200 : 413);
        };
        await story.Deliver(story.Another(0, story.Batch.Target with { Chunk = 1 }));

        var receipt = (await story.RowAsync())!;
        var accepted = events || group is not null ? 1 : 0;
        Assert.Equal((BatchRowKind.Receipt, accepted, 2 - accepted), (receipt.Kind, receipt.Totals().Accepted, receipt.Totals().Cancelled));
        Assert.Single(story.World.Pendo.Calls);
    }, events, group, callsPerSecond: 0.5);

    [Theory]
    [InlineData(false, null)]
    [InlineData(true, null)]
    [InlineData(false, "agent")]
    public void A_connection_that_became_another_Pendo_gets_nothing_of_it(bool events, string? group) => DeliveryStory.Run(async story =>
    {
        story.World.Pendo.Fault = _ => _good;
        var here = story.Process.Engine.Project.Pendo["test"].Hosts;
        await story.Deliver(story.Another(1, story.Batch.Target with { Hosts = here }));
        Assert.Equal(2, (await story.RowAsync(1))!.Totals().Accepted);
        var calls = story.World.Pendo.Calls.Count;

        await story.Deliver(story.Another(0, story.Batch.Target with { Hosts = "elsewhere.example|elsewhere.example" }));
        var receipt = (await story.RowAsync())!;
        Assert.Equal((BatchRowKind.Receipt, 2L), (receipt.Kind, receipt.Totals().Cancelled));
        var stop = (await story.World.State.Checkpoints.ReadAsync("s", default)).LastStop!.Problem!;
        Assert.Equal(ProblemKind.Configuration, stop.Kind);
        Assert.Contains("another Pendo than when the run was planned (elsewhere.example", stop.Message, StringComparison.Ordinal);
        Assert.Equal(calls, story.World.Pendo.Calls.Count);
    }, events, group);

    [Theory]
    [InlineData(24.0, false)]
    [InlineData(24.1, true)]
    public void What_waited_for_more_than_a_day_is_given_up(double hours, bool givenUp) => Run(async story =>
    {
        story.World.Clock.Pass(TimeSpan.FromHours(hours));
        await story.Deliver(story.Batch);

        var receipt = (await story.RowAsync())!;
        Assert.Equal(givenUp ? (2L, 0, "not answered within 24 h") : (0L, 1, null),
            (receipt.Totals().GivenUp, story.World.Pendo.Calls.Count, receipt.ReasonOf(0)));
    });

    [Theory]
    [InlineData(503, 0, 1, 15)]
    [InlineData(503, 2, 3, 60)]
    [InlineData(503, 3, 4, 120)]
    [InlineData(503, 4, null, 0)]
    [InlineData(429, 4, 4, 16)]
    public void A_failed_try_is_put_back_until_it_was_the_fifth(int status, int tries, int? next, int seconds) => Run(async story =>
    {
        story.World.Pendo.Fault = _ => new PendoFault(status) { Body = "away" };
        var batch = story.Batch;
        for (var i = 0; i < tries; i++)
            batch = batch.Again(countTry: true);
        await story.Deliver(batch);

        var row = (await story.RowAsync())!;
        if (next is null)
        {
            Assert.Equal((BatchRowKind.Receipt, 2L, "HTTP 503: away", 0),
                (row.Kind, row.Totals().GivenUp, row.GivenUpReason, story.Process.Queue.Count));
            return;
        }

        Assert.Equal((BatchRowKind.Released, 0L), (row.Kind, row.Totals().GivenUp));
        var (delay, again) = await story.NextAsync();
        Assert.InRange(delay, TimeSpan.FromSeconds(seconds * 0.75), TimeSpan.FromSeconds(1 + (seconds * 1.25)));
        Assert.Equal((next, tries + 1), (again.Try, again.Copy));
        story.World.Pendo.Fault = _ => _good;
        await story.Deliver(again);
        Assert.Equal(2L, (await story.RowAsync())!.Totals().Accepted);
    });

    [Theory]
    [InlineData(3, false)]
    [InlineData(9, false)]
    [InlineData(10, true)]
    public void An_intent_of_another_process_is_left_to_it_for_10_s_and_then_taken_over_in_doubt(int age, bool taken) => Run(async story =>
    {
        await story.AddAsync(BatchRowKind.Intent);
        var written = story.World.Clock.GetUtcNow();
        story.World.Clock.Pass(TimeSpan.FromSeconds(age));
        await story.Deliver(story.Batch);

        Assert.Equal(taken ? 1 : 0, story.World.Pendo.Calls.Count);
        if (taken)
        {
            Assert.Equal((story.Process.Owner, written + TimeSpan.FromSeconds(330)),
                ((await story.RowAsync())!.Owner, (await story.RowAsync())!.DoubtUntil));
            return;
        }

        var (delay, again) = await story.NextAsync();
        Assert.Equal((TimeSpan.FromSeconds(11 - age), 0, 1), (delay, again.Try, again.Copy));
    });

    [Fact]
    public void A_released_batch_is_taken_at_once_and_is_in_no_doubt() => Run(async story =>
    {
        await story.AddAsync(BatchRowKind.Released);
        await story.Deliver(story.Batch);

        var receipt = (await story.RowAsync())!;
        Assert.Equal((BatchRowKind.Receipt, 2L, null), (receipt.Kind, receipt.Totals().Accepted, receipt.DoubtUntil));
    });

    [Theory]
    [InlineData(200)]
    [InlineData(503)]
    public void Who_lost_its_intent_during_the_call_writes_nothing_and_looks_again_in_30_s(int status) => Run(async story =>
    {
        story.World.Pendo.Fault = _ =>
        {
            TakeOver(story);
            return status == 200 ? _good : new PendoFault(status);
        };
        await story.Deliver(story.Batch);

        Assert.Equal((BatchRowKind.Intent, 0L), ((await story.RowAsync())!.Kind, (await story.RowAsync())!.Totals().Accepted));
        var (delay, again) = await story.NextAsync();
        Assert.Equal((TimeSpan.FromSeconds(30), 0), (delay, again.Try));
    });

    [Fact]
    public void Who_lost_its_intent_between_two_chunks_of_events_looks_again_in_30_s() => DeliveryStory.Run(async story =>
    {
        story.World.Pendo.Fault = _ =>
        {
            TakeOver(story);
            return null;
        };
        await story.Deliver(story.Another(target: story.Batch.Target with { Chunk = 1, Concurrency = 1 }));

        Assert.Single(story.World.Pendo.Calls);
        var (delay, again) = await story.NextAsync();
        Assert.Equal((TimeSpan.FromSeconds(30), 0, 1), (delay, again.Try, again.Copy));
    }, events: true);

    [Fact]
    public void A_refused_key_stops_the_run() => Run(async story =>
    {
        story.World.Pendo.Fault = _ => new PendoFault(401);
        await story.Deliver(story.Batch);

        var checkpoint = await story.World.State.Checkpoints.ReadAsync("s", default);
        Assert.Equal((null, RunState.Failed, ProblemKind.Configuration), (checkpoint.Active, checkpoint.LastStop!.State,
            checkpoint.LastStop.Problem!.Kind));
        Assert.Equal(2L, (await story.RowAsync())!.Totals().Cancelled);
    });

    [Fact]
    public void A_connection_that_is_no_longer_defined_stops_the_run() => Run(async story =>
    {
        await story.Deliver(story.Another(target: story.Batch.Target with { Connection = "gone" }));

        var problem = (await story.World.State.Checkpoints.ReadAsync("s", default)).LastStop!.Problem!;
        Assert.Equal(ProblemKind.Configuration, problem.Kind);
        Assert.Equal(problem.Message, (await story.RowAsync())!.ReasonOf(0));
    });

    [Theory]
    [InlineData(0, 15)]
    [InlineData(2, 60)]
    [InlineData(9, 120)]
    public void A_secret_that_is_away_uses_up_no_try_and_lets_the_intent_go(int copy, int seconds) => Run(async story =>
    {
        story.World.Secrets = _ => throw new ProblemException(ProblemKind.Transient, "the vault is away", "vault", "Wait.");
        var batch = story.Batch;
        for (var i = 0; i < copy; i++)
            batch = batch.Again(countTry: false);
        await story.Deliver(batch);

        Assert.Equal(BatchRowKind.Released, (await story.RowAsync())!.Kind);
        var (delay, again) = await story.NextAsync();
        Assert.Equal((0, copy + 1), (again.Try, again.Copy));
        Assert.InRange(delay, TimeSpan.FromSeconds(seconds * 0.75), TimeSpan.FromSeconds(1 + (seconds * 1.25)));
    });

    [Fact]
    public void Silence_until_the_deadline_is_a_try_and_leaves_the_batch_in_doubt() => Run(async story =>
    {
        story.World.Pendo.Fault = _ => new PendoFault(0) { Silent = true };
        var begun = story.World.Clock.GetUtcNow();
        await story.Deliver(story.Batch);

        Assert.InRange(story.World.Clock.GetUtcNow() - begun, TimeSpan.FromMinutes(1), BatchRow.Deadline);
        Assert.NotNull((await story.RowAsync())!.DoubtUntil);
        Assert.Equal(1, (await story.NextAsync()).Message.Try);
    });

    [Theory]
    [InlineData(BatchRowKind.Intent, 3, false)]
    [InlineData(BatchRowKind.Intent, 10, true)]
    [InlineData(BatchRowKind.Released, 0, true)]
    [InlineData(null, 0, true)]
    public void A_dead_letter_ends_its_batch_unless_somebody_works_on_it(object? kind, int age, bool ended) => Run(async story =>
    {
        if (kind is BatchRowKind known)
            await story.AddAsync(known);
        story.World.Clock.Pass(TimeSpan.FromSeconds(age));

        Assert.Equal(ended, await story.Deliverer.GiveUpAsync(story.Batch.Header, null, "unreadable", default));
        var row = (await story.RowAsync())!;
        Assert.Equal(ended, row.Kind == BatchRowKind.Receipt);
        Assert.Equal(ended ? (2L, "unreadable") : (0L, null), (row.Totals().GivenUp, row.ReasonOf(1)));
        Assert.Equal(kind is BatchRowKind.Intent && ended, row.DoubtUntil is not null);
        Assert.Equal(ended, await story.Deliverer.GiveUpAsync(story.Batch.Header, story.Batch, "again", default));
        await story.ActivateAsync("s-1", 3);
        Assert.True(await story.Deliverer.GiveUpAsync(story.Batch.Header, story.Batch, "again", default));
    });

    // Each retry is 15 s later.
    // Somebody else writes the intent while it is in work.
    private static void TakeOver(DeliveryStory story)
    {
        var other = story.RowAsync().GetAwaiter().GetResult()!;
        Assert.True(story.World.State.Receipts.TryReplaceAsync(other, default).GetAwaiter().GetResult());
    }

    private static void Run(Func<DeliveryStory, Task> tell) => DeliveryStory.Run(story =>
    {
        story.World.Pendo.Fault = _ => _good;
        return tell(story);
    });
}
