using System.Diagnostics;
using PendoSync.Batches;
using PendoSync.Runs;
using PendoSync.State;
using PendoSync.Values;

namespace PendoSync.Planning;

/// <summary>Puts what a pass plans into batches and sends them.</summary>
internal sealed class PlanPass(
    SyncContext context, Checkpoint checkpoint, ModelPass pass,
    IBatchQueue queue, RunEnder ender, RejectionLog rejections, EngineOptions options, RunObserver observer) : IRowTaker
{
    private const int MostInvalidHeld = 500;
    private const int SampleSize = 5;
    private readonly BatchBuilder _builder = new(context.Sync.BatchSize, context.Sync.BatchBytes, context.IsEvents);
    private readonly BatchBuilder _apart = new(context.Sync.BatchSize, context.Sync.BatchBytes, context.IsEvents);
    // Rows for the list of rejections, written in groups.
    private readonly List<Rejection> _invalid = [];
    private readonly ChangedFieldsTally _fields = new(context, options.Clock);
    private readonly BatchTarget _target = context.Target;
    private readonly ActiveRun _active = checkpoint.Active!;
    private readonly long _start = options.Clock.GetTimestamp();
    private Func<bool> _isOver = () => false;

    /// <summary>The rows.</summary>
    public ModelPass Pass { get; } = pass;

    /// <summary>The counts as if the read had ended with the last batch sent: rows in an unfinished batch do not count as read.</summary>
    public RunCounts SentCounts => Pass.Counts with { Read = Pass.Counts.Read - Unsent, Planned = Pass.Counts.Planned - Unsent };

    /// <summary>How the keys stand that were not sent, those of an unfinished batch included.</summary>
    public Standing Rest => Pass.Rest is var rest && Unsent > 0 ? rest with { Open = rest.Open + Unsent } : rest;

    private int Unsent => _builder.Count + _apart.Count + _fields.Count;

    /// <summary>Keys of the first records that are sent.</summary>
    public List<string> Sample { get; } = [];

    /// <summary>Which fields became different, of the first changed records; null when none was compared.</summary>
    public ChangedFields? Fields => _fields.Counts;

    /// <summary>Batches sent.</summary>
    public int Batches { get; private set; }

    /// <summary>True when a batch was sent, or may have been.</summary>
    public bool HasSent { get; private set; }

    /// <summary>Reads to the end, or until the host stops or the planning has taken long enough; then the plan is partial.</summary>
    /// <param name="started">When the planning began.</param>
    /// <param name="scope">Narrows the read; null: all of it.</param>
    /// <param name="stop">The host stops.</param>
    /// <param name="lost">The lease is lost: throws.</param>
    public async Task RunAsync(long started, RunScope? scope, CancellationToken stop, CancellationToken lost)
    {
        _isOver = () => stop.IsCancellationRequested || options.Clock.GetElapsedTime(started) > options.LongestPlanning;
        using var reading = _fields;
        await Pass.RunAsync(this, scope, _isOver, lost);
        await _fields.EndAsync(lost);
        await ReleaseAsync(lost);
        await SendAsync(_builder, lost);
        await SendAsync(_apart, lost);
        await FlushInvalidAsync(0, lost);
        observer.Planned(_active.RunId, Pass.Counts);
    }

    /// <inheritdoc/>
    public ValueTask TakeAsync(in JudgedRow row, CancellationToken ct)
    {
        if (row.Invalid is { } invalid && rejections.Take(_active.RunId))
        {
            _invalid.Add(RejectionLog.Invalid(row.Row.Key, row.Row.KeyHash, Pass.Counts.Read + 1, invalid, row.Tries, _active.RunId,
                checkpoint.ReadAt, readAgain: context.Sync.Model.Cursor is not null));
        }

        if (!row.IsPlanned)
            return ValueTask.CompletedTask;
        if (Sample.Count < SampleSize && row.Row.Key is { } key)
            Sample.Add(key);
        if (_fields.Wants(row))
        {
            _fields.Hold(row, Pass.Fields!);
            return ValueTask.CompletedTask;
        }

        var builder = BuilderOf(row.WasRejected);
        if (!builder.HasRoomFor(row.Row.Payload.Length))
            return TakeSlowlyAsync(builder, row, ct);
        Add(builder, row);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public void Name(Rejection rejection) => _invalid.Add(rejection);

    /// <inheritdoc/>
    public async ValueTask PauseAsync(CancellationToken ct)
    {
        observer.Planned(_active.RunId, Pass.Counts);
        await ReleaseAsync(ct);
        await FlushInvalidAsync(MostInvalidHeld, ct);
    }

    private BatchBuilder BuilderOf(bool wasRejected) => wasRejected && !context.IsEvents ? _apart : _builder;

    private async ValueTask TakeSlowlyAsync(BatchBuilder builder, JudgedRow row, CancellationToken ct)
    {
        await SendAsync(builder, ct);
        Add(builder, row);
    }

    private async Task ReleaseAsync(CancellationToken ct)
    {
        await foreach (var record in _fields.ReleaseAsync())
        {
            var builder = BuilderOf(record.WasRejected);
            if (!builder.HasRoomFor(record.Payload.Length))
                await SendAsync(builder, ct);
            builder.Add(record.KeyHash, record.Fingerprint, record.Tries, null, record.Payload, record.Cursor);
        }
    }

    private void Add(BatchBuilder builder, in JudgedRow row) =>
        builder.Add(row.Row.KeyHash, row.Row.Fingerprint, row.Tries, context.IsEvents ? row.Row.Key : null, row.Row.Payload,
            row.Row.Cursor);

    private Task FlushInvalidAsync(int atLeast, CancellationToken ct)
    {
        if (_invalid.Count <= atLeast)
            return Task.CompletedTask;
        var rows = _invalid.ToList();
        _invalid.Clear();
        return rejections.NoteInvalidAsync(context.Sync.Name, rows, ct);
    }

    private async Task SendAsync(BatchBuilder builder, CancellationToken ct)
    {
        if (builder.Count == 0)
            return;
        var cursor = builder.LowestCursor?.ToString();
        await SendAsync(builder.Take(), cursor, ct);
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
}
