namespace PendoSync.Planning;

/// <summary>A taker for those that only want a pass's counts.</summary>
internal sealed class CountingTaker : IRowTaker
{
    /// <inheritdoc/>
    public ValueTask TakeAsync(in JudgedRow row, CancellationToken ct) => ValueTask.CompletedTask;
}
