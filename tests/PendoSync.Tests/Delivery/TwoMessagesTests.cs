using PendoSync.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Delivery;

/// <summary>
/// A batch whose first message comes again although its next copy was sent: the process died between sending the one and ending the other.
/// The queue drops ids that were sent already, so whoever ends a message of it must leave one with an id of its own.
/// </summary>
public sealed class TwoMessagesTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_batch_keeps_a_message_until_it_has_a_receipt(bool events) => Seeds.Live(1000, seed => DeliveryStory.Run(async story =>
    {
        var random = new Random(seed);
        var world = story.World;
        await story.AddAsync(BatchRowKind.Released);
        story.Process.Queue.Send(story.Batch, TimeSpan.Zero);
        story.Process.Queue.Send(story.Batch.Again(countTry: true), TimeSpan.Zero);
        world.Pendo.Fault = _ => random.Next(5) > 0 ? new PendoFault(503) : null;

        var over = false;
        var work = new[] { story.Process, world.StartProcess() }.Select(p => p.WorkAsync(() => over)).ToList();
        var until = world.Clock.GetUtcNow().AddHours(1);
        while (await story.RowAsync() is not { Kind: BatchRowKind.Receipt } && world.Clock.GetUtcNow() < until)
            await Task.Delay(TimeSpan.FromSeconds(10), world.Clock);
        over = true;
        await Task.WhenAll(work);

        Assert.DoesNotContain(world.Watch.Broken, b => b.StartsWith("promise 13", StringComparison.Ordinal));
        Assert.Equal(BatchRowKind.Receipt, (await story.RowAsync())!.Kind);
    }, events, seed: seed));
}
