using PendoSync.Batches;
using PendoSync.Snapshot;
using PendoSync.State;

namespace PendoSync.Planning;

/// <summary>Loads a snapshot, that is, base plus all receipts since (promise 2), and folds receipts into a new base.</summary>
internal sealed class SnapshotLoader(StateStore state)
{
    /// <summary>Ended attempts a base may lag behind.</summary>
    public const int MaxUnfolded = 32;

    /// <summary>Loads base and receipts. Attempts must be settled, unless the caller only looks.</summary>
    public async Task<SnapshotIndex> LoadAsync(Checkpoint checkpoint, bool events, CancellationToken ct)
    {
        var index = new SnapshotIndex(events);
        index.Reserve(checkpoint.Parts.Sum(s => s.Accepted) + checkpoint.Ended.Sum(e => e.Records));
        foreach (var part in checkpoint.Parts)
            await state.Snapshots.LoadAsync(checkpoint.Sync, part, index, ct);
        foreach (var attempt in checkpoint.Ended)
            await ApplyAsync(attempt, index, ct);
        return index;
    }

    /// <summary>Loads what is known of one key only.</summary>
    public async Task<SnapshotIndex> LoadKeyAsync(Checkpoint checkpoint, bool events, ulong keyHash, CancellationToken ct)
    {
        var index = new SnapshotIndex(events);
        foreach (var part in checkpoint.Parts)
            await state.Snapshots.LoadDigitAsync(checkpoint.Sync, part, keyHash, index, ct);
        foreach (var attempt in checkpoint.Ended)
            await ApplyAsync(attempt, index, ct);
        return index;
    }

    /// <summary>True when receipts have outgrown a quarter of the base or 32 attempts.</summary>
    public static bool ShouldFold(Checkpoint checkpoint) =>
        checkpoint.Ended.Count > MaxUnfolded || checkpoint.Ended.Sum(e => e.Records) > Math.Max(1000, checkpoint.BaseRecords / 4);

    /// <summary>Writes a new base of accounts or visitors; publish its part by the checkpoint.</summary>
    /// <param name="checkpoint">The state the index was loaded from.</param>
    /// <param name="index">Base and receipts.</param>
    /// <param name="seenOnly">True after a full, non-empty read: keys it did not see are forgotten.</param>
    /// <param name="id">Id of the new part, unique.</param>
    /// <param name="ct">Ends the writing.</param>
    public async Task<IReadOnlyList<BasePart>> FoldAsync(Checkpoint checkpoint, SnapshotIndex index, bool seenOnly,
        string id, CancellationToken ct)
    {
        var (accepted, waiting) = await state.Snapshots.WriteAsync(checkpoint.Sync, id, index, seenOnly, ct);
        return [new BasePart(id, Checkpoint.DayOf(checkpoint.ReadAt), accepted, waiting)];
    }

    /// <summary>
    /// Writes the unfolded receipts of an event sync into the part of their day, and leaves out parts whose day is
    /// older than <paramref name="remember"/>: the only way an id is forgotten.
    /// </summary>
    /// <param name="checkpoint">The state <paramref name="planned"/> was loaded from.</param>
    /// <param name="planned">Base and receipts as the planner loaded them: it alone knows who waits, since a part of an earlier day is
    /// never written again.</param>
    /// <param name="remember">How long an id is remembered.</param>
    /// <param name="id">Id of the new part, unique.</param>
    /// <param name="ct">Ends the writing.</param>
    public async Task<IReadOnlyList<BasePart>> FoldEventsAsync(Checkpoint checkpoint, SnapshotIndex planned, TimeSpan remember,
        string id, CancellationToken ct)
    {
        var today = Checkpoint.DayOf(checkpoint.ReadAt);
        var oldest = Checkpoint.DayOf(checkpoint.ReadAt - remember);
        var index = new SnapshotIndex(events: true);
        foreach (var part in checkpoint.Parts.Where(s => s.Day == today))
            await state.Snapshots.LoadAsync(checkpoint.Sync, part, index, ct);
        foreach (var attempt in checkpoint.Ended.Where(e => e.Counts))
            await ApplyAsync(attempt, index, ct);
        var (accepted, waiting) = await state.Snapshots.WriteAsync(checkpoint.Sync, id, index, seenOnly: false, ct, planned);
        return [.. checkpoint.Parts.Where(s => s.Day != today && string.CompareOrdinal(s.Day, oldest) >= 0),
            new BasePart(id, today, accepted, waiting)];
    }

    /// <summary>Writes every id the read has seen as sent: <c>start: now</c>.</summary>
    public async Task<IReadOnlyList<BasePart>> RememberSeenAsync(Checkpoint checkpoint, SnapshotIndex index,
        string id, CancellationToken ct)
    {
        var (accepted, waiting) = await state.Snapshots.WriteAsync(checkpoint.Sync, id, index, seenOnly: false, ct);
        return [new BasePart(id, Checkpoint.DayOf(checkpoint.ReadAt), accepted, waiting)];
    }

    private async Task ApplyAsync(EndedAttempt attempt, SnapshotIndex index, CancellationToken ct)
    {
        await foreach (var batch in state.Receipts.ListAsync(attempt.Partition, ct))
        {
            if (attempt.Counts)
                Apply(batch, index);
            ApplyDoubt(batch, index);
        }
    }

    // After what was accepted: also the call that was accepted in the end may be overtaken by an earlier one of its batch.
    private static void ApplyDoubt(BatchRow batch, SnapshotIndex index)
    {
        if (batch.IsEvents)
            return;
        // Only a dry run meets an intent.
        if (batch.Kind == BatchRowKind.Intent)
            batch.NotAnswered();
        if (batch.DoubtUntil is not { } until)
            return;
        for (var i = 0; i < batch.Count; i++)
            if (batch.KeyHash(i) is var key and not 0)
                index.SetDoubt(key, until);
    }

    /// <summary>Applies one receipt; of an intent only what is already known of an event counts.</summary>
    internal static void Apply(BatchRow batch, SnapshotIndex index)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            var key = batch.KeyHash(i);
            // Of a batch that nobody could read only the number of its records is known.
            if (key == 0)
                continue;
            var fingerprint = batch.Fingerprint(i);
            switch (batch.OutcomeOf(i))
            {
                case RecordOutcome.Accepted when batch.Kind == BatchRowKind.Receipt || batch.IsEvents:
                case RecordOutcome.Unknown or RecordOutcome.Started when batch.Remembers:
                    index.SetAccepted(key, fingerprint);
                    index.EndDoubt(key, batch.PlannedAt);
                    break;
                case RecordOutcome.NotFound or RecordOutcome.Rejected or RecordOutcome.GivenUp when batch.Kind == BatchRowKind.Receipt:
                    index.SetRejected(key, fingerprint, batch.IsEvents ? fingerprint : Waiting.MatchOf(fingerprint, batch.Create),
                        batch.OutcomeOf(i), batch.ReasonOf(i), batch.Timestamp);
                    break;
                case RecordOutcome.Unknown when batch.Kind == BatchRowKind.Receipt:
                    index.SetInDoubt(key, fingerprint);
                    break;
                case RecordOutcome.Cancelled when batch.Kind == BatchRowKind.Receipt && !batch.IsEvents:
                    // An earlier call whose answer was lost may have been applied.
                    index.Forget(key);
                    break;
                case RecordOutcome.None or RecordOutcome.Accepted when batch.Kind != BatchRowKind.Receipt && !batch.IsEvents:
                    // Only a dry run meets intents: what they do is not known yet.
                    index.SetInDoubt(key, fingerprint);
                    break;
            }
        }
    }
}
