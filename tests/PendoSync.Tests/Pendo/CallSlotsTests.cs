using PendoSync.Pendo;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Pendo;

/// <summary>How many calls are open at once, against servers of which it is known by formula how much they get done.</summary>
public sealed class CallSlotsTests
{
    private const int Most = 10;
    private static readonly TimeSpan _settling = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _measured = TimeSpan.FromSeconds(60);
    private static readonly PendoAnswer _good = new(200, [], null);

    // Seconds a call takes when so many are open.
    public static TheoryData<string> Laws => [.. _laws.Keys];

    private static readonly Dictionary<string, Func<int, double>> _laws = new(StringComparer.Ordinal)
    {
        ["quick however many"] = _ => 0.2,
        ["six at once, the others wait"] = open => 0.2 * Math.Max(1, open / 6.0),
        ["two at once, the others wait"] = open => 0.2 * Math.Max(1, open / 2.0),
        ["one at once"] = open => 0.2 * open,
        ["each one more costs a little"] = open => 0.2 * (1 + (0.1 * (open - 1))),
        ["each one more costs a half"] = open => 0.2 * (1 + (0.5 * (open - 1))),
        ["falls down beyond five"] = open => 0.2 * (1 + Math.Pow(open / 5.0, 2)),
        ["falls down beyond three"] = open => 0.2 * (1 + Math.Pow(open / 3.0, 2)),
        ["falls down at once"] = open => 0.2 * (1 + Math.Pow(open - 1, 2)),
        ["falls off a cliff beyond eight"] = open => open <= 8 ? 0.2 : 2,
    };

    [Theory]
    [MemberData(nameof(Laws))]
    public void It_settles_where_nearly_the_most_gets_done(string law)
    {
        var service = _laws[law];
        foreach (var noise in new[] { 0, 0.25 })
        {
            var calls = Serve(_ => service, noise, _settling + _measured) / _measured.TotalSeconds;
            var best = Enumerable.Range(1, Most).Max(open => open / service(open));
            Assert.True(calls >= 0.85 * best, $"noise {noise}: {calls:0.0} calls a second of {best:0.0}");
        }
    }

    [Theory]
    [InlineData("quick however many", 0.41)]
    [InlineData("each one more costs a little", 1)]
    public void It_has_as_many_as_may_be_after_a_few_answers(string law, double seconds)
    {
        var full = double.MaxValue;
        Serve(now => open =>
        {
            full = open == Most ? Math.Min(full, now.TotalSeconds) : full;
            return _laws[law](open);
        }, 0, TimeSpan.FromSeconds(5));
        Assert.InRange(full, 0, seconds);
    }

    [Fact]
    public void A_first_call_that_connects_is_no_measure()
    {
        var first = true;
        var service = _laws["falls down beyond three"];
        var calls = Serve(_ => open =>
        {
            var seconds = first ? 6 * service(open) : service(open);
            first = false;
            return seconds;
        }, 0, _settling + _measured);
        Assert.True(calls / _measured.TotalSeconds >= 0.85 * Enumerable.Range(1, Most).Max(open => open / service(open)), $"{calls}");
    }

    [Fact]
    public async Task A_throttled_call_leaves_a_third_fewer_once_a_round()
    {
        var slots = new CallSlots(Most, TimeProvider.System);
        Task<PendoAnswer> Answer(int status) => slots.CallAsync(false, 1000, () => Task.FromResult(new PendoAnswer(status, [], null)));
        for (var i = 0; i < 50; i++)
            await Answer(200);
        var before = slots.Allowed;
        var answers = new[] { 429, 503 }.Select(status => (Status: status, Come: new TaskCompletionSource<PendoAnswer>())).ToList();
        var calls = answers.ConvertAll(a => slots.CallAsync(false, 1000, () => a.Come.Task));
        foreach (var (status, come) in answers)
            come.SetResult(new PendoAnswer(status, [], null));
        await Task.WhenAll(calls);
        Assert.Equal(Math.Max(1, (int)(before * 0.7)), slots.Allowed);
    }

