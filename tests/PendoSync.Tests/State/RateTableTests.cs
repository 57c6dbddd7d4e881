using PendoSync.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.State;

public sealed class RateTableTests
{
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(20);
    private readonly ManualClock _clock = new();
    private readonly RateTable _rates;

    private readonly MemoryTableStore _store;

    public RateTableTests()
    {
        _store = new MemoryTableStore(_clock);
        _rates = new RateTable(_store);
    }

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

    [Fact]
    public async Task What_a_clock_that_was_ahead_reserved_or_cooled_down_says_nothing()
    {
        _clock.Now += TimeSpan.FromDays(30);
        await _rates.CoolDownAsync("p", TimeSpan.FromMinutes(15), default);
        await WaitAsync(100);
        await _rates.ReserveAsync("q", 100, 10, _longest, default);
        _clock.Now -= TimeSpan.FromDays(30);

        Assert.Equal([0, 100], await WaitsAsync(1, 1));
        Assert.Equal(TimeSpan.Zero, await _rates.ReserveAsync("q", 1, 10, _longest, default));
        await _rates.CoolDownAsync("p", TimeSpan.FromSeconds(10), default);
        Assert.Equal(10_000, await WaitAsync(1));
    }

    [Theory]
    [InlineData(0.01, 1)]
    [InlineData(2, 20)]
    [InlineData(20, 200)]
    public async Task A_reservation_reaches_at_most_a_minute_ahead_or_is_for_one_call(double perSecond, int calls)
    {
        Assert.Equal(calls, RateTable.MostCalls(perSecond));
        for (var i = 0; i < 50; i++)
            await _rates.ReserveAsync("p", calls, perSecond, _longest, default);

        var furthest = (await _store.GetAsync(Tables.Shared, "p", "rate", default)).Value!.Time("next");
        Assert.InRange(furthest!.Value - _clock.Now, TimeSpan.Zero, TimeSpan.FromSeconds(Math.Max(60, 1 / perSecond)));
        // It is believed: with one call in 100 s nobody else calls before.
        Assert.True(await _rates.ReserveAsync("p", 1, perSecond, _longest, default) > _longest);
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
