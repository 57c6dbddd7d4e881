using PendoSync.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.State;

public sealed class RateTableTests
{
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(20);
    private readonly ManualClock _clock = new();
    private readonly RateTable _rates;

    public RateTableTests() => _rates = new RateTable(new MemoryTableStore(_clock));

    [Fact]
    public async Task Calls_are_spaced_evenly_and_idle_time_is_not_saved_up()
    {
        Assert.Equal([0, 100, 200], await WaitsAsync(1, 1, 5));
        Assert.Equal(700, await WaitAsync(1));
        _clock.Now += TimeSpan.FromHours(1);
        Assert.Equal([0, 100], await WaitsAsync(1, 1));
    }

    [Fact]
    public async Task Nobody_calls_during_a_cool_down_and_a_shorter_one_does_not_end_it()
    {
        await WaitAsync(1);
        await _rates.CoolDownAsync("p", TimeSpan.FromSeconds(10), default);
        await _rates.CoolDownAsync("p", TimeSpan.FromSeconds(5), default);

        Assert.Equal([10_000, 10_100], await WaitsAsync(1, 1));
        Assert.Equal(TimeSpan.Zero, await _rates.ReserveAsync("other", 1, 10, _longest, default));
        await _rates.CoolDownAsync("p", TimeSpan.FromSeconds(15), default);
        Assert.Equal(15_000, await WaitAsync(1));
    }

    [Fact]
    public async Task A_wait_that_is_too_long_reserves_nothing()
    {
        await WaitAsync(300);

        Assert.Equal(30_000, await WaitAsync(1));
        Assert.Equal(30_000, await WaitAsync(1));
        _clock.Now += TimeSpan.FromSeconds(10);
        Assert.Equal([20_000, 20_000], await WaitsAsync(0, 1));
    }

    [Fact]
    public async Task Two_reservers_never_share_a_slot()
    {
        var waits = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => WaitsAsync([.. Enumerable.Repeat(1, 25)]))));

        Assert.Equal(Enumerable.Range(0, 200).Select(i => i * 100.0), waits.SelectMany(w => w).Order());
    }

    private async Task<List<double>> WaitsAsync(params int[] calls)
    {
        var waits = new List<double>();
        foreach (var count in calls)
            waits.Add(await WaitAsync(count));
        return waits;
    }

    private async Task<double> WaitAsync(int calls) => (await _rates.ReserveAsync("p", calls, 10, _longest, default)).TotalMilliseconds;
}
