using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using PendoSync.Web.Http;

namespace PendoSync.Tests.Web.Http;

public sealed class WrongKeysTests
{
    [Fact]
    public async Task Wrong_keys_are_counted_and_logged_and_their_answers_wait_while_the_right_key_does_not()
    {
        var (clock, log) = (new FakeTimeProvider(), new Lines());
        var access = new ApiAccess(new ApiOptions { Key = _ => new("the right key"), Clock = clock }, new WrongKeys(clock, log));
        var pauses = new List<double>();
        for (var i = 0; i < 7; i++)
        {
            var judging = access.SessionAsync(With("wrong")).AsTask();
            var before = clock.GetUtcNow();
            while (!judging.IsCompleted)
            {
                Assert.Equal(Shown.Header, (await access.SessionAsync(With("the right key"))).Shown);
                clock.Advance(TimeSpan.FromMilliseconds(50));
                await Task.Delay(1);
            }

            Assert.Equal(Shown.Nothing, (await judging).Shown);
            pauses.Add((clock.GetUtcNow() - before).TotalSeconds);
        }

        Assert.All(pauses.Zip([0.25, 0.5, 1, 2, 4, 4, 4]), p => Assert.InRange(p.First, p.Second, p.Second + 1));
        Assert.Equal(Enumerable.Range(1, 7).Select(n => $"A wrong key was shown by 10.1.2.3 ({n} times within 15 minutes, by all)."), log);
        clock.Advance(WrongKeys.Memory + WrongKeys.Longest);
        _ = access.SessionAsync(With("wrong")).AsTask();
        Assert.Contains("(1 times", log[^1], StringComparison.Ordinal);

        static DefaultHttpContext With(string key)
        {
            var context = new DefaultHttpContext();
            context.Connection.RemoteIpAddress = System.Net.IPAddress.Parse("10.1.2.3");
            context.Request.Headers[ApiAccess.KeyHeader] = key;
            return context;
        }
    }

    [Fact]
    public async Task Guesses_at_once_are_answered_in_turn_and_no_more_than_a_hundred_wait()
    {
        var clock = new FakeTimeProvider();
        var wrong = new WrongKeys(clock, new Lines());
        var guesses = Enumerable.Range(0, 105).Select(_ => wrong.AnswerLateAsync(new DefaultHttpContext())).ToList();
        await Task.Delay(100);
        Assert.Equal(5, guesses.Count(g => g.IsFaulted));
        clock.Advance(WrongKeys.Longest);
        await Task.Delay(100);
        Assert.Equal(1, guesses.Count(g => g.IsCompletedSuccessfully));
    }

    private sealed class Lines : List<string>, ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) => Add(formatter(state, exception));
    }
}
