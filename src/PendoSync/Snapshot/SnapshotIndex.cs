using PendoSync.Batches;
using PendoSync.Pendo;

namespace PendoSync.Snapshot;

/// <summary>
/// What Pendo accepted and what waits, in memory for one planning: about 19 to 24 B an accepted record, 28 to 36 B a
/// waiting one. Also remembers which keys the current read has seen.
/// </summary>
/// <param name="events">True: keys are 128-bit event ids and there are no fingerprints.</param>
internal sealed class SnapshotIndex(bool events)
{
    private readonly PackedTable _accepted = new(2, events ? 2 : 1);
    private readonly PackedTable _waiting = new(3, events ? 2 : 1);
    private readonly Dictionary<ulong, DateTimeOffset> _doubts = [];
    private long _unaccepted;
    private long _notWaiting;

    /// <summary>True for event ids.</summary>
    public bool Events { get; } = events;

    /// <summary>Records Pendo accepted.</summary>
    public long Accepted => _accepted.Count - _unaccepted;

    /// <summary>Records that were rejected and wait.</summary>
    public long WaitingCount => _waiting.Count - _notWaiting;

    /// <summary>Texts of rejections, by number; at most 1,000. Number 0 is "none kept".</summary>
    public List<string> Reasons { get; } = [""];

    /// <summary>Makes room before loading.</summary>
    public void Reserve(long accepted) => _accepted.Reserve(accepted);

    /// <summary>Pendo accepted this payload of this key (for events: this id).</summary>
    public void SetAccepted(ulong key, ulong fingerprint)
    {
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
        if (_doubts.Count > 0 && _doubts.TryGetValue(key, out var until)
            && Instants.Wait(until, PendoClient.AppliedLate, began) == TimeSpan.Zero)
            _doubts.Remove(key);
    }

    /// <summary>Until when the key is in doubt, or null; once that is over it is to be sent once more.</summary>
    public DateTimeOffset? DoubtOf(ulong key) => _doubts.Count > 0 && _doubts.TryGetValue(key, out var until) ? until : null;

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

    /// <summary>How many keys have which outcome, by its number.</summary>
    public long[] CountByOutcome()
    {
        var counts = new long[(int)RecordOutcome.Started + 1];
        counts[(int)RecordOutcome.Accepted] = Accepted;
        if (WaitingCount > 0)
            for (var digit = 0; digit < 256; digit++)
                foreach (var entry in _waiting.EntriesOf(digit))
                    if (_waiting.Word(entry, 2) is var packed and not 0)
                        counts[(int)Waiting.Unpack(0, packed).Outcome]++;
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

    /// <summary>
    /// Accepted entries of one hex digit as (key, fingerprint), sorted, in sixteen parts; those the read did not see are left out on
    /// request.
    /// </summary>
    public IEnumerable<ulong[]> SortedAccepted(int digit, bool seenOnly) =>
        Sorted(_accepted, digit, e => (Events || _accepted.Word(e, 1) != 0)
            && (!seenOnly || IsSeen(_accepted.Word(e, 0), _accepted.Word(e, 1))));

    /// <summary>
    /// Waiting entries of one hex digit as (key, match, packed), sorted, in sixteen parts; with <paramref name="seenOnly"/> only those
    /// whose key the read saw.
    /// </summary>
    public IEnumerable<ulong[]> SortedWaiting(int digit, bool seenOnly) =>
        Sorted(_waiting, digit, e => _waiting.Word(e, 2) != 0 && (!seenOnly || _waiting.IsSeen(e)));

    /// <summary>Doubts of one hex digit as (key, UTC ticks), sorted; with <paramref name="seenOnly"/> only of keys the read saw.</summary>
    public IEnumerable<ulong[]> SortedDoubts(int digit, bool seenOnly) =>
        [[.. _doubts.Where(d => (int)(d.Key >> 60) == digit && (!seenOnly || IsSeen(d.Key, 0))).OrderBy(d => d.Key)
            .SelectMany(d => new[] { d.Key, (ulong)d.Value.UtcTicks })]];

    // A key that waits, or did when it was loaded, is marked there.
    private bool IsSeen(ulong key, ulong fingerprint) =>
        _waiting.Count > 0 && _waiting.TryFind(key, fingerprint, out var waiting) ? _waiting.IsSeen(waiting)
        : _accepted.TryFind(key, fingerprint, out var accepted) && _accepted.IsSeen(accepted);

    private static IEnumerable<ulong[]> Sorted(PackedTable table, int digit, Func<PackedTable.Entry, bool> keep) =>
        Enumerable.Range(digit * PackedTable.PartsPerDigit, PackedTable.PartsPerDigit).Select(part => SortedPart(table, part, keep));

    private static ulong[] SortedPart(PackedTable table, int part, Func<PackedTable.Entry, bool> keep)
    {
        var entries = table.EntriesOf(part).Where(keep).ToArray();
        Array.Sort(Array.ConvertAll(entries, entry => table.Word(entry, 0)), entries);
        var result = new ulong[entries.Length * table.Words];
        for (var i = 0; i < entries.Length; i++)
            for (var w = 0; w < table.Words; w++)
                result[(i * table.Words) + w] = table.Word(entries[i], w);
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
