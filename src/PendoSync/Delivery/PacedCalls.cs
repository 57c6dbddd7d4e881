using PendoSync.Pendo;

namespace PendoSync.Delivery;

/// <summary>Makes the calls of a chunk, one record each, whose share of the rate was reserved: each at its turn, in parallel.</summary>
internal static class PacedCalls
{
    // No call of a chunk begins later, so that everybody knows soon when its deliverer is dead (IntentOwners.Events).
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(60);

    /// <summary>Makes them, until one says that the rest would only be refused likewise, the time is over or <paramref name="ct"/> ends
    /// it. What was not called then was surely not sent.</summary>
    /// <param name="client">Pendo: its rate, and its slots, one of which each call takes.</param>
    /// <param name="clock">Paces them.</param>
    /// <param name="count">Calls.</param>
    /// <param name="workers">At once at most.</param>
    /// <param name="gate">Whoever calls passes it before; null: there is none.</param>
    /// <param name="call">Makes a call by its number from 0 on; true: the rest is not to be called.</param>
    /// <param name="ct">The deadline.</param>
    public static Task MakeAsync(PendoClient client, TimeProvider clock, int count, int workers, SemaphoreSlim? gate,
        Func<int, Task<bool>> call, CancellationToken ct)
    {
        var gap = TimeSpan.FromSeconds(1 / client.Connection.MaxCallsPerSecond);
        var (begun, next, halt) = (clock.GetTimestamp(), -1, false);
        return Task.WhenAll(Enumerable.Range(0, Math.Min(workers, count)).Select(_ => WorkAsync()));

        async Task WorkAsync()
        {
            try
            {
                if (gate is not null)
                    await gate.WaitAsync(ct);
                try
                {
                    while (await NextAsync())
                    {
                    }
                }
                finally
                {
                    gate?.Release();
                }
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
            }
        }

        // What is known by the time a slot is free decides: others were called meanwhile.
        async Task<bool> NextAsync()
        {
            using var slot = await client.Slots.TakeAsync(ct);
            if (Volatile.Read(ref halt) || clock.GetElapsedTime(begun) >= _longest)
                return false;
            var at = Interlocked.Increment(ref next);
            if (at >= count)
                return false;
            var early = (gap * at) - clock.GetElapsedTime(begun);
            if (early > TimeSpan.FromMilliseconds(1))
                await Task.Delay(early, clock, ct);
            if (Volatile.Read(ref halt))
                return false;
            var over = true;
            try
            {
                over = await call(at);
            }
            finally
            {
                if (over)
                    Volatile.Write(ref halt, true);
            }

            return true;
        }
    }
}
