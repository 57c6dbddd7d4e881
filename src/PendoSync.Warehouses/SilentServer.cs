namespace PendoSync.Warehouses;

/// <summary>
/// A driver may wait without end for a server that has gone silent, also when it is told to stop: it is left to itself then, with its
/// connection, which ends with the process at the latest.
/// </summary>
internal static class SilentServer
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    /// <summary>Waits for a reader; cancelled, no longer than it takes to have the statement stopped and the reader closed.</summary>
    /// <param name="opening">Closes what it opened when it fails.</param>
    /// <param name="ct">What <paramref name="opening"/> is cancelled by too.</param>
    public static async Task<T> OpenAsync<T>(Task<T> opening, CancellationToken ct)
        where T : IAsyncDisposable
    {
        try
        {
            return await opening.WaitAsync(ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            await LeaveAsync(async () =>
            {
                await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (opening.IsCompletedSuccessfully)
                    await (await opening).DisposeAsync();
            });
            throw;
        }
    }

    /// <summary>Waits for what ends a driver's work, five seconds at most.</summary>
    /// <param name="ending">Never throws.</param>
    public static Task LeaveAsync(Func<Task> ending) =>
        Task.WhenAny(Task.Run(ending, CancellationToken.None), Task.Delay(_patience, CancellationToken.None));
}
