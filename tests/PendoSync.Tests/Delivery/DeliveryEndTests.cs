using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Delivery;

/// <summary>What follows a receipt follows it whoever wrote it, and what two write at once is decided by one of them.</summary>
public sealed class DeliveryEndTests
{
    private const RecordOutcome A = RecordOutcome.Accepted, N = RecordOutcome.NotFound;

    [Theory]
    [InlineData("delivers")]
    [InlineData("finds it by a message")]
    [InlineData("finds it by a dead letter")]
    [InlineData("gives up")]
    public void The_last_receipt_ends_the_run_and_its_refusals_are_listed(string who) => DeliveryStory.Run(async story =>
    {
        await story.ActivateAsync("s-1", 2, batches: 1);
        await story.World.State.Runs.ChangeAsync("s", (await story.World.State.Checkpoints.ReadAsync("s", default)).Active!, (run, _) =>
            run with { Counts = new RunCounts { Read = 2, Planned = 2 } }, default);
        story.World.Pendo.Fault = _ => new PendoFault(200) { Body = """{"total":2,"updated":1,"failed":1,"missing":["v1"]}""" };
        if (who.StartsWith("finds", StringComparison.Ordinal))
            await story.AddAsync(BatchRowKind.Receipt, A, N);
        if (who is "delivers" or "finds it by a message")
            await story.Deliver(story.Batch);
        else
            Assert.True(await story.Deliverer.GiveUpAsync(story.Batch.Header, story.Batch, "unreadable", default));

        Assert.Null((await story.World.State.Checkpoints.ReadAsync("s", default)).Active);
        Assert.Equal(who == "gives up" ? ["v0 given_up", "v1 given_up"] : ["v1 not_found"], await story.ListedAsync());
        Assert.Equal(who == "delivers" ? 1 : 0, story.World.Pendo.Calls.Count);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_refused_key_ends_its_run_also_when_its_deliverer_dies_before_it_says_so(bool events) => DeliveryStory.Run(async story =>
    {
        await story.ActivateAsync("s-1", 2, batches: 1);
        await story.World.State.Runs.ChangeAsync("s", (await story.World.State.Checkpoints.ReadAsync("s", default)).Active!, (run, _) =>
            run with { Counts = new RunCounts { Read = 2, Planned = 2 } }, default);
        story.World.Pendo.Fault = _ => new PendoFault(401);
        story.World.BeforeWrite = (_, _, table) => table == Tables.Checkpoints ? new IOException("it died") : null;
        await Assert.ThrowsAsync<IOException>(() => story.Deliver(story.Batch));
        Assert.Equal(BatchRowKind.Receipt, (await story.RowAsync())!.Kind);

        story.World.BeforeWrite = null;
        await story.Process.Engine.Ender.LookAsync("s", "s-1", 2, default);

        var stop = (await story.World.State.Checkpoints.ReadAsync("s", default)).LastStop!;
        Assert.Equal((RunState.Failed, ProblemKind.Configuration), (stop.State, stop.Problem!.Kind));
        Assert.Contains("refused", stop.Problem.Message, StringComparison.Ordinal);
    }, events);

    [Fact]
    public void Progress_counts_each_receipt_and_knows_whom_Pendo_took_last() => DeliveryStory.Run(async story =>
    {
        story.World.Pendo.Fault = _ => new PendoFault(200) { Body = """{"total":2,"updated":1,"failed":1,"missing":["v0"]}""" };
        await story.Deliver(story.Batch);

        Assert.Equal((1L, 1L), (story.Process.Engine.Observer.Of("s-1").Accepted, story.Process.Engine.Observer.Of("s-1").NotFound));
        Assert.Equal(("s-1", "v1"), story.Process.Engine.Observer.AcceptedLast("s"));
    });

    [Theory]
    [InlineData(null, "add")]
    [InlineData(null, "replace")]
    [InlineData(BatchRowKind.Released, "replace")]
    public void A_dead_letter_that_somebody_else_works_on_meanwhile_comes_again(object? kind, string write) =>
        DeliveryStory.Run(async story =>
    {
        if (kind is BatchRowKind known)
            await story.AddAsync(known);
        Meanwhile(story, write);

        Assert.False(await story.Deliverer.GiveUpAsync(story.Batch.Header, story.Batch, "unreadable", default));
        Assert.Equal(BatchRowKind.Intent, (await story.RowAsync())!.Kind);
        Assert.Empty(await story.ListedAsync());
    });

    // The other may have the batch with an earlier copy, whose successors the queue would drop as duplicates of ours.
    [Theory]
    [InlineData(BatchRowKind.Intent)]
    [InlineData(BatchRowKind.Released)]
    public void Who_is_too_late_to_take_a_batch_over_calls_nobody_and_looks_again_in_30_s(BatchRowKind kind) =>
        DeliveryStory.Run(async story =>
    {
        await story.AddAsync(kind);
        story.World.Clock.Pass(TimeSpan.FromSeconds(11));
        Meanwhile(story, "replace");
        await story.Deliver(story.Batch);

        Assert.Equal(("other", 0, 1), ((await story.RowAsync())!.Owner, story.World.Pendo.Calls.Count, story.Process.Queue.Count));
        var (delay, again) = await story.NextAsync();
        Assert.Equal((TimeSpan.FromSeconds(30), 0, 1), (delay, again.Try, again.Copy));
    });

    [Theory]
    [InlineData(true, null)]
    [InlineData(false, SyncDefinition.FlagGroup)]
    public void Batches_of_single_calls_hold_no_slot_while_their_calls_wait_for_one(bool events, string? group) =>
        DeliveryStory.Run(async story =>
    {
        if (!events)
            story.World.Pendo.Fault = _ => new PendoFault(200) { Body = "{}" };
        // A process begins with three slots.
        await Task.WhenAll(Enumerable.Range(0, 4).Select(number => story.Deliver(story.Another(number))));

        Assert.Equal(8, story.World.Pendo.Calls.Count(c => events ? c.IsTrack : c.IsFlag));
        for (var number = 0; number < 4; number++)
            Assert.Equal(2L, (await story.RowAsync(number))!.Totals().Accepted);
    }, events, group);

    [Fact]
    public void A_batch_of_values_that_waits_for_a_slot_has_announced_nothing_yet() => DeliveryStory.Run(async story =>
    {
        var slots = story.Process.Engine.ClientOf("test").Slots;
        var taken = new List<IDisposable>();
        while (taken.Count < slots.Allowed)
            taken.Add(await slots.TakeAsync(default));
        var delivery = story.Deliver(story.Batch);
        await Task.Delay(TimeSpan.FromMinutes(20), story.World.Clock);
        Assert.Null(await story.RowAsync());

        taken.ForEach(slot => slot.Dispose());
        await delivery;
        // Its time began with the call.
        Assert.Equal((2L, 0), ((await story.RowAsync())!.Totals().Accepted, story.Process.Queue.Count));
    });

    [Fact]
    public void Events_without_an_answer_are_listed_as_unknown() => DeliveryStory.Run(async story =>
    {
        story.World.Pendo.Fault = call => new PendoFault(0) { Silent = true };
        await story.Deliver(story.Batch);

        // Both were under way for as long as a call may take: nobody knows, and the list says so.
        Assert.Equal(2L, (await story.RowAsync())!.Totals().Unknown);
        Assert.Equal(["e0 unknown", "e1 unknown"], await story.ListedAsync());
    }, events: true);

    // Another process writes the row just before ours does.
    private static void Meanwhile(DeliveryStory story, string write)
    {
        var once = false;
        story.World.BeforeWrite = (_, how, table) =>
        {
            if (once || table != Tables.Receipts || how != write)
                return null;
            once = true;
            var other = story.RowAsync().GetAwaiter().GetResult();
            if (other is null)
            {
                Assert.True(story.World.State.Receipts.TryAddAsync(new BatchRow(story.Batch, "other"), default).GetAwaiter().GetResult());
                return null;
            }

            (other.Kind, other.Owner) = (BatchRowKind.Intent, "other");
            Assert.True(story.World.State.Receipts.TryReplaceAsync(other, default).GetAwaiter().GetResult());
            return null;
        };
    }
}
