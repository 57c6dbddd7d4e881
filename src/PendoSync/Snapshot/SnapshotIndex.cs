using PendoSync.Batches;
using PendoSync.Pendo;

namespace PendoSync.Snapshot;

/// <summary>
/// What Pendo accepted and what waits, in memory for one planning: about 19 to 24 B an accepted record, 28 to 36 B a
/// waiting one. Also remembers which keys the current read has seen. Of a large snapshot it may hold the keys only that a run meets; the
/// others stand outside, in pages, and a key has to be looked up before anything is asked or said of it.
/// </summary>
/// <param name="events">True: keys are 128-bit event ids and there are no fingerprints.</param>
internal sealed partial class SnapshotIndex(bool events)
{
    private readonly PackedTable _accepted = new(2, events ? 2 : 1);
    private PackedTable _waiting = new(3, events ? 2 : 1);
    private Dictionary<ulong, DateTimeOffset> _doubts = [];
    private long _unaccepted;
    private long _notWaiting;
    private ISnapshotPages? _pages;
    private KeyCounts _outside;

    /// <summary>True for event ids.</summary>
    public bool Events { get; } = events;

    /// <summary>Records Pendo accepted.</summary>
    public long Accepted => _accepted.Count - _unaccepted + _outside.Accepted;

    /// <summary>Records that were rejected and wait.</summary>
    public long WaitingCount => _waiting.Count - _notWaiting + _outside.Waiting;

    /// <summary>True when every key that is known is in memory.</summary>
    public bool IsWhole => _pages is null;

    /// <summary>Entries in memory.</summary>
    public long Entries => _accepted.Count + _waiting.Count;

    /// <summary>Texts of rejections, by number; at most 1,000. Number 0 is "none kept".</summary>
    public List<string> Reasons { get; private set; } = [""];

    /// <summary>Makes room for so many entries before they are loaded: sorted ones fill a table that grows from its beginning on.</summary>
    public void Reserve(long accepted, long waiting)
    {
        _accepted.Reserve(accepted);
        _waiting.Reserve(waiting);
    }

    /// <summary>Says what stands outside, and how its keys stand.</summary>
    public void LeaveOutside(ISnapshotPages pages, KeyCounts counts) => (_pages, _outside) = (pages, counts);

    /// <summary>Makes sure that what is known of these keys is in memory.</summary>
    public async Task LookUpAsync(IEnumerable<SnapshotKey> keys, CancellationToken ct)
    {
        if (_pages is null)
            return;
        var unknown = keys.Where(key => key.Hash != 0 && !Knows(key.Hash, key.Rest)).ToHashSet();
        if (unknown.Count > 0 && await _pages.LookUpAsync(this, unknown, ct))
            (_pages, _outside) = (null, default);
    }

    /// <summary>Loads what stands outside.</summary>
    public async Task BecomeWholeAsync(CancellationToken ct)
    {
        if (_pages is null)
            return;
        await _pages.LoadRestAsync(this, ct);
        (_pages, _outside) = (null, default);
    }

    /// <summary>True when the key has an entry; it may say that nothing is known of it.</summary>
    public bool Knows(ulong key, ulong rest) =>
        _accepted.TryFind(key, rest, out _) || (_waiting.Count > 0 && _waiting.TryFind(key, rest, out _));

    /// <summary>Takes an accepted record from outside.</summary>
    public void TakeAccepted(ulong key, ulong fingerprint)
    {
        _outside = _outside.With(RecordOutcome.Accepted, -1);
        SetAccepted(key, fingerprint);
    }

    /// <summary>Takes a waiting record from outside.</summary>
    public void TakeWaiting(ulong key, Waiting waiting)
    {
        _outside = _outside.With(waiting.Outcome, -1);
        SetWaiting(key, waiting);
    }

    /// <summary>Nothing is known of this key, whatever older pages say.</summary>
    public void SetNothing(ulong key, ulong rest)
    {
        if (Only is not null && !Only(key))
            return;
        if (Events)
        {
            ClearWaiting(key, rest);
            if (!Knows(key, rest))
            {
                _waiting.GetOrAdd(key, rest, out _);
                _notWaiting++;
            }

            return;
        }

        SetInDoubt(key, rest);
        _accepted.GetOrAdd(key, 0, out var added);
        if (added)
            _unaccepted++;
    }

