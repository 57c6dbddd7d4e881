namespace PendoSync.Warehouses.Rest;

/// <summary>The token of a login: made when there is none, when its time is over, or when refused; by one caller at a time.</summary>
/// <param name="clock">Time.</param>
internal sealed class KeptToken<T>(TimeProvider clock)
{
    private readonly SemaphoreSlim _making = new(1, 1);
    private (T Token, DateTimeOffset Until)? _kept;

    /// <summary>The token to use now.</summary>
    /// <param name="refresh">True: the last one was refused.</param>
    /// <param name="make">Makes one, from secrets read afresh when it is given true, and says until when it holds.</param>
    /// <param name="ct">Ends the wait.</param>
    public async Task<T> GetAsync(bool refresh, Func<bool, CancellationToken, Task<(T Token, DateTimeOffset Until)>> make,
        CancellationToken ct)
    {
        await _making.WaitAsync(ct);
        try
        {
            if (refresh || _kept is not { } known || known.Until <= clock.GetUtcNow())
                _kept = await make(refresh, ct);
            return _kept.Value.Token;
        }
        finally
        {
            _making.Release();
        }
    }
}