    [Theory]
    [InlineData(200, 5)]
    [InlineData(302, 2)]
    [InlineData(401, 2)]
    [InlineData(403, 2)]
    public async Task A_first_answer_lets_more_in_unless_it_stops_the_run(int status, int allowed)
    {
        var slots = new CallSlots(Most, TimeProvider.System);
        var waiting = Enumerable.Range(0, Most).Select(_ => slots.TakeAsync(CancellationToken.None).AsTask()).ToList();
        await slots.CallAsync(true, 1, () => Task.FromResult(new PendoAnswer(status, [], null)));
        Assert.Equal(allowed, slots.Allowed);
        Assert.Equal(Math.Max(CallSlots.First, allowed), waiting.Count(w => w.IsCompleted));
    }

    [Fact]
    public async Task Trouble_without_end_leaves_one()
    {
        var slots = new CallSlots(Most, TimeProvider.System);
        foreach (var answer in Enumerable.Repeat(new PendoAnswer(0, [], null, CallFault.Ambiguous), 50))
            await slots.CallAsync(true, 1, () => Task.FromResult(answer));
        Assert.Equal(1, slots.Allowed);
        using var slot = await slots.TakeAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Who_asks_first_is_first_and_who_gives_up_leaves_no_hole()
    {
        var slots = new CallSlots(1, TimeProvider.System);
        var held = await slots.TakeAsync(CancellationToken.None);
        using var impatient = new CancellationTokenSource();
        var (first, second) = (slots.TakeAsync(impatient.Token).AsTask(), slots.TakeAsync(CancellationToken.None).AsTask());
        var third = slots.TakeAsync(CancellationToken.None).AsTask();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        held.Dispose();
        held.Dispose();
        var next = await second;
        Assert.False(third.IsCompleted);
        next.Dispose();
        (await third).Dispose();
    }

    [Fact]
    public async Task A_short_call_is_no_measure_for_a_long_one()
    {
        // The last batch of each run has ten records and takes a hundredth of the time.
        var clock = new WorldClock(DateTimeOffset.UnixEpoch);
        var slots = new CallSlots(Most, clock);
        for (var round = 0; round < 40; round++)
        {
            await CallAsync(10, 0.005);
            for (var i = 0; i < 20; i++)
                await CallAsync(1000, 0.5);
        }

        Assert.Equal(CallSlots.First, slots.Allowed);

        Task CallAsync(int records, double seconds) => slots.CallAsync(false, records, () =>
        {
            clock.Pass(TimeSpan.FromSeconds(seconds));
            return Task.FromResult(_good);
        });
    }

    // As many callers as there may be slots, without a pause, in the world's time; the calls answered once it had time to settle.
    private static int Serve(Func<TimeSpan, Func<int, double>> service, double noise, TimeSpan length)
    {
        var clock = new WorldClock(DateTimeOffset.UnixEpoch);
        var slots = new CallSlots(Most, clock);
        var (random, open, answered) = (new Random(1), 0, 0);
        new WorldThread(clock, null).Run(() => Task.WhenAll(Enumerable.Range(0, Most).Select(_ => WorkAsync())));
        return answered;

        async Task WorkAsync()
        {
            while (clock.GetUtcNow() - DateTimeOffset.UnixEpoch is var now && now < length)
            {
                using var slot = await slots.TakeAsync(CancellationToken.None);
                await slots.CallAsync(false, 1000, async () =>
                {
                    var seconds = service(now)(++open) * (1 + (noise * ((2 * random.NextDouble()) - 1)));
                    await Task.Delay(TimeSpan.FromSeconds(seconds), clock);
                    open--;
                    answered += now < _settling ? 0 : 1;
                    return _good;
                });
            }
        }
    }
}
