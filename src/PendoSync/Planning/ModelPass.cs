using System.Globalization;
using System.Text;
using PendoSync.Definitions;
using PendoSync.Records;
using PendoSync.Runs;
using PendoSync.Snapshot;
using PendoSync.Sources;
using PendoSync.State;
using PendoSync.Values;

namespace PendoSync.Planning;

/// <summary>
/// One pass over a sync's model: read, map, decide, count. A run, a plan, the guard on changed rows and the story of one key are all this
/// pass with another taker, so that none of them can judge a row otherwise. Forward only; it holds nothing that grows with the rows beyond
/// the index.
/// </summary>
internal sealed class ModelPass(
    SyncContext context, Checkpoint checkpoint, ReadingPlan reading, SnapshotIndex index, ListedRejections listed,
    EngineOptions options, bool dryRun)
{
    private const int PauseEvery = 256;
    private const int MostAhead = 256;
    private const int MostEventNames = 5000;
    private readonly Dictionary<string, long> _rules = new(StringComparer.Ordinal);
    private readonly HashSet<string> _eventNames = new(StringComparer.Ordinal);
    private readonly Diff _diff = new(index, context.Sync.Behavior == Behavior.UpdateOrCreate, reading.Everything, checkpoint.ReadAt);
    private readonly long _before = index.Accepted + index.WaitingCount;
    private readonly StandingTally _tally = new(index);
    private readonly HashSet<ulong> _repeated = reading.ReadsAll || context.IsEvents ? [] : [.. checkpoint.Repeated];
    private bool _isOtherCursor;
    private long _read, _invalid, _unchanged, _waiting, _nullsInChanged, _known, _remembered, _beforeStart;

    /// <summary>What is read.</summary>
    public ReadingPlan Reading { get; private set; } = reading;

    /// <summary>Counts of the plan.</summary>
    public RunCounts Counts => new() { Read = _read, Invalid = _invalid, Unchanged = _unchanged, Waiting = _waiting, Planned = Planned };

    /// <summary>Records to be sent.</summary>
    public long Planned => New + Changed + Retry;

    /// <summary>Of them: never accepted.</summary>
    public long New { get; private set; }

    /// <summary>Of them: the row differs from what Pendo accepted.</summary>
    public long Changed { get; private set; }

    /// <summary>Of them: rejected before, and due.</summary>
    public long Retry { get; private set; }

    /// <summary>Why they are to be sent.</summary>
    public RunReasons Reasons => Reading.MappingChanged || Reading.Everything ? new(New, 0, Retry, Changed) : new(New, Changed, Retry, 0);

    /// <summary>Invalid rows by rule.</summary>
    public IReadOnlyDictionary<string, long> Rules => _rules;

    /// <summary>True when the read reached its end.</summary>
    public bool Complete { get; private set; }

    /// <summary>Where the cursor may move; null without cursor.</summary>
    public CursorValue? CursorAfter { get; private set; }

    /// <summary>Of a read of one key: another that the warehouse takes for it; null when there is none.</summary>
    public string? OtherKey { get; private set; }

    /// <summary>The fields that are written; null for events.</summary>
    public FieldPlan? Fields { get; private set; }

    /// <summary>Keys of the snapshot that a full read has not met.</summary>
    public long Vanished => _before - _known;

    /// <summary>Keys that more than one row has, as far as they are known.</summary>
    public IReadOnlySet<ulong> Repeated => _repeated;

    /// <summary>True when a full read met no row although there were rows before.</summary>
    public bool IsSuddenlyEmpty => Complete && Reading.ReadsAll && _read == 0 && (_before > 0 || checkpoint.Standing?.Rows > 0);

    /// <summary>How the keys stand that are not sent; call it after the pass.</summary>
    public Standing Rest => _tally.Rest(checkpoint.Standing, listed, _invalid - TooOld, Complete && Reading.ReadsAll && _read > 0);

    /// <summary>Events that count as sent though nobody sent them.</summary>
    public long Remembered => _remembered;

    /// <summary>True for the first run of <c>start: now</c>: nothing is sent, everything is remembered.</summary>
    public bool RemembersOnly { get; } = OnlyRemembers(context, checkpoint);

    /// <summary>
    /// True until a run of <c>start: now</c> has read everything once; one that broke off must not make the next one send.
    /// </summary>
    public static bool OnlyRemembers(SyncContext context, Checkpoint checkpoint) =>
        context.Sync.Event is { StartNow: true } && checkpoint.LastSuccess is null;

    /// <summary>The limit that a complete read breaks; null when it breaks none.</summary>
    public Problem? Verdict => Complete ? LimitJudge.Invalid(context.Sync, _invalid - TooOld, _read - TooOld) : null;

    private long TooOld => _rules.GetValueOrDefault(Values.Rules.TooOld);

    /// <summary>Reads to the end, or until <paramref name="isOver"/> or the scope's limit.</summary>
    /// <param name="taker">Told of every row.</param>
    /// <param name="scope">Narrows the read; null: all of it.</param>
    /// <param name="isOver">True: the read is to be ended early.</param>
    /// <param name="ct">Breaks it off.</param>
    public async Task RunAsync(IRowTaker taker, RunScope? scope, Func<bool> isOver, CancellationToken ct)
    {
        await using (var read = await ModelRead.OpenAsync(context, Reading.From, checkpoint.Seeds, options.Clock, dryRun, ct))
        {
            Fields = read.Fields;
            if (read.From != Reading.From)
                await ReadAllAsync(ct);
            Complete = await TakeAllAsync(read, taker, scope, isOver, ct) && scope?.Key is null;
            OtherKey = read.OtherKey;
            if (Complete && read.Cursor is not null)
            {
                var before = Reading.ReadsAll ? null : checkpoint.Cursor;
                CursorAfter = ReadingPlan.CursorAfter(context, read.Cursor.Largest, before, checkpoint.ReadAt);
            }
        }

        if (Complete && Reading.From?.Cursor is not null)
            Complete = await RetryDueAsync(taker, scope, isOver, ct);
        if (Complete && Reading.ReadsAll && _read > 0)
            listed.ReadAll();
        else if (!context.IsEvents)
            await index.LookUpAsync(listed.StillInvalid.Select(key => new SnapshotKey(key, 0)), ct);
    }

    /// <summary>Things a person should know. Also of a read that was ended early: what they count was read.</summary>
    public IEnumerable<string> Notices(RunScope? scope)
    {
        if (scope?.Key is not null && _read == 0)
            yield return $"The model has no row whose {context.Sync.Key} is the given key.";
        else if (_read == 0 && Reading.ReadsAll)
            yield return "The model returned no rows. Nothing is removed or cleared in Pendo.";
        if (_isOtherCursor)
            yield return $"The column '{context.Sync.Model.Cursor}' has another type than the saved cursor: everything was read.";
        if (RemembersOnly)
            yield return $"start: now: {_remembered} events that are there already are remembered and not sent.";
        else if (_remembered > 0)
            yield return $"{_remembered} events of up to {checkpoint.SentUntil:u} count as sent, as was said of the restored state.";
        if (_beforeStart > 0)
            yield return $"{_beforeStart} events happened before {context.Sync.Event!.StartAt:u} and are not sent (start).";
        if (_repeated.Count > 0)
        {
            var keys = _repeated.Count == 1 ? "1 key has" : $"{_repeated.Count} keys have";
            yield return $"{(_repeated.Count == Checkpoint.MaxRepeated ? "At least " : "")}{keys} more than one row: "
                + "a full read takes the first, reads from the cursor on take none of them. Let the model give one row per key.";
        }

        if (_nullsInChanged > 0)
            yield return $"{_nullsInChanged} values of changed records are null and are not cleared in Pendo (when_null: skip).";
        if (_eventNames.Count > MostEventNames)
            yield return $"More than {MostEventNames} distinct event names: Pendo keeps at most {MostEventNames} per app "
                + "(support.pendo.io 360032294291).";
        if (TooOld > 0)
            yield return string.Create(CultureInfo.InvariantCulture,
                $"{TooOld:N0} of {_read:N0} events are too old for Pendo (7 days): what was not sent before is not sent.");
    }

    private async Task ReadAllAsync(CancellationToken ct)
    {
        (_isOtherCursor, Reading) = (true, Reading with { From = null, Full = true });
        _repeated.Clear();
        await index.BecomeWholeAsync(ct);
    }

    // False: the read was ended early. Where a large snapshot stands outside, some rows are read ahead, so that their keys are looked up
    // together.
    private async Task<bool> TakeAllAsync(ModelRead read, IRowTaker taker, RunScope? scope, Func<bool> isOver, CancellationToken ct)
    {
        var ahead = new List<RowMapper>();
        for (var more = true; more;)
        {
            ahead.Clear();
            do
            {
                if (more = await read.NextAsync(ct))
                    ahead.Add(read.Map(ahead.Count));
            }
            while (more && !index.IsWhole && ahead.Count < MostAhead);
            if (!index.IsWhole)
                await index.LookUpAsync(ahead.Select(r => new SnapshotKey(r.KeyHash, context.IsEvents ? r.Fingerprint : 0)), ct);
            foreach (var mapped in ahead)
            {
                var row = Judge(read, mapped, taker);
                await taker.TakeAsync(row, ct);
                Count(row);
                if (Planned == scope?.Limit)
                    return false;
                if (_read % PauseEvery != 0)
                    continue;
                await taker.PauseAsync(ct);
                if (isOver())
                    return false;
            }
        }

        return true;
    }

    // A read from the cursor on does not meet the rows of records that were rejected earlier: those that are due are read by
    // their key. Their number per run is bounded; a full read meets them all.
    private async Task<bool> RetryDueAsync(IRowTaker taker, RunScope? scope, Func<bool> isOver, CancellationToken ct)
    {
        foreach (var key in listed.DueKeys(checkpoint.ReadAt))
        {
            var hash = checkpoint.Seeds.OfKey(key);
            if (index.WasSeen(hash, checkpoint.Seeds.OfPayload(Encoding.UTF8.GetBytes(key))))
                continue;
            var before = _read;
            await using var read = await ModelRead.OpenAsync(context, ReadFrom.OneKey(context.Sync.Key, key), checkpoint.Seeds,
                options.Clock, dryRun, ct);
            if (!await TakeAllAsync(read, taker, scope, isOver, ct))
                return false;
            // Its row is gone: nothing is left to try again.
            if (_read == before)
                listed.Vanished(hash);
        }

        return true;
    }

    private JudgedRow Judge(ModelRead read, RowMapper row, IRowTaker taker)
    {
        var invalid = row.Invalid;
        // Which of several rows a read from the cursor on meets is chance: until a full read finds the key single, none counts.
        if (invalid is null && !Reading.ReadsAll && !context.IsEvents && checkpoint.Repeated.Contains(row.KeyHash))
            invalid = new Invalid(Values.Rules.RepeatedKey, row.KeyColumn);
        if (invalid is not null)
        {
            _diff.Meet(row.KeyHash);
            return new JudgedRow(read.Reader, row, Decision.Invalid, invalid, listed.MetInvalid(row.KeyHash))
            {
                WasKnown = _diff.WasKnown,
            };
        }

        var decision = _diff.Decide(row.KeyHash, row.Fingerprint);
        if (decision == Decision.Repeated)
        {
            if (!context.IsEvents && _repeated.Count < Checkpoint.MaxRepeated)
                _repeated.Add(row.KeyHash);
            return new JudgedRow(read.Reader, row, Decision.Invalid, new Invalid(Values.Rules.RepeatedKey, row.KeyColumn), 0);
        }

        var tries = _diff.Tries;
        if (listed.Met(row.KeyHash, row, decision, ref tries) is { } named)
            taker.Name(named);
        // Not put into the ledger either: the definition says of it for good that it is not sent.
        if (row is EventMapper { At: var happened } && happened < context.Sync.Event!.StartAt && decision != Decision.Unchanged)
            return new JudgedRow(read.Reader, row, Decision.BeforeStart, null, tries);
        if ((RemembersOnly && decision != Decision.Unchanged) || (row is EventMapper { At: var at } && at <= checkpoint.SentUntil
            && decision is Decision.New or Decision.Retry or Decision.InDoubt))
        {
            index.SetAccepted(row.KeyHash, row.Fingerprint);
            decision = Decision.Remembered;
        }

        return new JudgedRow(read.Reader, row, decision, null, tries, _diff.WasRejected) { WasKnown = _diff.WasKnown };
    }

    private void Count(in JudgedRow judged)
    {
        _read++;
        if (_diff.WasKnown)
            _known++;
        _tally.Count(judged, _diff.Before);
        if (judged.Invalid is null && judged.Row is EventMapper events && _eventNames.Count <= MostEventNames)
            _eventNames.Add(events.EventName);
        switch (judged.Decision)
        {
            case Decision.Invalid:
                _invalid++;
                _rules[judged.Invalid!.Rule] = _rules.GetValueOrDefault(judged.Invalid.Rule) + 1;
                break;
            case Decision.Unchanged or Decision.BeforeStart:
                _unchanged++;
                _beforeStart += judged.Decision == Decision.BeforeStart ? 1 : 0;
                break;
            case Decision.Remembered:
                _unchanged++;
                _remembered++;
                break;
            case Decision.Waiting:
                _waiting++;
                break;
            case Decision.New:
                New++;
                break;
            case Decision.Changed:
                Changed++;
                _nullsInChanged += judged.Row.SkippedNulls;
                break;
            case Decision.Retry or Decision.InDoubt:
                Retry++;
                break;
        }
    }
}
