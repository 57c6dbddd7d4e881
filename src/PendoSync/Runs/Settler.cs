using PendoSync.Batches;
using PendoSync.State;

namespace PendoSync.Runs;

/// <summary>
/// Ends attempts of planning (promise 4): what has a receipt counts, what was never started is cancelled, and what was started and has no
/// receipt is unknown. Of values it is in doubt besides, since their call may be applied later: nobody waits for that, they are sent now
/// and once more when it is over.
/// </summary>
internal sealed class Settler(StateStore state, RunEnder ender, IntentOwners owners, EngineOptions options)
{
    /// <summary>Settles every ended attempt of a sync that is not settled.</summary>
    /// <param name="checkpoint">The checkpoint that holds the list.</param>
    /// <param name="ct">Ends the wait; nothing is lost then.</param>
    /// <returns>The ended list with all of them settled, without those that say nothing, and what is in doubt.</returns>
    public async Task<(IReadOnlyList<EndedAttempt> Ended, Doubt? Doubt)> SettleAsync(Checkpoint checkpoint, CancellationToken ct)
    {
        var settled = new List<EndedAttempt>(checkpoint.Ended.Count);
        Doubt? doubt = null;
        foreach (var attempt in checkpoint.Ended)
        {
            if (attempt is { Settled: true, Counts: true })
            {
                settled.Add(attempt);
                continue;
            }

            // An attempt without a single receipt says nothing: a source that stays away must not make the list longer for ever.
            var (any, left) = await SettleAsync(checkpoint.Sync, attempt, ct);
            // One that counts no longer is kept until what is in doubt was sent once more.
            if (attempt.Counts ? any : left is not null && (!attempt.Settled || checkpoint.Doubts.Count > 0))
                settled.Add(attempt with { Settled = true });
            if (!attempt.Settled)
                doubt = Doubt.Both(doubt, left);
        }

        return (settled, doubt);
    }

    private async Task<(bool Any, Doubt? Doubt)> SettleAsync(string sync, EndedAttempt attempt, CancellationToken ct)
    {
        while (!attempt.Settled && await AnyLiveAsync(sync, attempt, ct))
            await Task.Delay(options.PollInterval, options.Clock, ct);
        if (!attempt.Settled)
            await ender.RefreshAsync(sync, attempt.RunId, attempt.Attempt, null, null, ct);
        var any = false;
        Doubt? doubt = null;
        await foreach (var batch in state.Receipts.SummariesAsync(attempt.Partition, 0, ct))
        {
            any = true;
            if (batch.DoubtUntil is { } until)
                doubt = Doubt.Both(doubt, new Doubt(until, batch.Cursor));
        }

        return (any, doubt);
    }

    // Turning a lost intent into a receipt makes the decision final: its deliverer, should it be alive, cannot write any more, and calls no
    // more.
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
            var row = answer.Value;
            if (row is null or { Kind: BatchRowKind.Receipt })
                continue;
            if (owners.Left(row, answer.Now) > TimeSpan.Zero)
            {
                live = true;
                continue;
            }

            row.Abandon();
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
