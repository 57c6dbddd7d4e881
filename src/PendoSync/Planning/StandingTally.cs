using PendoSync.Batches;
using PendoSync.Runs;
using PendoSync.Snapshot;
using PendoSync.State;
using PendoSync.Values;

namespace PendoSync.Planning;

/// <summary>Counts, while a pass meets rows, how the keys stand that it does not send.</summary>
/// <param name="index">What is known of the keys before.</param>
internal sealed class StandingTally(SnapshotIndex index)
{
    private readonly KeyCounts _all = index.CountByOutcome();
    private readonly long[] _met = new long[(int)RecordOutcome.Started + 1];
    private readonly long[] _stays = new long[(int)RecordOutcome.Started + 1];
    private long _newInvalid;

    /// <summary>One row.</summary>
    /// <param name="row">What is done with it.</param>
    /// <param name="before">What had become of its key before.</param>
    public void Count(in JudgedRow row, RecordOutcome before)
    {
        _met[(int)before]++;
        if (row.Decision == Decision.Remembered)
            _stays[(int)RecordOutcome.Accepted]++;
        else if (row.Decision is Decision.Unchanged or Decision.Waiting)
            _stays[(int)before]++;
        // A row without a usable key, or with another row's, cannot be told from one that was counted before. Events grow too old by
        // themselves, sent or not.
        else if (row.Invalid?.Rule is not (null or Rules.RepeatedKey or Rules.TooOld) && row is { Tries: 0, Row.KeyHash: not 0 })
            _newInvalid++;
    }

    /// <summary>How the keys stand that are not sent.</summary>
    /// <param name="before">How they stood before; null when nobody knows.</param>
    /// <param name="listed">The list of rejections after the pass.</param>
    /// <param name="invalid">Invalid rows met.</param>
    /// <param name="readAll">True: the pass met every row there is.</param>
    public Standing Rest(Standing? before, ListedRejections listed, long invalid, bool readAll)
    {
        // Events leave a model by themselves; what was sent stays sent.
        var onlyMet = readAll && !index.Events;
        var left = _stays.Select((stays, outcome) => onlyMet ? stays : stays + _all.Of((RecordOutcome)outcome) - _met[outcome]).ToArray();
        if (!onlyMet && !index.Events)
            foreach (var key in listed.StillInvalid)
                left[(int)index.OutcomeOf(key)]--;
        return new Standing
        {
            InStep = Of(RecordOutcome.Accepted),
            NotFound = Of(RecordOutcome.NotFound),
            Rejected = Of(RecordOutcome.Rejected),
            GivenUp = Of(RecordOutcome.GivenUp),
            Invalid = readAll ? invalid : Math.Max(0, (before?.Invalid ?? listed.InvalidBefore) + _newInvalid - listed.InvalidGone),
        };

        long Of(RecordOutcome outcome) => Math.Max(0, left[(int)outcome]);
    }
}
