using PendoSync.Batches;
using PendoSync.Runs;
using PendoSync.Snapshot;
using PendoSync.State;

namespace PendoSync.Planning;

/// <summary>Loads a snapshot, that is, base plus all receipts since (promise 2), and folds receipts into the base.</summary>
/// <param name="state">The state.</param>
/// <param name="options">From which size on a snapshot is large.</param>
internal sealed class SnapshotLoader(StateStore state, EngineOptions options)
{
    /// <summary>Ended attempts a base may lag behind.</summary>
    public const int MaxUnfolded = 32;

    private const int MaxUnfoldedRecords = 1000;
    // Looking once at a part of a large base is paid by so many bytes that need not be loaded.
    private const int LookCost = 32 * 1024;

    /// <summary>Loads base and receipts. Attempts must be settled, unless the caller only looks.</summary>
    /// <param name="checkpoint">The state.</param>
    /// <param name="events">True: of an event sync.</param>
    /// <param name="ct">Ends it.</param>
    /// <param name="fewRows">True: a large base stays outside, and the keys that are met are looked up in it.</param>
    /// <param name="only">The keys that are loaded; null: all.</param>
    public async Task<SnapshotIndex> LoadAsync(Checkpoint checkpoint, bool events, CancellationToken ct, bool fewRows = false,
        Predicate<ulong>? only = null)
    {
        var index = new SnapshotIndex(events) { Only = only };
        if (fewRows && IsLarge(checkpoint))
            index.LeaveOutside(new SnapshotPages(state.Snapshots, checkpoint.Sync, checkpoint.Parts), checkpoint.BaseCounts);
        else
        {
            if (only is null)
                index.Reserve(checkpoint.Parts.Sum(p => p.Accepted) + checkpoint.Ended.Sum(e => e.Records),
                    checkpoint.Parts.Sum(p => p.Waiting));
            foreach (var part in checkpoint.Parts)
                await state.Snapshots.LoadAsync(checkpoint.Sync, part, index, ct);
        }

        foreach (var attempt in checkpoint.Ended)
            await ApplyAsync(attempt, index, ct);
        index.Loaded = index.CountByOutcome();
        return index;
    }

    /// <summary>Loads what is known of one key only.</summary>
    public async Task<SnapshotIndex> LoadKeyAsync(Checkpoint checkpoint, bool events, ulong keyHash, CancellationToken ct)
    {
        var index = new SnapshotIndex(events);
        foreach (var part in checkpoint.Parts)
        {
            var reasons = await state.Snapshots.ReasonsAsync(checkpoint.Sync, part, index, ct);
            (await state.Snapshots.PageAsync(checkpoint.Sync, part, part.BucketOf(keyHash), reasons, ct)).AddTo(index);
        }

        foreach (var attempt in checkpoint.Ended)
            await ApplyAsync(attempt, index, ct);
        return index;
    }

    /// <summary>
    /// True when receipts have outgrown 32 attempts, or a quarter of the base; of a large one about a thousand records, since each costs
    /// the next run a look at a page.
    /// </summary>
    public bool ShouldFold(Checkpoint checkpoint) => checkpoint.Ended.Count > MaxUnfolded
        || checkpoint.Ended.Sum(e => e.Records) > (IsLarge(checkpoint) ? options.LargeSnapshot / LookCost
            : Math.Max(MaxUnfoldedRecords, checkpoint.BaseCounts.Accepted / 4));

    /// <summary>Folds receipts; publish the parts by the checkpoint.</summary>
    /// <param name="checkpoint">The state the index was loaded from.</param>
    /// <param name="index">Base and receipts.</param>
    /// <param name="remember">How long event ids are remembered; null: accounts or visitors.</param>
    /// <param name="id">Id of the new part, unique.</param>
    /// <param name="ct">Ends the writing.</param>
    public Task<IReadOnlyList<BasePart>> FoldAsync(Checkpoint checkpoint, SnapshotIndex index, TimeSpan? remember, string id,
        CancellationToken ct)
    {
        if (remember is { } time)
            return FoldEventsAsync(checkpoint, index, time, id, ct);
        var over = checkpoint.Parts.Skip(1).Sum(p => p.Records) + checkpoint.Ended.Sum(e => e.Records);
        return !IsLarge(checkpoint) || (index.IsWhole && over > checkpoint.Parts[0].Records / 4)
            ? RewriteAsync(checkpoint, index, seenOnly: false, id, ct)
            : FoldYoungAsync(checkpoint, index, id, ct);
    }