    /// <summary>Pendo accepted this payload of this key (for events: this id).</summary>
    public void SetAccepted(ulong key, ulong fingerprint)
    {
        if (Only is not null && !Only(key))
            return;
        var entry = _accepted.GetOrAdd(key, fingerprint, out var added);
        if (!Events)
        {
            ref var held = ref _accepted.Word(entry, 1);
            if (!added && held == 0)
                _unaccepted--;
            held = fingerprint;
        }

        ClearWaiting(key, fingerprint);
    }

    /// <summary>Nothing is known any more about what Pendo holds for this key: it will be sent again.</summary>
    public void SetInDoubt(ulong key, ulong fingerprint)
    {
        Forget(key);
        ClearWaiting(key, fingerprint);
    }

    /// <summary>Until an instant an earlier call may put an older value of this key into Pendo, whatever is accepted meanwhile.</summary>
    public void SetDoubt(ulong key, DateTimeOffset until)
    {
        if (!_doubts.TryGetValue(key, out var known) || known < until)
            _doubts[key] = until;
    }

    /// <summary>The key was accepted by a call that began after this instant: what was in doubt until then is no longer.</summary>
    public void EndDoubt(ulong key, DateTimeOffset began)
    {
        if (_doubts.TryGetValue(key, out var until)
            && Instants.Wait(until, PendoClient.AppliedLate, began) == TimeSpan.Zero)
            _doubts.Remove(key);
    }

    /// <summary>Newer pages say nothing of a doubt any more.</summary>
    public void DropDoubt(ulong key)
    {
        _doubts.Remove(key);
    }

    /// <summary>Until when the key is in doubt, or null; once that is over it is to be sent once more.</summary>
    public DateTimeOffset? DoubtOf(ulong key) => _doubts.TryGetValue(key, out var until) ? until : null;

    /// <summary>Forgets the accepted payload of a key; what is known of its rejections stays. An event id stays: it is sent once.</summary>
    public void Forget(ulong key)
    {
        if (Events || !_accepted.TryFind(key, 0, out var entry) || _accepted.Word(entry, 1) == 0)
            return;
        _accepted.Word(entry, 1) = 0;
        _unaccepted++;
    }

    /// <summary>Pendo rejected this payload. Counts the tries of the same key.</summary>
    public void SetRejected(ulong key, ulong fingerprint, ulong match, RecordOutcome outcome, string? reason, DateTimeOffset at)
    {
        var tries = FindWaiting(key, fingerprint) is { } before ? Math.Min(before.Tries + 1, 255) : 1;
        SetInDoubt(key, fingerprint);
        SetWaiting(key, new Waiting(match, at + Waiting.BackoffAfter(tries), (byte)tries, outcome, NumberOf(reason ?? "")));
    }

    /// <summary>Puts a waiting record in as it was stored.</summary>
    public void SetWaiting(ulong key, Waiting waiting)
    {
        if (Only is not null && !Only(key))
            return;
        // An event that Pendo took is never sent again, also when an older part still says that it waits.
        if (Events && _accepted.TryFind(key, waiting.Match, out _))
            return;
        var entry = _waiting.GetOrAdd(key, waiting.Match, out var added);
        _waiting.Word(entry, 1) = waiting.Match;
        ref var packed = ref _waiting.Word(entry, 2);
        if (!added && packed == 0)
            _notWaiting--;
        packed = waiting.Packed;
    }

    /// <summary>The waiting record of a key, or null.</summary>
    public Waiting? FindWaiting(ulong key, ulong fingerprint) =>
        _waiting.Count > 0 && _waiting.TryFind(key, fingerprint, out var entry) && _waiting.Word(entry, 2) is var packed and not 0
            ? Waiting.Unpack(_waiting.Word(entry, 1), packed)
            : null;

    /// <summary>What became of an account's or visitor's key last: accepted, or what it waits for; None when nothing is known.</summary>
    public RecordOutcome OutcomeOf(ulong key) => FindWaiting(key, 0)?.Outcome
        ?? (FindAccepted(key, 0) != 0 ? RecordOutcome.Accepted : RecordOutcome.None);

    /// <summary>How the keys stand.</summary>
    public KeyCounts CountByOutcome()
    {
        var counts = _outside with { Accepted = Accepted };
        if (_waiting.Count > 0)
            foreach (var entry in _waiting.Entries())
                if (_waiting.Word(entry, 2) is var packed and not 0)
                    counts = counts.With(Waiting.Unpack(0, packed).Outcome, 1);
        return counts;
    }

