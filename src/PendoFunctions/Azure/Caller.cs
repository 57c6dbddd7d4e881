namespace PendoFunctions.Azure;

/// <summary>
/// Whether somebody waits for an HTTP answer. Work in the background tries an Azure service again for as long as it takes; of a caller's
/// request each call to one ends within seconds, so that he hears the cause before Azure cuts his connection (230 s).
/// </summary>
/// <remarks>https://learn.microsoft.com/azure/azure-functions/functions-scale#timeout</remarks>
internal static class Caller
{
    /// <summary>Longest wait for one call to one service.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    private static readonly AsyncLocal<bool> _waits = new();

    /// <summary>From here on, in this flow of control.</summary>
    public static void Waits() => _waits.Value = true;

    /// <summary>A source that ends with <paramref name="ct"/>, and with the patience of a caller if there is one.</summary>
    public static CancellationTokenSource Limit(CancellationToken ct)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        Renew(limit);
        return limit;
    }

    /// <summary>Begins the wait anew: for the next page of many.</summary>
    public static void Renew(CancellationTokenSource limit)
    {
        if (_waits.Value)
            limit.CancelAfter(Patience);
    }
}
