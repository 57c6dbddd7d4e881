using PendoSync.Batches;
using PendoSync.Runs;
using PendoSync.Sources;
using PendoSync.State;
using PendoSync.Values;

namespace PendoSync.Planning;

/// <summary>What part of the model a run reads, and whether fingerprints count.</summary>
/// <param name="From">The part; null: all.</param>
/// <param name="Full">True when the cursor is ignored or there is none.</param>
/// <param name="Everything">True when every valid record is sent (mode full).</param>
/// <param name="MappingChanged">True when the definition differs from the last complete plan's.</param>
internal sealed record ReadingPlan(ReadFrom? From, bool Full, bool Everything, bool MappingChanged)
{
    /// <summary>The whole model, compared with what was accepted.</summary>
    public static ReadingPlan All { get; } = new(null, Full: true, Everything: false, MappingChanged: false);

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
        var overdue = !context.IsEvents && sync.FullEvery is { } every && !(checkpoint.LastFull + every > checkpoint.ReadAt);
        var full = mode == RunMode.Full || sync.Model.Cursor is null || checkpoint.Cursor is null || changed || overdue;
        var from = full ? null : ReadFrom.At(sync.Model.Cursor!, Lowered(CursorValue.Parse(checkpoint.Cursor!), sync.Model));
        return new ReadingPlan(from, full, mode == RunMode.Full, changed);
    }

    /// <summary>Where the cursor may move to: never past the start of the read, since rows of that moment may still be uncommitted.</summary>
    public static CursorValue? CursorAfter(SyncContext context, CursorValue? largest, string? before, DateTimeOffset readStart)
    {
        if (largest is not { } seen)
            return before is null ? null : CursorValue.Parse(before);
        // A read of a part that saw only older late rows does not move the cursor back.
        if (before is not null && CursorValue.Parse(before) is var saved && saved.Kind == seen.Kind && saved > seen)
            seen = saved;
        var bound = BoundOf(context, seen, readStart);
        return bound is { } limit && limit < seen ? limit : seen;
    }

    private static CursorValue Lowered(CursorValue cursor, Definitions.Model model) => cursor.Kind == CursorKind.Number
        ? model.CursorUnit switch
        {
            Definitions.InstantUnit.Seconds => CursorValue.Of(cursor.AsNumber - (decimal)model.Lookback.TotalSeconds),
            Definitions.InstantUnit.Milliseconds => CursorValue.Of(cursor.AsNumber - (decimal)model.Lookback.TotalMilliseconds),
            _ => cursor,
        }
        : cursor.Minus(model.Lookback);

    private static CursorValue? BoundOf(SyncContext context, CursorValue seen, DateTimeOffset readStart)
    {
        switch (seen.Kind)
        {
            case CursorKind.Instant:
                return CursorValue.Of(readStart);
            case CursorKind.Timestamp:
                return CursorValue.OfTimestamp(TimeZoneInfo.ConvertTime(readStart, context.Zone).DateTime);
            case CursorKind.Date:
                return CursorValue.Of(DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(readStart, context.Zone).DateTime));
            case CursorKind.Text:
                var text = seen.ToString()[2..];
                return TimeText.TryParse(text, context.Zone, out var at, out _) && CursorText.TryShift(text, readStart.UtcDateTime - at, out var bound)
                    ? CursorValue.OfText(bound)
                    : null;
            default:
                return context.Sync.Model.CursorUnit switch
                {
                    Definitions.InstantUnit.Seconds => CursorValue.Of((decimal)readStart.ToUnixTimeSeconds()),
                    Definitions.InstantUnit.Milliseconds => CursorValue.Of((decimal)readStart.ToUnixTimeMilliseconds()),
                    _ => null,
                };
        }
    }
}