    /// <summary>The accepted fingerprint of a key, or 0; for events 1 when the id was accepted.</summary>
    public ulong FindAccepted(ulong key, ulong fingerprint) =>
        !_accepted.TryFind(key, fingerprint, out var entry) ? 0 : Events ? 1 : _accepted.Word(entry, 1);

    /// <summary>
    /// Notes that the read has met this key. The first time it returns true and what was accepted before: 0 when nothing
    /// was (for events 1 when the id was). A waiting key is marked where it waits, so that it costs no second entry.
    /// </summary>
    public bool See(ulong key, ulong fingerprint, out ulong accepted)
    {
        if (_waiting.Count > 0 && _waiting.TryFind(key, fingerprint, out var waiting))
        {
            accepted = FindAccepted(key, fingerprint);
            return _waiting.MarkSeen(waiting);
        }

        var entry = _accepted.GetOrAdd(key, fingerprint, out var added);
        if (added && !Events)
            _unaccepted++;
        accepted = Events ? (added ? 0UL : 1UL) : _accepted.Word(entry, 1);
        return _accepted.MarkSeen(entry);
    }

    /// <summary>True when the current read has met the key.</summary>
    public bool WasSeen(ulong key, ulong fingerprint) => IsSeen(key, fingerprint);

    /// <summary>Accepted entries as (key, fingerprint), sorted, of some parts of all keys.</summary>
    /// <param name="first">The first bits of the keys, 0 to 4,095.</param>
    /// <param name="count">How many such parts from there on.</param>
    /// <param name="seenOnly">True: those only that the read saw.</param>
    /// <param name="nothing">True: also those of which nothing is known any more, with a fingerprint of 0.</param>
    public ulong[] SortedAccepted(int first, int count, bool seenOnly, bool nothing = false) =>
        Sorted(_accepted, first, count, e =>
            (Events || _accepted.Word(e, 1) != 0 || (nothing && FindWaiting(_accepted.Key(e), 0) is null))
            && (!seenOnly || IsSeen(_accepted.Key(e), _accepted.Word(e, 1))));

    /// <summary>Waiting entries as (key, match, packed), sorted; the last is 0 where nothing waits any more.</summary>
    /// <inheritdoc cref="SortedAccepted"/>
    public ulong[] SortedWaiting(int first, int count, bool seenOnly, bool nothing = false) =>
        Sorted(_waiting, first, count, e => ((nothing && Events) || _waiting.Word(e, 2) != 0) && (!seenOnly || _waiting.IsSeen(e)));

    /// <summary>Doubts as (key, UTC ticks), sorted; with <paramref name="seenOnly"/> only of keys the read saw.</summary>
    public ulong[] SortedDoubts(bool seenOnly) =>
        [.. _doubts.Where(d => !seenOnly || IsSeen(d.Key, 0)).OrderBy(d => d.Key)
            .SelectMany(d => new[] { d.Key, (ulong)d.Value.UtcTicks })];

    // A key that waits, or did when it was loaded, is marked there.
    private bool IsSeen(ulong key, ulong fingerprint) =>
        _waiting.Count > 0 && _waiting.TryFind(key, fingerprint, out var waiting) ? _waiting.IsSeen(waiting)
        : _accepted.TryFind(key, fingerprint, out var accepted) && _accepted.IsSeen(accepted);

    private static ulong[] Sorted(PackedTable table, int first, int count, Func<PackedTable.Entry, bool> keep)
    {
        var entries = table.EntriesOf(first, count).Where(keep).ToArray();
        Array.Sort(Array.ConvertAll(entries, entry => table.Key(entry)), entries);
        var result = new ulong[entries.Length * table.Words];
        for (var i = 0; i < entries.Length; i++)
            for (var w = 0; w < table.Words; w++)
                result[(i * table.Words) + w] = w == 0 ? table.Key(entries[i]) : table.Word(entries[i], w);
        return result;
    }

    private void ClearWaiting(ulong key, ulong fingerprint)
    {
        if (_waiting.Count == 0 || !_waiting.TryFind(key, fingerprint, out var entry) || _waiting.Word(entry, 2) == 0)
            return;
        _waiting.Word(entry, 2) = 0;
        _notWaiting++;
    }

    /// <summary>The number of a reason, a new one when it is not known; 0 once a thousand are kept.</summary>
    public ushort NumberOf(string reason)
    {
        var number = Reasons.IndexOf(reason);
        if (number >= 0)
            return (ushort)number;
        if (Reasons.Count >= 1000)
            return 0;
        Reasons.Add(reason);
        return (ushort)(Reasons.Count - 1);
    }
}
