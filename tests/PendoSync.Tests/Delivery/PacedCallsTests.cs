using PendoSync.Delivery;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Delivery;

/// <summary>The calls of a chunk are made one after the other at the rate, no more at once than asked for, until one says stop.</summary>
public sealed class PacedCallsTests
{
    [Fact]
    public void Each_call_begins_at_its_turn_and_is_made_once() => Run(async story =>
    {
        await story.MakeAsync(5, 2, seconds: 0.1);
        Assert.Equal([(0, 0.0), (1, 0.5), (2, 1.0), (3, 1.5), (4, 2.0)], story.Calls);
    });

    [Fact]
    public void Slow_calls_are_made_so_many_at_once_and_no_more() => Run(async story =>
    {
        await story.MakeAsync(4, 2, seconds: 10);
        Assert.Equal([(0, 0.0), (1, 0.5), (2, 10.0), (3, 10.5)], story.Calls);
        Assert.Equal(2, story.Most);
    });

    [Fact]
    public void Who_shares_a_gate_passes_it_one_by_one() => Run(async story =>
    {
        using var gate = new SemaphoreSlim(1);
        await Task.WhenAll(story.MakeAsync(2, 2, seconds: 1, gate), story.MakeAsync(2, 2, seconds: 1, gate));
        Assert.Equal((1, 4, 1), (story.Most, story.Calls.Count, gate.CurrentCount));
    });

    [Fact]
    public void After_a_call_that_says_stop_none_begins() => Run(async story =>
    {
        await story.MakeAsync(9, 2, seconds: 0.6, stopAt: 2);
        // The third says so at 1.6 s; the fourth was under way.
        Assert.Equal([0, 1, 2, 3], story.Calls.Select(c => c.At));
    });

    [Fact]
    public void After_a_call_that_fails_none_begins_and_its_error_is_told() => Run(async story =>
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => story.MakeAsync(9, 1, seconds: 0.1, throwAt: 1));
        Assert.Equal([0, 1], story.Calls.Select(c => c.At));
    });

    [Fact]
    public void No_call_begins_after_a_minute() => Run(async story =>
    {
        await story.MakeAsync(9, 1, seconds: 25);
        Assert.Equal([(0, 0.0), (1, 25.0), (2, 50.0)], story.Calls);
    });

    [Fact]
    public void The_deadline_ends_it_without_an_error() => Run(async story =>
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(1.2), story.World.Clock);
        await story.MakeAsync(9, 1, seconds: 0.1, ct: deadline.Token);
        Assert.Equal([0, 1, 2], story.Calls.Select(c => c.At));
    });

    // Two calls a second.
    private static void Run(Func<Story, Task> tell)
    {
        var story = new Story(new World(new WorldSetup { CallsPerSecond = 2 }));
        story.World.Run(() => tell(story));
    }

    private sealed record Story(World World)
    {
        private int _open;

        public List<(int At, double Seconds)> Calls { get; } = [];

        public int Most { get; private set; }

        public Task MakeAsync(int count, int workers, double seconds, SemaphoreSlim? gate = null, int? stopAt = null, int? throwAt = null,
            CancellationToken ct = default)
        {
            var client = World.StartProcess().Engine.ClientOf("test");
            var begun = World.Clock.GetUtcNow();
            return PacedCalls.MakeAsync(client, World.Clock, count, workers, gate, async at =>
            {
                Most = Math.Max(Most, ++_open);
                Calls.Add((at, (World.Clock.GetUtcNow() - begun).TotalSeconds));
                await Task.Delay(TimeSpan.FromSeconds(seconds), World.Clock);
                _open--;
                return at == throwAt ? throw new InvalidOperationException("broken") : at == stopAt;
            }, ct);
        }
    }
}
