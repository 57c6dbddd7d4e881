using PendoSync.State;

namespace PendoSync.Runs;

/// <summary>
/// The planner's lease in the checkpoint (promise 9): every renewal is a version-checked write, and the lease is lost when
/// the active attempt is not ours any more (cancelled, taken over) or cannot be renewed.
/// </summary>
internal sealed class Lease : IAsyncDisposable
{
    private readonly StateStore _state;
    private readonly EngineOptions _options;
    private readonly string _sync;
    private readonly string _runId;
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _end = new();
    private readonly Task _renewing;
    private int _attempt;

    /// <summary>Keeps a lease that was just taken.</summary>
    public Lease(StateStore state, EngineOptions options, string sync, string runId, int attempt)
    {
        (_state, _options, _sync, _runId, _attempt) = (state, options, sync, runId, attempt);
        _renewing = RenewAsync();
    }

    /// <summary>Cancelled when the lease is lost: nothing may be sent any more.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>The attempt the lease stands for, after a restarted read.</summary>
    public void MoveTo(int attempt) => _attempt = attempt;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        CancelHere(_end);
        await _renewing;
        _end.Dispose();
        _lost.Dispose();
    }

    // Nothing that could block is registered, so it need not be cancelled on another thread.
    private static void CancelHere(CancellationTokenSource source) => source.Cancel();

    private async Task RenewAsync()
    {
        var failures = 0;
        while (true)
        {
            try
            {
                await Task.Delay(_options.LeaseRenewal, _options.Clock, _end.Token);
                var held = false;
                await _state.Checkpoints.ChangeAsync(_sync, now =>
                {
                    held = now.IsHeld(_runId, _attempt, _options.Owner);
                    return held ? now : null;
                }, _end.Token);
                failures = 0;
                if (held)
                    continue;
            }
            catch (OperationCanceledException) when (_end.IsCancellationRequested)
            {
                return;
            }
            catch (Exception) when (++failures < 3)
            {
                // The store is away for a moment; the lease lives longer than three renewals.
                continue;
            }
            catch (Exception)
            {
                // Whatever it was: a planner that cannot renew its lease must not send.
            }

            CancelHere(_lost);
            return;
        }
    }
}
