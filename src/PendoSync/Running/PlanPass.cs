using System.Diagnostics;
using System.Text;
using PendoSync.Definitions;
using PendoSync.Diffing;
using PendoSync.Records;
using PendoSync.State;
using PendoSync.Warehouses;

namespace PendoSync.Running;

/// <summary>Narrows one run; never stored. The plan is closed as partial, so cursor and snapshot stay as they are.</summary>
/// <param name="Limit">At most so many records are planned.</param>
/// <param name="Key">Only this key is read.</param>
public sealed record RunScope(int? Limit = null, string? Key = null);

/// <summary>One pass over the model: read, map, decide, batch, send. Forward only; what it holds does not grow with the rows beyond the index.</summary>
internal sealed class PlanPass(
    SyncContext context, Checkpoint checkpoint, ReadingPlan reading, SnapshotIndex index,
    IBatchQueue queue, RunEnder ender, RejectionLog rejections, EngineOptions options, RunObserver observer, RunScope? scope)
{
    private const int CheckEvery = 256;
    private const int MostEventNames = 5000;
    private readonly BatchBuilder _builder = new(context.Sync.BatchSize, context.Sync.BatchBytes, context.IsEvents);
    // Rows for the list of refusals, written in groups.
    private readonly List<Rejection> _invalid = [];
    private readonly HashSet<string> _eventNames = new(StringComparer.Ordinal);
    private readonly BatchTarget _target = context.Target;
    private readonly ActiveRun _active = checkpoint.Active!;
    private readonly long _start = options.Clock.GetTimestamp();
    private readonly long _before = index.Accepted + index.WaitingCount;
    private Func<bool> _isOver = () => false;
    private ListedRefusals _listed = null!;
    private byte _tries;
    private long _read, _bad, _unchanged, _waiting, _planned, _nullsInChanged, _known;

    /// <summary>What is read.</summary>
    public ReadingPlan Reading { get; } = reading;

    /// <summary>Counts of the plan.</summary>
    public RunCounts Counts => new() { Read = _read, Invalid = _bad, Unchanged = _unchanged, Waiting = _waiting, Planned = _planned };

    /// <summary>The counts as if the read had ended with the last batch sent: rows in an unfinished batch do not count as read.</summary>
    public RunCounts SentCounts => Counts with { Read = _bad + _unchanged + _waiting + _planned - _builder.Count, Planned = _planned - _builder.Count };

    /// <summary>Batches sent.</summary>
    public int Batches { get; private set; }

    /// <summary>True when a batch was sent, or may have been.</summary>
    public bool HasSent { get; private set; }

    /// <summary>True when the read reached its end.</summary>
    public bool Complete { get; private set; }

    /// <summary>Where the cursor may move; null without cursor.</summary>
    public CursorValue? CursorAfter { get; private set; }

    /// <summary>Keys of the snapshot that a full read has not met.</summary>
    public long Vanished => _before - _known;

    /// <summary>True for the first run of <c>start: now</c>: nothing is sent, everything is remembered.</summary>
    public bool RemembersOnly { get; } = OnlyRemembers(context, checkpoint);

    /// <summary>True until a run of <c>start: now</c> has read everything once; one that broke off must not make the next one send.</summary>
    public static bool OnlyRemembers(SyncContext context, Checkpoint checkpoint) =>
        context.Sync.Event is { StartNow: true } && checkpoint.LastSuccess is null;

    /// <summary>Ids on the list of refusals that this read proved stale.</summary>
    public IReadOnlyCollection<string> Stale => _listed.Stale;

    /// <summary>The fields that are written; null for events.</summary>
    public FieldPlan? Fields { get; private set; }

    /// <summary>Things a person should know.</summary>
    public List<string> Notices { get; } = [];

    /// <summary>Reads to the end, or until the host stops or the planning has taken long enough; then the plan is partial.</summary>
    /// <param name="started">When the planning began.</param>
    /// <param name="stop">The host stops.</param>
    /// <param name="lost">The lease is lost: throws.</param>
    public async Task RunAsync(long started, CancellationToken stop, CancellationToken lost)
    {
        _isOver = () => stop.IsCancellationRequested || options.Clock.GetElapsedTime(started) > options.LongestPlanning;
        _listed = await rejections.LoadAsync(context.Sync.Name, context.IsEvents, lost);
        var diff = new Diff(index, context.Sync.Behavior == Behavior.UpdateOrCreate, Reading.Everything, checkpoint.ReadAt);
        await using (var read = await ModelRead.OpenAsync(context, Reading.From, checkpoint.Seeds, options.Clock, dryRun: false, lost))
        {
            Fields = read.Fields;
            Complete = await TakeAllAsync(read, diff, started, stop, lost) && scope?.Key is null;
            if (Complete && read.Cursor is not null)
                CursorAfter = ReadingPlan.CursorAfter(context, read.Cursor.Largest, Reading.Full ? null : checkpoint.Cursor, checkpoint.ReadAt);
        }

        if (Complete && Reading.From?.Cursor is not null)
            Complete = await RetryDueAsync(diff, started, stop, lost);
        await FlushAsync(lost);
        if (Complete && Reading.Full && _read > 0)
            _listed.ReadAll();
        AddNotices();
    }

    // False: the read was ended early.
    private async Task<bool> TakeAllAsync(ModelRead read, Diff diff, long started, CancellationToken stop, CancellationToken lost)
    {
        read.Mapper.KeyRead = index.Prefetch;
        while (await read.Reader.ReadAsync(lost))
        {
            if (Take(read, diff, out var cursor))
            {
                if (!_builder.HasRoomFor(read.Mapper.Payload.Length))
                    await SendAsync(lost);
                _builder.Add(read.Mapper.KeyHash, read.Mapper.Second, _tries, context.IsEvents ? read.Mapper.Key : null, read.Mapper.Payload, cursor);
                _planned++;
            }

            if (_planned == scope?.Limit)
                return false;
            if (_read % CheckEvery != 0)
                continue;
            observer.Planned(_active.RunId, Counts);
            await FlushInvalidAsync(500, lost);
            if (stop.IsCancellationRequested || options.Clock.GetElapsedTime(started) > options.LongestPlanning)
                return false;
        }

        return true;
    }

    // A read from the cursor on does not meet the rows of records that were refused earlier: those that are due are read by
    // their key. Their number per run is bounded; a full read meets them all.
    private async Task<bool> RetryDueAsync(Diff diff, long started, CancellationToken stop, CancellationToken lost)
    {
        foreach (var key in _listed.DueKeys(checkpoint.ReadAt))
        {
            var hash = checkpoint.Seeds.OfKey(key);
            if (index.WasSeen(hash, checkpoint.Seeds.OfPayload(Encoding.UTF8.GetBytes(key))))
                continue;
            var before = _read;
            await using var read = await ModelRead.OpenAsync(context, ReadFrom.OneKey(context.Sync.Key, key), checkpoint.Seeds, options.Clock, dryRun: false, lost);
            if (!await TakeAllAsync(read, diff, started, stop, lost))
                return false;
            // Its row is gone: nothing is left to try again.
            if (_read == before)
                _listed.Vanished(hash);
        }

        return true;
    }

    private async Task FlushAsync(CancellationToken ct)
    {
        await SendAsync(ct);
        await FlushInvalidAsync(0, ct);
        observer.Planned(_active.RunId, Counts);
    }

    // True: the mapper holds a record to be sent.
    private bool Take(ModelRead read, Diff diff, out CursorValue? cursor)
    {
        _read++;
        var mapper = read.Mapper;
        var invalid = mapper.Map(read.Reader);
        cursor = read.Cursor?.Read(read.Reader);
        if (invalid is not null)
        {
            diff.Meet(mapper.KeyHash);
            if (diff.WasKnown)
                _known++;
            _listed.MetInvalid(mapper.KeyHash);
            Refuse(mapper, invalid);
            return false;
        }

        var decision = diff.Decide(mapper.KeyHash, mapper.Second);
        if (decision == Decision.Repeated)
        {
            Refuse(mapper, new Invalid(Rules.RepeatedKey, mapper.KeyColumn));
            return false;
        }

        if (diff.WasKnown)
            _known++;
        _tries = diff.Tries;
        if (_listed.Met(mapper.KeyHash, mapper, decision, ref _tries) is { } named)
            _invalid.Add(named);
        if (mapper is EventMapper events && _eventNames.Count <= MostEventNames)
            _eventNames.Add(events.EventName);
        if (RemembersOnly && decision != Decision.Unchanged)
        {
            index.SetAccepted(mapper.KeyHash, mapper.Second);
            decision = Decision.Unchanged;
        }

        switch (decision)
        {
            case Decision.Unchanged:
                _unchanged++;
                return false;
            case Decision.Waiting:
                _waiting++;
                return false;
            case Decision.Changed:
                _nullsInChanged += mapper.SkippedNulls;
                return true;
            default:
                return true;
        }
    }

    private void Refuse(RowMapper mapper, Invalid invalid)
    {
        _bad++;
        if (rejections.Take(_active.RunId))
            _invalid.Add(RejectionLog.Invalid(mapper.Key, mapper.KeyHash, _read, invalid, _active.RunId, checkpoint.ReadAt));
    }

    private Task FlushInvalidAsync(int atLeast, CancellationToken ct)
    {
        if (_invalid.Count <= atLeast)
            return Task.CompletedTask;
        var rows = _invalid.ToList();
        _invalid.Clear();
        return rejections.NoteInvalidAsync(context.Sync.Name, rows, ct);
    }

    private async Task SendAsync(CancellationToken ct)
    {
        JudgeInvalid();
        if (_builder.Count == 0)
            return;
        var cursor = _builder.LowestCursor?.ToString();
        await SendAsync(_builder.Take(), cursor, ct);
    }

    private async Task SendAsync(PackedRecords records, string? cursor, CancellationToken ct)
    {
        var batch = new RecordBatch
        {
            Id = new BatchId(context.Sync.Name, _active.RunId, _active.Attempt, Batches),
            Target = _target,
            Records = records,
            FirstEnqueued = checkpoint.ReadAt + options.Clock.GetElapsedTime(_start),
            Cursor = cursor,
            TraceParent = Activity.Current?.Id,
        };
        if (records.Count > 1 && !queue.Fits(batch))
        {
            var (first, second) = records.Halves();
            await SendAsync(first, cursor, ct);
            await SendAsync(second, cursor, ct);
            return;
        }

        await WaitForRoomAsync(ct);
        HasSent = true;
        await queue.SendAsync(batch, TimeSpan.Zero, ct);
        Batches++;
    }

    // A host that stops takes no messages any more, so no room would ever come.
    private async Task WaitForRoomAsync(CancellationToken ct)
    {
        while (!_isOver() && Batches - ender.KnownReceipts(_active.RunId, _active.Attempt) >= options.MaxInFlight)
        {
            await ender.LookAsync(context.Sync.Name, _active.RunId, _active.Attempt, ct);
            if (Batches - ender.KnownReceipts(_active.RunId, _active.Attempt) >= options.MaxInFlight)
                await Task.Delay(options.PollInterval, options.Clock, ct);
        }
    }

    private void JudgeInvalid()
    {
        var limits = context.Sync.Limits;
        var percent = _read == 0 ? 0 : 100.0 * _bad / _read;
        if (_read < limits.MinRecords || percent <= limits.MaxInvalidPercent)
            return;
        throw new ProblemException(ProblemKind.Limit,
            $"{_bad} of {_read} rows are invalid ({percent:0.#} %, allowed are {limits.MaxInvalidPercent:0.#} %)", $"sync '{context.Sync.Name}'",
            $"Look at `pendosync rejected {context.Sync.Name}`, correct the model, or raise limits.max_invalid_percent.");
    }

    // Also of a read that was ended early: what a notice counts was read and planned. Only a read that met no row at all can have no rows.
    private void AddNotices()
    {
        if (scope?.Key is not null && _read == 0)
            Notices.Add($"The model has no row whose {context.Sync.Key} is the given key.");
        else if (_read == 0 && Reading.Full)
            Notices.Add("The model returned no rows. Nothing was removed or cleared in Pendo.");
        if (RemembersOnly)
            Notices.Add($"start: now: {_unchanged} events that are there already were remembered and not sent.");
        if (_nullsInChanged > 0)
            Notices.Add($"{_nullsInChanged} values of changed records are null and were not cleared in Pendo (when_null: skip).");
        if (_eventNames.Count > MostEventNames)
            Notices.Add($"More than {MostEventNames} distinct event names: Pendo keeps at most {MostEventNames} per app (support.pendo.io 360032294291).");
    }
}
