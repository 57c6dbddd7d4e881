using PendoSync.State;

namespace PendoSync.Planning;

/// <summary>A taker for those that only want a pass's counts.</summary>
internal sealed class CountingTaker : IRowTaker
{
    /// <inheritdoc/>
    public ValueTask TakeAsync(JudgedRow row, CancellationToken ct) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public void Name(Rejection rejection)
    {
    }

    /// <inheritdoc/>
    public ValueTask PauseAsync(CancellationToken ct) => ValueTask.CompletedTask;
}
