using System.Text;
using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Delivery;
using PendoSync.State;
using PendoSync.Tests.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Delivery;

/// <summary>Flags go out one a call, in chunks that are written down before, and a record is done when all of its flags are.</summary>
public sealed class FlagDeliveryTests
{
    private static readonly PendoFault _good = new(200) { Body = "{}" };

    [Fact]
    public void Each_flag_is_a_call_in_its_turn_of_the_rate_and_null_is_none() =>
        Run(["""{"a":true,"b":false}""", """{"a":null}""", """{"b":true}"""], async story =>
    {
        story.World.Pendo.Fault = _ => _good;
        var begun = story.World.Clock.GetUtcNow();

        Assert.Equal(StepKind.Finished, (await story.Deliver()).Kind);
        Assert.Equal(3, story.Intent.Totals().Accepted);
        Assert.Equal(["p0/a=true@0", "p0/b=false@1", "p2/b=true@2"], story.World.Pendo.Calls.OrderBy(c => c.At)
            .Select(c => $"{c.Path.Split("/value/")[1]}={Encoding.UTF8.GetString(c.Body)}@{(c.At - begun).TotalSeconds}"));
        Assert.Equal(3, story.Intent.Totals().Calls);
    });

    [Theory]
    [InlineData(200, RecordOutcome.Accepted, null)]
    [InlineData(204, RecordOutcome.Accepted, null)]
    [InlineData(404, RecordOutcome.NotFound, null)]
    [InlineData(400, RecordOutcome.Rejected, "HTTP 400: no (id)")]
    [InlineData(422, RecordOutcome.Rejected, "HTTP 422: no (id)")]
    public void What_is_said_of_one_flag_is_of_its_record(int status, RecordOutcome expected, string? reason) =>
        Run(Ones(3), async story =>
    {
        story.World.Pendo.Fault = call => call.Path.Contains("/p1/") ? new PendoFault(status) { Body = "no p1" } : _good;

        Assert.Equal(StepKind.Finished, (await story.Deliver()).Kind);
        Assert.Equal([RecordOutcome.Accepted, expected, RecordOutcome.Accepted], Enumerable.Range(0, 3).Select(story.Intent.OutcomeOf));
        Assert.Equal(reason, story.Intent.ReasonOf(1));
    });

    [Theory]
    [InlineData(404, RecordOutcome.NotFound)]
    [InlineData(400, RecordOutcome.Rejected)]
    [InlineData(503, RecordOutcome.None)]
    [InlineData(429, RecordOutcome.None)]
    public void A_record_is_accepted_when_all_of_its_flags_are(int status, RecordOutcome expected) =>
        Run(["""{"a":true,"b":true}"""], async story =>
    {
        story.World.Pendo.Fault = call => call.Path.EndsWith("/a", StringComparison.Ordinal) ? new PendoFault(status) : _good;
        await story.Deliver();

        Assert.Equal(expected, story.Intent.OutcomeOf(0));
    });

