using System.Text;
using PendoSync.Batches;
using PendoSync.Delivery;
using PendoSync.Definitions;
using PendoSync.State;
using PendoSync.Tests.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Delivery;

/// <summary>Visitors v0 and v1, or an event of each, planned as batch 0 by attempt 2 of run s-1, in a world of one process.</summary>
internal sealed record DeliveryStory(World World, WorldProcess Process, RecordBatch Batch)
{
    public Deliverer Deliverer => Process.Engine.Deliverer;

    /// <summary>Tells a story from when the run is being planned on.</summary>
    /// <param name="tell">What happens.</param>
    /// <param name="events">True: track events.</param>
    /// <param name="group">Group of the fields, when it is not the common one.</param>
    /// <param name="callsPerSecond">Pendo's rate.</param>
    /// <param name="time">An event's part with its time; null: now.</param>
    /// <param name="seed">Draws who goes on first where several can; null: in their order.</param>
    public static void Run(Func<DeliveryStory, Task> tell, bool events = false, string? group = null, double callsPerSecond = 1000,
        string? time = null, int? seed = null)
    {
        var world = new World(new WorldSetup
        {
            Object = events ? PendoObject.TrackEvent : PendoObject.Visitor,
            CallsPerSecond = callsPerSecond,
        }, seed);
        var plain = TestBatches.Batch(2, events: events);
        time ??= $"\"timestamp\":{world.Clock.GetUtcNow().ToUnixTimeMilliseconds()},";
        var payloads = new[] { "v0", "v1" }.Select(id => Encoding.UTF8.GetBytes(events
            ? $$$"""{"type":"track","event":"used","visitorId":"{{{id}}}",{{{time}}}"properties":{"ref":"{{{id}}}"}}"""
            : $$"""{"visitorId":"{{id}}","values":{ {{(group is null ? "" : "\"a\":true")}} } }""")).ToList();
        var story = new DeliveryStory(world, world.StartProcess(), new RecordBatch
        {
            Id = plain.Id,
            Target = plain.Target with { Connection = "test", App = "web", Group = group ?? plain.Target.Group },
            Records = plain.Records with { Bytes = [.. payloads[0], .. payloads[1]], Ends = [payloads[0].Length, 2 * payloads[0].Length] },
            FirstEnqueued = world.Clock.GetUtcNow(),
        });
        world.Run(async () =>
        {
            await story.ActivateAsync("s-1", 2);
            await tell(story);
        });
    }

    public Task Deliver(RecordBatch batch) => Deliverer.DeliverAsync(batch, default);

    /// <summary>The same batch under another number, or to another target.</summary>
    public RecordBatch Another(int number = 0, BatchTarget? target = null) => new()
    {
        Id = Batch.Id with { Number = number },
        Target = target ?? Batch.Target,
        Records = Batch.Records,
        FirstEnqueued = Batch.FirstEnqueued,
    };

    public async Task<BatchRow?> RowAsync(int number = 0) => (await World.State.Receipts.ReadAsync("s-1", 2, number, default)).Value;

    /// <summary>The run is active: being planned, or with so many batches closed and being delivered.</summary>
    public async Task ActivateAsync(string runId, int attempt, int? batches = null)
    {
        var active = new ActiveRun
        {
            RunId = runId,
            Attempt = attempt,
            State = batches is null ? ActiveState.Planning : ActiveState.Delivering,
            Batches = batches ?? 0,
            Planned = 2 * (batches ?? 0),
            Complete = batches is not null,
            Since = World.Clock.GetUtcNow(),
        };
        await World.State.Checkpoints.ChangeAsync("s", now => now with { Active = active }, default);
    }

    public async Task<BatchRow> AddAsync(BatchRowKind kind, params RecordOutcome[] outcomes)
    {
        var row = new BatchRow(Batch, "another") { Kind = kind };
        for (var i = 0; i < outcomes.Length; i++)
            row.Set(i, outcomes[i]);
        Assert.True(await World.State.Receipts.TryAddAsync(row, default));
        return row;
    }

    /// <summary>The keys on the list of rejections, with what became of them.</summary>
    public async Task<List<string>> ListedAsync()
    {
        var listed = new List<string>();
        await foreach (var rejection in World.State.Rejections.ListAsync("s", null, default))
            listed.Add($"{rejection.Key} {rejection.Outcome}");
        return listed;
    }

    /// <summary>The one message that waits, and for how long it does, to the second.</summary>
    public async Task<(TimeSpan Delay, RecordBatch Message)> NextAsync()
    {
        Assert.Equal(1, Process.Queue.Count);
        var begun = World.Clock.GetUtcNow();
        WorldMessage? message;
        while ((message = Process.Queue.Receive("test")) is null)
            await Task.Delay(TimeSpan.FromSeconds(1), World.Clock);
        return (World.Clock.GetUtcNow() - begun, RecordBatchFormat.Read(message.Body));
    }
}
