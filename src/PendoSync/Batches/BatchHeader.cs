namespace PendoSync.Batches;

/// <summary>What is known of a batch without its body: enough to settle one that nobody can read.</summary>
/// <param name="Id">The batch.</param>
/// <param name="Records">How many records it holds.</param>
/// <param name="Cursor">Lowest cursor value among its rows; null without cursor.</param>
/// <param name="IsEvents">True for track events.</param>
public sealed record BatchHeader(BatchId Id, int Records, string? Cursor, bool IsEvents);