    [Theory]
    // Status, whether it counts as a try, whether it may be applied later; 0 breaks the connection, -1 refuses it.
    [InlineData(0, true, true)]
    [InlineData(-1, true, false)]
    [InlineData(408, true, true)]
    [InlineData(409, true, true)]
    [InlineData(425, true, true)]
    [InlineData(500, true, true)]
    [InlineData(503, true, true)]
    [InlineData(429, false, false)]
    public void What_was_not_answered_is_set_again_later_and_what_was_stays(int status, bool countTry, bool inDoubt) =>
        Run(Ones(3), async story =>
    {
        story.World.Pendo.Fault = call => call.Path.Contains("/p1/")
            ? new PendoFault(Math.Max(0, status)) { Refuse = status < 0, RetryAfter = status == 429 ? "7" : null } : _good;

        var step = await story.Deliver();
        Assert.Equal((StepKind.Later, countTry), (step.Kind, step.CountTry));
        Assert.InRange(step.Delay, TimeSpan.FromSeconds(countTry ? 11 : 7), TimeSpan.FromSeconds(countTry ? 19 : 7));
        Assert.Equal(inDoubt ? story.Intent.Timestamp + TimeSpan.FromSeconds(330) : null, story.Intent.DoubtUntil);
        Assert.Equal((RecordOutcome.Accepted, RecordOutcome.None), (story.Intent.OutcomeOf(0), story.Intent.OutcomeOf(1)));
        Assert.Equal(countTry, step.Reason is { Length: > 0 });
        // After a 429 nobody calls, so the third was not tried.
        Assert.Equal(status == 429 ? 2 : 3, story.World.Pendo.Calls.Count);
        Assert.Equal(status == 429 ? TimeSpan.FromSeconds(7) : TimeSpan.FromSeconds(1),
            await story.World.State.Rates.LookAsync("test", default));
    });

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(300)]
    [InlineData(307)]
    public void A_refused_key_or_a_wrong_address_stops_the_run_at_once(int status) => Run(Ones(3), async story =>
    {
        story.World.Pendo.Fault = _ => new PendoFault(status);

        var step = await story.Deliver();
        Assert.Equal((StepKind.Finished, ProblemKind.Configuration), (step.Kind, step.Problem?.Kind));
        Assert.Contains("set flags", step.Problem!.Message);
        // A refused key is read afresh, once.
        Assert.Equal((3L, status > 400 ? 2 : 1), (story.Intent.Totals().Cancelled, story.World.Pendo.Calls.Count));
    });

    [Fact]
    public void Each_chunk_is_written_down_and_holds_at_most_10_s_of_the_rate() => Run(Ones(25), async story =>
    {
        var accepted = new List<int>();
        story.World.Pendo.Fault = _ =>
        {
            var row = story.World.State.Receipts.ReadAsync("s-1", 2, 0, default).GetAwaiter().GetResult().Value!;
            accepted.Add((int)row.Totals().Accepted);
            return _good;
        };

        Assert.Equal(StepKind.Finished, (await story.Deliver()).Kind);
        Assert.Equal([.. Enumerable.Repeat(0, 10), .. Enumerable.Repeat(10, 10), .. Enumerable.Repeat(20, 5)], accepted);
    });

    [Fact]
    public void Without_its_progress_in_the_state_no_call_is_made() => Run(Ones(3), async story =>
    {
        var other = (await story.World.State.Receipts.ReadAsync("s-1", 2, 0, default)).Value!;
        Assert.True(await story.World.State.Receipts.TryReplaceAsync(other, default));

        Assert.Equal(StepKind.Lost, (await story.Deliver()).Kind);
        Assert.Empty(story.World.Pendo.Calls);
    });

    [Fact]
    public void After_half_of_the_deadline_the_rest_goes_on_as_another_message() => Run(Ones(300), async story =>
    {
        story.World.Pendo.Fault = _ => _good;
        var begun = story.World.Clock.GetUtcNow();

        var step = await story.Deliver();
        Assert.Equal((StepKind.Later, TimeSpan.Zero, false), (step.Kind, step.Delay, step.CountTry));
        Assert.InRange(story.World.Clock.GetUtcNow() - begun, TimeSpan.FromMinutes(4), TimeSpan.FromSeconds(255));
        Assert.InRange(story.Intent.Totals().Accepted, 240, 250);
    });

    [Theory]
    [InlineData(2, false)]
    [InlineData(3, true)]
    public void A_turn_that_is_further_off_than_20_s_is_another_message(int before, bool later) => Run(Ones(1), async story =>
    {
        story.World.Pendo.Fault = _ => _good;
        for (var i = 0; i < before; i++)
            await story.World.State.Rates.ReserveAsync("test", 10, 1, TimeSpan.FromSeconds(40), default);
        var begun = story.World.Clock.GetUtcNow();

        var step = await story.Deliver();
        Assert.Equal((later ? StepKind.Later : StepKind.Finished, false), (step.Kind, step.CountTry));
        if (later)
            Assert.Equal(TimeSpan.FromSeconds(30), step.Delay);
        else
            Assert.Equal(TimeSpan.FromSeconds(20), story.World.Pendo.Calls.Single().At - begun);
    });

    private static string[] Ones(int count) => [.. Enumerable.Repeat("""{"a":true}""", count)];

    // Records p0, p1 and so on with these flags, at one call a second.
    private static void Run(string[] flags, Func<Story, Task> tell)
    {
        var world = new World(new WorldSetup { CallsPerSecond = 1 });
        var process = world.StartProcess();
        var payloads = flags.Select((values, i) => Encoding.UTF8.GetBytes($$"""{"visitorId":"p{{i}}","values":{{values}}}""")).ToList();
        var plain = TestBatches.Batch(flags.Length);
        var ends = payloads.Aggregate(new List<int>(), (all, p) => [.. all, (all.Count == 0 ? 0 : all[^1]) + p.Length]);
        var batch = new RecordBatch
        {
            Id = plain.Id,
            Target = plain.Target with { Connection = "test", Group = SyncDefinition.FlagGroup },
            Records = plain.Records with { Bytes = [.. payloads.SelectMany(p => p)], Ends = [.. ends] },
            FirstEnqueued = world.Clock.GetUtcNow(),
        };
        world.Run(async () =>
        {
            var intent = new BatchRow(batch, process.Owner);
            await world.State.Receipts.TryAddAsync(intent, default);
            var delivery = new FlagDelivery(world.State, process.Engine.Options);
            var started = world.Clock.GetTimestamp();
            var client = process.Engine.ClientOf("test");
            await tell(new Story(world, intent,
                () => delivery.DeliverAsync(batch, intent, client, started, () => Task.FromResult(true), default)));
        });
    }

    private sealed record Story(World World, BatchRow Intent, Func<Task<DeliveryStep>> Deliver);
}
