namespace PendoSync.Snapshot;

/// <summary>A key as a snapshot knows it.</summary>
/// <param name="Hash">Hash of the key.</param>
/// <param name="Rest">Of an event the rest of its id's 128 bits; else of no account.</param>
internal readonly record struct SnapshotKey(ulong Hash, ulong Rest);

/// <summary>The part of a large snapshot that is not in memory: pages, each of which holds what is known of a range of keys.</summary>
internal interface ISnapshotPages
{
    /// <summary>Puts into the index what the pages say of these keys, none of which it knows.</summary>
    /// <returns>True when it took so many pages that everything was loaded: nothing is outside any more.</returns>
    Task<bool> LookUpAsync(SnapshotIndex index, IReadOnlyCollection<SnapshotKey> keys, CancellationToken ct);

    /// <summary>Puts everything into the index that it does not know.</summary>
    Task LoadRestAsync(SnapshotIndex index, CancellationToken ct);
}
