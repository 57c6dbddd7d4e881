using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace PendoSync.Web.Http;

/// <summary>
/// Makes guessing slow: every wrong key, by header or login, is counted and logged, and its answer comes late and in turn. The right key
/// never waits.
/// </summary>
/// <param name="clock">Time.</param>
/// <param name="log">Takes a line for each.</param>
internal sealed class WrongKeys(TimeProvider clock, ILogger log)
{
    /// <summary>Wrong keys are counted for so long.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromMinutes(15);

    /// <summary>The longest pause before an answer; the first is 250 ms, each further one twice as long.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(4);

    // Whoever asks beyond that is told so at once, so that guesses cannot hold more and more connections.
    private const int MostWaiting = 100;

    private readonly Queue<DateTimeOffset> _recent = new();
    private readonly SemaphoreSlim _turn = new(1);
    private int _waiting;

    /// <summary>Counts one, and returns when it may be answered.</summary>
    /// <exception cref="ApiException">429: too many are waiting already.</exception>
    public async Task AnswerLateAsync(HttpContext context)
    {
        var count = Count(clock.GetUtcNow());
        Telemetry.WrongKeys.Add(1);
        Log.WrongKey(log, context.Connection.RemoteIpAddress?.ToString() ?? "somebody", count);
        if (Interlocked.Increment(ref _waiting) > MostWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            throw new ApiException(429, "too many wrong keys", ApiAccess.KeyHeader, "Wait a minute, and send the right key.");
        }

        try
        {
            await _turn.WaitAsync(context.RequestAborted);
            try
            {
                await Task.Delay(Pause(count), clock, context.RequestAborted);
            }
            finally
            {
                _turn.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private static TimeSpan Pause(int count) =>
        TimeSpan.FromMilliseconds(Math.Min(Longest.TotalMilliseconds, 125 * Math.Pow(2, Math.Min(count, 10))));

    private int Count(DateTimeOffset now)
    {
        lock (_recent)
        {
            while (_recent.TryPeek(out var oldest) && oldest + Memory < now)
                _recent.Dequeue();
            // More than that makes no difference.
            if (_recent.Count == 10_000)
                _recent.Dequeue();
            _recent.Enqueue(now);
            return _recent.Count;
        }
    }
}
