using Polly;
using Polly.Retry;

namespace PendoSync.Pendo;

/// <summary>
/// How long a read of Pendo is tried again: answers that may be better later and broken connections, with backoff and jitter, and
/// Retry-After is kept.
/// </summary>
/// <param name="Tries">Calls at most.</param>
/// <param name="Delay">Before the second call; doubles with each further one.</param>
/// <param name="Longest">From the first call on; no pause is begun that would end later.</param>
public sealed record PendoPatience(int Tries, TimeSpan Delay, TimeSpan Longest)
{
    /// <summary>For somebody who waits for the answer.</summary>
    public static PendoPatience Short { get; } = new(3, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));

    /// <summary>For an answer that may be missing.</summary>
    public static PendoPatience None { get; } = new(1, TimeSpan.Zero, TimeSpan.Zero);

    /// <summary>Calls until there is an answer to go on with, or patience ends; then the last answer is given.</summary>
    /// <param name="call">One call.</param>
    /// <param name="isWorthwhile">False: this answer stays as it is.</param>
    /// <param name="clock">Time of the pauses.</param>
    /// <param name="ct">Ends call and pauses.</param>
    public async Task<PendoAnswer> CallAsync(Func<CancellationToken, Task<PendoAnswer>> call, Func<PendoAnswer, bool> isWorthwhile,
        TimeProvider clock, CancellationToken ct)
    {
        var begun = clock.GetTimestamp();
        var pipeline = new ResiliencePipelineBuilder<PendoAnswer> { TimeProvider = clock }.AddRetry(new RetryStrategyOptions<PendoAnswer>
        {
            MaxRetryAttempts = Math.Max(1, Tries - 1),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = Delay,
            ShouldHandle = args => ValueTask.FromResult(args.AttemptNumber + 1 < Tries
                && args.Outcome.Result is { } answer && isWorthwhile(answer)
                && clock.GetElapsedTime(begun) + (answer.RetryAfter ?? Delay) <= Longest),
            DelayGenerator = args =>
                ValueTask.FromResult(args.Outcome.Result?.RetryAfter is { } wait && wait > Delay ? wait : (TimeSpan?)null),
        }).Build();
        return await pipeline.ExecuteAsync(async token => await call(token), ct);
    }
}
