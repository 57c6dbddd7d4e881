using PendoSync.Batches;
using PendoSync.State;

namespace PendoSync.Runs;

/// <summary>
/// Ends attempts of planning (promise 4): what has a receipt counts, what was started and has none is in doubt, what was
/// never started is cancelled. Waits until no intent is live, so no stale value can arrive after a newer one.
/// </summary>
public sealed class Settler(StateStore state, RunEnder ender, EngineOptions options)
{
    /// <summary>
    /// Settles every ended attempt of a sync that is not settled; returns the ended list with all of them settled, and without those that
    /// say nothing.
    /// </summary>
    /// <param name="checkpoint">The checkpoint that holds the list.</param>
    /// <param name="ct">Ends the wait; nothing is lost then.</param>
    public async Task<IReadOnlyList<EndedAttempt>> SettleAsync(Checkpoint checkpoint, CancellationToken ct)
    {
        var settled = new List<EndedAttempt>(checkpoint.Ended.Count);
        foreach (var attempt in checkpoint.Ended)
        {
            // An attempt without a single receipt says nothing: a source that stays away must not make the list longer for ever.
            var counts = attempt.Settled || await SettleAsync(checkpoint.Sync, attempt, ct);
            if (counts && attempt.Counts)
                settled.Add(attempt with { Settled = true });
        }

        return settled;
    }

    /// <summary>True when an intent's owner cannot be alive any more.</summary>
    internal static bool IsDead(BatchRow intent, DateTimeOffset now, EngineOptions options) =>
        intent.Kind == BatchRowKind.Released
        || (options.OnlyOwner && intent.Owner != options.Owner)
        || (now - intent.Timestamp).Duration() > BatchRow.Deadline + BatchRow.DeadlineMargin;

    private async Task<bool> SettleAsync(string sync, EndedAttempt attempt, CancellationToken ct)
    {
        while (await AnyLiveAsync(sync, attempt, ct))
            await Task.Delay(options.PollInterval, options.Clock, ct);
        await ender.RefreshAsync(sync, attempt.RunId, attempt.Attempt, null, null, ct);
        await foreach (var _ in state.Receipts.SummariesAsync(attempt.Partition, 0, ct))
            return true;
        return false;
    }

    // Turning a lost intent into a receipt makes the decision final: its deliverer, should it wake up, cannot write any more.
    private async Task<bool> AnyLiveAsync(string sync, EndedAttempt attempt, CancellationToken ct)
    {
        var live = false;
        var lost = new List<int>();
        await foreach (var summary in state.Receipts.SummariesAsync(attempt.Partition, 0, ct))
            if (!summary.Final)
                lost.Add(summary.Number);
        foreach (var number in lost)
        {
            var answer = await state.Receipts.ReadAsync(attempt.RunId, attempt.Attempt, number, ct);
            if (answer.Value is not { } row || row.Kind == BatchRowKind.Receipt)
                continue;
            if (!IsDead(row, answer.Now, options))
            {
                live = true;
                continue;
            }

            // Of a value nobody can say whether the lost call was made; of an event its progress says it.
            row.MayBeApplied |= !row.IsEvents;
            row.CancelRest();
            row.Kind = BatchRowKind.Receipt;
            if (row.IsEvents)
                await ListUnknownAsync(sync, row, answer.Now, ct);
            if (!await state.Receipts.TryReplaceAsync(row, ct))
                live = true;
        }

        return live;
    }

    // The message with the keys is gone: the list gets the hashes, and the next read puts the keys in (PlanPass).
    private Task ListUnknownAsync(string sync, BatchRow row, DateTimeOffset now, CancellationToken ct)
    {
        var unknown = new List<Rejection>();
        for (var i = 0; i < row.Count; i++)
        {
            if (row.OutcomeOf(i) == RecordOutcome.Unknown && row.KeyHash(i) != 0)
                unknown.Add(RejectionLog.Unknown(row.KeyHash(i), row.ReasonOf(i), row.RunId, now));
        }

        return state.Rejections.WriteAsync(sync, unknown, ct);
    }
}
