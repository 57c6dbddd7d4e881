using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Runs;
using PendoSync.Sources;
using PendoSync.State;
using PendoSync.Values;

namespace PendoSync.Planning;

/// <summary>What part of the model a run reads, and whether fingerprints count.</summary>
/// <param name="From">The part; null: all.</param>
/// <param name="Full">True when the saved cursor is ignored or there is none.</param>
/// <param name="Everything">True when every valid record is sent (mode full).</param>
/// <param name="MappingChanged">True when the definition differs from the last complete plan's.</param>
internal sealed record ReadingPlan(ReadFrom? From, bool Full, bool Everything, bool MappingChanged)
{
    /// <summary>The whole model, compared with what was accepted.</summary>
    public static ReadingPlan All { get; } = new(null, Full: true, Everything: false, MappingChanged: false);

    /// <summary>True when a row that is not met is not in the model.</summary>
    public bool ReadsAll => Full && From is null;

    /// <summary>True when it is likely to meet few of the rows there are.</summary>
    public bool MeetsFew => From is not null && !Full;

    /// <summary>Decides for a run.</summary>
    /// <param name="context">The sync.</param>
    /// <param name="checkpoint">Its state.</param>
    /// <param name="mode">What was asked for.</param>
    /// <param name="key">The only key to read; null: all.</param>
    public static ReadingPlan For(SyncContext context, Checkpoint checkpoint, RunMode mode, string? key = null)
    {
        var sync = context.Sync;
        if (key is not null)
            return new ReadingPlan(ReadFrom.OneKey(sync.Key, key), Full: false, mode == RunMode.Full, MappingChanged: false);
        var changed = checkpoint.DefinitionHash.Length > 0 && checkpoint.DefinitionHash != sync.Hash;
        if (mode == RunMode.Full || sync.Model.Cursor is null || checkpoint.Cursor is null || changed)
            return new ReadingPlan(null, Full: true, mode == RunMode.Full, changed);
        var cursor = CursorValue.Parse(checkpoint.Cursor);
        if (sync.FullEvery is not { } every || checkpoint.LastFull + every > checkpoint.ReadAt)
            return new ReadingPlan(ReadFrom.At(sync.Model.Cursor, LowestDoubted(checkpoint, Lowered(context, cursor))), Full: false,
                Everything: false, changed);
        // Of older events Pendo takes none, so their full read begins where Pendo does, if the cursor tells time.
        var oldest = context.IsEvents && !sync.Event!.SendTooOld ? ValueAt(context, cursor, checkpoint.ReadAt - EventDefinition.MaxAge)
            : null;
        return new ReadingPlan(oldest is { } value ? ReadFrom.At(sync.Model.Cursor, Lowered(context, value)) : null, Full: true,
            Everything: false, changed);
    }

    /// <summary>
    /// The state that rows are judged by. A read of one key meets all its rows: the first of several counts where it does for a run of all.
    /// </summary>
    public Checkpoint StateFor(SyncContext context, Checkpoint checkpoint) =>
        From?.Key is not null && For(context, checkpoint, Everything ? RunMode.Full : RunMode.Incremental).ReadsAll
            ? checkpoint with { Repeated = new HashSet<ulong>() }
            : checkpoint;

    /// <summary>
    /// Where the cursor may move to: never past the start of the read, since rows of that moment may still be uncommitted.
    /// </summary>
    public static CursorValue? CursorAfter(SyncContext context, CursorValue? largest, string? before, DateTimeOffset readStart)
    {
        if (largest is not { } seen)
            return before is null ? null : CursorValue.Parse(before);
        // A read of a part that saw only older late rows does not move the cursor back.
        if (before is not null && CursorValue.Parse(before) is var saved && saved.Kind == seen.Kind && saved > seen)
            seen = saved;
        var bound = ValueAt(context, seen, readStart);
        return bound is { } limit && limit < seen ? limit : seen;
    }

    // Rows in doubt that are due lie behind the cursor: the read goes back to them.
    private static CursorValue LowestDoubted(Checkpoint checkpoint, CursorValue lowest) =>
        CursorValue.Parse(checkpoint.Doubts.Where(d => d.IsDue(checkpoint.ReadAt)).Select(d => d.Cursor)
            .Aggregate(lowest.ToString(), (low, cursor) => Doubt.Lower(low, cursor)!));

    private static CursorValue Lowered(SyncContext context, CursorValue cursor)
    {
        var (model, lookback) = (context.Sync.Model, context.Sync.Model.Lookback);
        return cursor.Kind == CursorKind.Number
            ? CursorValue.Of(cursor.AsNumber - model.CursorUnit switch
            {
                InstantUnit.Seconds => (decimal)lookback.Time.TotalSeconds,
                InstantUnit.Milliseconds => (decimal)lookback.Time.TotalMilliseconds,
                _ => lookback.Count,
            })
            : cursor.Minus(lookback.Time + TurnedBack(context.Zone, cursor, lookback.Time));
    }

    // In autumn a clock on the wall shows an hour twice: rows of its second pass lie below a cursor of its first.
    private static TimeSpan TurnedBack(TimeZoneInfo zone, CursorValue cursor, TimeSpan lookback)
    {
        if (cursor.Kind is not CursorKind.Timestamp || !zone.SupportsDaylightSavingTime || cursor.Parameter is not DateTime wall
            || wall.Year is < 2 or > 9998)
            return TimeSpan.Zero;
        var (before, after) = (zone.GetUtcOffset(wall - lookback - TimeSpan.FromHours(3)), zone.GetUtcOffset(wall + TimeSpan.FromHours(3)));
        return before > after ? before - after : TimeSpan.Zero;
    }

    // The value that a cursor of this kind has at an instant; null for plain numbers.
    private static CursorValue? ValueAt(SyncContext context, CursorValue like, DateTimeOffset instant)
    {
        switch (like.Kind)
        {
            case CursorKind.Instant:
                return CursorValue.Of(instant);
            case CursorKind.Timestamp:
                return CursorValue.OfTimestamp(TimeZoneInfo.ConvertTime(instant, context.Zone).DateTime);
            case CursorKind.Date:
                return CursorValue.Of(DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(instant, context.Zone).DateTime));
            case CursorKind.Text:
                var text = like.ToString()[2..];
                return TimeText.TryParse(text, context.Zone, out var at, out _)
                    && CursorText.TryShift(text, instant.UtcDateTime - at, out var bound)
                    ? CursorValue.OfText(bound)
                    : null;
            default:
                return context.Sync.Model.CursorUnit switch
                {
                    InstantUnit.Seconds => CursorValue.Of((decimal)instant.ToUnixTimeSeconds()),
                    InstantUnit.Milliseconds => CursorValue.Of((decimal)instant.ToUnixTimeMilliseconds()),
                    _ => null,
                };
        }
    }
}
