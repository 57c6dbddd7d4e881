using PendoSync.Delivery;
using PendoSync.Runs;

namespace PendoSync.Tests.Delivery;

public sealed class BackoffTests
{
    [Theory]
    [InlineData(0, 0.0, 11.25)]
    [InlineData(0, 0.5, 15)]
    [InlineData(3, 0.0, 90)]
    [InlineData(3, 1.0, 150)]
    public void The_delay_doubles_with_each_try_give_or_take_a_quarter(int tries, double drawn, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Backoff.AfterTry(tries, new EngineOptions { Jitter = new Drawn(drawn) }));

    [Theory]
    // What Pendo asks for, in seconds, the copy of the batch, and for how long nobody calls.
    [InlineData(30, 0, 30)]
    [InlineData(0, 3, 1)]
    [InlineData(900, 0, 900)]
    [InlineData(901, 0, 900)]
    [InlineData(null, 0, 1)]
    [InlineData(null, 3, 8)]
    [InlineData(null, 5, 32)]
    [InlineData(null, 6, 60)]
    [InlineData(null, 500, 60)]
    public void A_cool_down_is_as_long_as_Pendo_asks_or_doubles_within_bounds(int? asked, int copy, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds),
            Backoff.CoolDown(asked is { } wait ? TimeSpan.FromSeconds(wait) : null, copy, new EngineOptions()));

    private sealed class Drawn(double value) : Random
    {
        public override double NextDouble() => value;
    }
}
