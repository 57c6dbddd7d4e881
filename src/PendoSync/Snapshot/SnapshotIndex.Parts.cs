namespace PendoSync.Snapshot;

/// <content>Some of the keys, and what comes from another index.</content>
internal sealed partial class SnapshotIndex
{
    /// <summary>The keys of which is kept what was accepted and what waits; null: all. Doubts are kept of all.</summary>
    public Predicate<ulong>? Only { get; init; }

    /// <summary>Memory taken, in bytes.</summary>
    public long Bytes => _accepted.Bytes + _waiting.Bytes;

    /// <summary>Forgets what the read has not met, and that it has met the others. Of accounts and visitors only.</summary>
    public void KeepSeen()
    {
        foreach (var entry in _accepted.Entries())
            if (!_accepted.IsSeen(entry))
                Forget(_accepted.Key(entry));
        _accepted.ClearSeen();
    }

    /// <summary>
    /// Takes over what another index knows, of other keys; it is used up. Only that one knows keys that wait or are in doubt.
    /// </summary>
    public void TakeOver(SnapshotIndex other)
    {
        _accepted.Reserve(_accepted.Count + other._accepted.Count);
        foreach (var entry in other._accepted.Entries())
            if (other._accepted.Word(entry, 1) is var fingerprint and not 0)
                SetAccepted(other._accepted.Key(entry), fingerprint);
        (_waiting, _notWaiting, _doubts, Reasons) = (other._waiting, other._notWaiting, other._doubts, other.Reasons);
    }

    /// <summary>How the keys stood when all was loaded and nothing was met.</summary>
    public KeyCounts Loaded { get; set; }

    /// <summary>
    /// Makes a key stand as it does in another index, which knows it. Of an event only whether it waits: what was taken stands here
    /// already.
    /// </summary>
    public void Copy(SnapshotIndex from, SnapshotKey key)
    {
        DropDoubt(key.Hash);
        if (from.FindWaiting(key.Hash, key.Rest) is { } waiting)
        {
            Forget(key.Hash);
            SetWaiting(key.Hash, waiting with { Reason = NumberOf(from.Reasons[waiting.Reason]) });
        }
        else if (!Events && from.FindAccepted(key.Hash, 0) is var accepted and not 0)
            SetAccepted(key.Hash, accepted);
        else if (!Events || FindAccepted(key.Hash, key.Rest) == 0)
            SetNothing(key.Hash, key.Rest);
        if (from.DoubtOf(key.Hash) is { } until)
            SetDoubt(key.Hash, until);
    }
}
