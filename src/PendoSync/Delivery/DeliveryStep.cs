using PendoSync.Batches;
using PendoSync.Pendo;
using PendoSync.Runs;
using PendoSync.State;

namespace PendoSync.Delivery;

/// <summary>How one delivery of a batch went.</summary>
internal enum StepKind
{
    /// <summary>Every record has its outcome: write the receipt.</summary>
    Finished,

    /// <summary>Put it back for later.</summary>
    Later,

    /// <summary>Somebody else took the batch over: do nothing more.</summary>
    Lost,
}

/// <summary>The end of one delivery.</summary>
/// <param name="Kind">What comes next.</param>
internal sealed record DeliveryStep(StepKind Kind)
{
    /// <summary>Done.</summary>
    public static DeliveryStep Finished { get; } = new(StepKind.Finished);

    /// <summary>Taken over.</summary>
    public static DeliveryStep Lost { get; } = new(StepKind.Lost);

    /// <summary>Not before this time.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>What the try met that failed; null when the batch only waits in line.</summary>
    public string? Reason { get; init; }

    /// <summary>True for a failed try, of which a batch has only so many.</summary>
    public bool CountTry => Reason is not null;

    /// <summary>What stops the whole run, or null.</summary>
    public Problem? Problem { get; init; }

    /// <summary>The run was stopped meanwhile: what was not sent is cancelled.</summary>
    public static DeliveryStep Stopped(BatchRow intent)
    {
        intent.CancelRest();
        return Finished;
    }

    /// <summary>Put back, to wait in line.</summary>
    public static DeliveryStep Later(TimeSpan delay) => new(StepKind.Later) { Delay = delay };

    /// <summary>Put back after a try that failed.</summary>
    public static DeliveryStep Failed(TimeSpan delay, string reason) => Later(delay) with { Reason = reason };
}

/// <summary>Waits.</summary>
internal static class Backoff
{
    /// <summary>After a 429: nobody calls for as long as Pendo asks, and the batch goes on then.</summary>
    /// <param name="rates">Keeps the pause for everybody.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="answer">Pendo's answer.</param>
    /// <param name="options">Bounds the pause.</param>
    /// <param name="ct">Ends the work.</param>
    public static async Task<DeliveryStep> ThrottledAsync(RateTable rates, RecordBatch batch, PendoAnswer answer, EngineOptions options,
        CancellationToken ct)
    {
        var pause = CoolDown(answer.RetryAfter, batch.Copy, options);
        await rates.CoolDownAsync(batch.Target.Connection, pause, ct);
        RunTelemetry.Throttled(batch);
        return DeliveryStep.Later(pause);
    }

    /// <summary>The delay before the next try: doubles with each, plus or minus a quarter.</summary>
    public static TimeSpan AfterTry(int tries, EngineOptions options) =>
        options.RetryDelay * Math.Pow(2, tries) * (0.75 + (options.Jitter.NextDouble() / 2));

    /// <summary>
    /// The cool-down after a 429: what Pendo asks for, else 1 s doubling with each copy up to a minute; at least 1 s, at most the option.
    /// </summary>
    public static TimeSpan CoolDown(TimeSpan? retryAfter, int copy, EngineOptions options)
    {
        var wait = retryAfter ?? TimeSpan.FromSeconds(Math.Min(60, Math.Pow(2, Math.Min(copy, 6))));
        return wait < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : wait > options.LongestCoolDown ? options.LongestCoolDown : wait;
    }
}
