using System.Globalization;
using PendoSync.Records;
using PendoSync.Snapshot;
using PendoSync.State;
using PendoSync.Values;

namespace PendoSync.Runs;

/// <summary>
/// The list of rejections while a planner reads the model: which entries a row met proves stale, and which rows are due to be read by their
/// key.
/// </summary>
internal sealed class ListedRejections
{
    private const int MostRetriedByKey = 100;
    private readonly Dictionary<ulong, Rejection> _listed = [];
    private readonly bool _events, _keepsUnknown;

    private ListedRejections(bool events, bool keepsUnknown) => (_events, _keepsUnknown) = (events, keepsUnknown);

    /// <summary>A list with no entry.</summary>
    public static ListedRejections None => new(events: false, keepsUnknown: false);

    /// <summary>Ids of entries that are true no longer.</summary>
    public HashSet<string> Stale { get; } = new(StringComparer.Ordinal);

    /// <summary>Invalid rows on the list when it was read, without events that are too old.</summary>
    public long InvalidBefore { get; private set; }

    /// <summary>Of them: those that are valid or gone.</summary>
    public long InvalidGone { get; private set; }

    /// <summary>Hashes of the keys of those that were not met yet.</summary>
    public IEnumerable<ulong> StillInvalid => _listed.Where(l => l.Value.Outcome == "invalid").Select(l => l.Key);

    /// <summary>Reads the list once; rows without a usable key are left out, they are known by their place only.</summary>
    /// <param name="state">The state.</param>
    /// <param name="sync">The sync.</param>
    /// <param name="events">True: of track events.</param>
    /// <param name="ct">Ends the reading.</param>
    /// <param name="keepsUnknown">True: unknown events are not sent again, though the ledger has them (at_most_once).</param>
    public static async Task<ListedRejections> LoadAsync(StateStore state, string sync, bool events, CancellationToken ct,
        bool keepsUnknown = false)
    {
        var list = new ListedRejections(events, keepsUnknown);
        await foreach (var rejection in state.Rejections.ListAsync(sync, null, ct))
        {
            list.InvalidBefore += Counts(rejection) ? 1 : 0;
            if (ulong.TryParse(rejection.Id, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var key))
                list._listed[key] = rejection;
        }

        return list;
    }

    /// <summary>A valid row was met for the first time.</summary>
    /// <param name="keyHash">Hash of its key.</param>
    /// <param name="row">The row.</param>
    /// <param name="decision">What is done with it.</param>
    /// <param name="tries">How often the snapshot says it was rejected; at least 1 afterwards when it is listed, so that its acceptance
    /// takes it off the list.</param>
    /// <returns>An entry to be written anew, since only the hash of its key was known; else null.</returns>
    public Rejection? Met(ulong keyHash, RowMapper row, Decision decision, ref byte tries)
    {
        if (_listed.Count == 0 || !_listed.Remove(keyHash, out var rejection))
            return null;
        if (rejection.Outcome == "invalid")
        {
            Gone(rejection);
            return null;
        }

        // What is sent again is taken off the list by its acceptance.
        if (decision is not (Decision.Unchanged or Decision.Waiting))
            tries = Math.Max(tries, (byte)1);
        else if (decision == Decision.Unchanged && (!_events || (rejection.Outcome == "unknown" && !_keepsUnknown)))
        {
            Stale.Add(rejection.Id);
            return null;
        }

        return _events && rejection is { Key: null, Outcome: "unknown" } ? rejection with { Key = row.Key } : null;
    }

    /// <summary>A row that is invalid was met; how often it was invalid before.</summary>
    public byte MetInvalid(ulong keyHash) =>
        _listed.Remove(keyHash, out var before) && before.Outcome == "invalid" ? (byte)Math.Clamp(before.Tries, 0, 255) : (byte)0;

    /// <summary>
    /// Everything was read: accounts and visitors not met are gone from the model. Events leave a model by themselves, and what became of
    /// them stays true.
    /// </summary>
    public void ReadAll()
    {
        if (_events)
            return;
        foreach (var rejection in _listed.Values)
            Stale.Add(rejection.Id);
    }

    /// <summary>Keys of rejected records and invalid rows not met yet whose next try is due, at most a hundred.</summary>
    public List<string> DueKeys(DateTimeOffset now) =>
        [.. _listed.Values.Where(r => r is { Key: not null, NextDue: { } due }
            && Instants.Wait(due, Waiting.BackoffAfter(r.Tries), now) == TimeSpan.Zero)
            .OrderBy(r => r.NextDue).Take(MostRetriedByKey).Select(r => r.Key!)];

    /// <summary>A row was looked for by its key, and is gone.</summary>
    public void Vanished(ulong keyHash)
    {
        if (_listed.Remove(keyHash, out var rejection))
            Gone(rejection);
    }

    private void Gone(Rejection rejection)
    {
        Stale.Add(rejection.Id);
        InvalidGone += Counts(rejection) ? 1 : 0;
    }

    private static bool Counts(Rejection rejection) => rejection.Outcome == "invalid" && rejection.Rule != Rules.TooOld;
}