    /// <summary>Writes the base anew, as one part.</summary>
    /// <param name="checkpoint">The state the index was loaded from.</param>
    /// <param name="index">What it is to hold.</param>
    /// <param name="seenOnly">True after a full, non-empty read: keys it did not see are forgotten.</param>
    /// <param name="id">Id of the new part, unique.</param>
    /// <param name="ct">Ends the writing.</param>
    public async Task<IReadOnlyList<BasePart>> RewriteAsync(Checkpoint checkpoint, SnapshotIndex index, bool seenOnly, string id,
        CancellationToken ct)
    {
        await index.BecomeWholeAsync(ct);
        return [await state.Snapshots.WriteAsync(checkpoint.Sync, id, Checkpoint.DayOf(checkpoint.ReadAt), index, seenOnly, ct)];
    }

    // Parts whose day is older than is remembered are left out: the only way an id is forgotten.
    private Task<IReadOnlyList<BasePart>> FoldEventsAsync(Checkpoint checkpoint, SnapshotIndex index, TimeSpan remember, string id,
        CancellationToken ct)
    {
        var (today, oldest) = (Checkpoint.DayOf(checkpoint.ReadAt), Checkpoint.DayOf(checkpoint.ReadAt - remember));
        var below = checkpoint.Parts.Where(p => p.Day != today && string.CompareOrdinal(p.Day, oldest) >= 0);
        return FoldOverAsync(checkpoint, index, [.. below], [.. checkpoint.Parts.Where(p => p.Day == today)], id, ct);
    }

    // It takes in the young parts that are not much larger, so that there are few parts and a record is written seldom.
    private Task<IReadOnlyList<BasePart>> FoldYoungAsync(Checkpoint checkpoint, SnapshotIndex index, string id, CancellationToken ct)
    {
        var (parts, kept, records) = (checkpoint.Parts, checkpoint.Parts.Count, checkpoint.Ended.Sum(e => e.Records));
        while (kept > 1 && parts[kept - 1].Records <= 2 * records)
            records += parts[--kept].Records;
        return FoldOverAsync(checkpoint, index, [.. parts.Take(kept)], [.. parts.Skip(kept)], id, ct);
    }

    // What receipts say becomes a part that lies over the others.
    private async Task<IReadOnlyList<BasePart>> FoldOverAsync(Checkpoint checkpoint, SnapshotIndex index, IReadOnlyList<BasePart> below,
        IReadOnlyList<BasePart> takenIn, string id, CancellationToken ct)
    {
        var over = new SnapshotIndex(index.Events);
        over.Reserve(takenIn.Sum(p => p.Accepted), takenIn.Sum(p => p.Waiting));
        foreach (var part in takenIn)
            await state.Snapshots.LoadAsync(checkpoint.Sync, part, over, ct);
        foreach (var attempt in checkpoint.Ended)
            await foreach (var batch in state.Receipts.ListAsync(attempt.Partition, ct))
            {
                // An event that the read has met stands in the index like one that was taken.
                if (index.Events && attempt.Counts)
                    Apply(batch, over);
                foreach (var key in KeysOf(batch))
                    over.Copy(index, key);
            }

        var others = checkpoint.Parts.Except(takenIn).Aggregate(default(KeyCounts), (sum, part) => sum + part.Adds);
        var written = await state.Snapshots.WriteAsync(checkpoint.Sync, id, Checkpoint.DayOf(checkpoint.ReadAt), over, seenOnly: false, ct,
            over: true);
        return [.. below, written with { Adds = index.Loaded - others }];
    }

    private bool IsLarge(Checkpoint checkpoint) => checkpoint.Parts.Sum(p => p.Bytes) > options.LargeSnapshot;

    private static IEnumerable<SnapshotKey> KeysOf(BatchRow batch)
    {
        for (var i = 0; i < batch.Count; i++)
            if (batch.KeyHash(i) is var key and not 0)
                yield return new SnapshotKey(key, batch.IsEvents ? batch.Fingerprint(i) : 0);
    }

    private async Task ApplyAsync(EndedAttempt attempt, SnapshotIndex index, CancellationToken ct)
    {
        await foreach (var batch in state.Receipts.ListAsync(attempt.Partition, ct))
        {
            // What a receipt does to a key depends on how it stood.
            await index.LookUpAsync(KeysOf(batch), ct);
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
