namespace PendoSync.Batches;

/// <summary>
/// Carries batches and requests to whoever is free: Service Bus in Azure, a channel on one machine. Delivery is at least once, in any
/// order.
/// </summary>
public interface IBatchQueue
{
    /// <summary>Enqueues one copy of a batch. Sending it twice is safe.</summary>
    /// <param name="batch">The batch; its <see cref="RecordBatch.MessageId"/> identifies the copy.</param>
    /// <param name="delay">Not to be received before this time has passed.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <exception cref="ProblemException">Transient: the queue did not take it.</exception>
    Task SendAsync(RecordBatch batch, TimeSpan delay, CancellationToken ct);

    /// <summary>False when a message cannot hold the batch; the planner then sends its halves.</summary>
    bool Fits(RecordBatch batch) => true;

    /// <summary>Enqueues a request for a run. Sending it twice is safe.</summary>
    Task RequestAsync(SyncRequest request, CancellationToken ct);
}
