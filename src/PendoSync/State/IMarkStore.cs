namespace PendoSync.State;

/// <summary>
/// A second place, apart from the state, that keeps one number for each sync's state. A state behind its number was restored or copied.
/// </summary>
public interface IMarkStore
{
    /// <summary>The number; null: there is none.</summary>
    /// <param name="id">Names a state: letters and digits, the same wherever the state is copied to.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <exception cref="ProblemException">The place cannot be read now.</exception>
    Task<long?> ReadAsync(string id, CancellationToken ct);

    /// <summary>Keeps the number; a higher one that is there stays.</summary>
    /// <exception cref="ProblemException">The place cannot be written now.</exception>
    Task WriteAsync(string id, long mark, CancellationToken ct);
}
