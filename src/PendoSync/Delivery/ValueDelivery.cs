using System.Collections;
using PendoSync.Batches;
using PendoSync.Pendo;
using PendoSync.Runs;
using PendoSync.State;

namespace PendoSync.Delivery;

/// <summary>
/// Sends a batch of accounts or visitors: one bulk call, halves where Pendo asks for it, down to the guilty records. Setting values twice
/// does no harm.
/// </summary>
internal sealed class ValueDelivery(StateStore state, EngineOptions options)
{
    /// <summary>
    /// Calls beyond the first of a batch that halving may cost in a run, of all its batches and processes together.
    /// </summary>
    public const int MaxExtraCalls = 1000;

    /// <summary>
    /// When so many extra calls of a batch brought nothing into Pendo, a few records are judged by themselves, and when twice as many did,
    /// nothing of it would.
    /// </summary>
    public const int Wide = 64;

    private static readonly TimeSpan _shortest = TimeSpan.FromSeconds(5);

    // An older intent is written again before a call: it says when the call began, and who was taken for dead meanwhile finds out.
    private static readonly TimeSpan _fresh = TimeSpan.FromSeconds(1);

    private readonly ReceiptTable _receipts = state.Receipts;
    private readonly RateTable _rates = state.Rates;

    /// <summary>Sends the records without an outcome and sets their outcomes.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="intent">Takes the outcomes.</param>
    /// <param name="client">Pendo.</param>
    /// <param name="started">Timestamp of the clock just before the intent was written.</param>
    /// <param name="goesOn">False once the run was stopped; asked before a call for which the intent is written again.</param>
    /// <param name="ct">Ends at the deadline.</param>
    public async Task<DeliveryStep> DeliverAsync(RecordBatch batch, BatchRow intent, PendoClient client, long started,
        Func<Task<bool>> goesOn, CancellationToken ct)
    {
        var written = started;
        var split = intent.Split ??= new BatchSplit(batch.Records.Count);
        while (split.Next(narrow: split.ExtraCalls >= Wide && !AnyPassed(intent)) is { } range)
        {
            var timeout = Min(PendoClient.BulkTimeout, BatchRow.Deadline - options.Clock.GetElapsedTime(started));
            if (timeout < _shortest)
                return DeliveryStep.Failed(TimeSpan.Zero, "the delivery reached its deadline");
            // One call takes its turn where the many of a chunk of events have to wait, so that events never keep values out.
            var longest = 2 * options.LongestWait;
            var wait = await _rates.ReserveAsync(client.Connection.Name, 1, client.Connection.MaxCallsPerSecond, longest, ct);
            if (wait > longest)
                return DeliveryStep.Later(wait);
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait, options.Clock, ct);
            if (options.Clock.GetElapsedTime(written) > _fresh)
            {
                written = options.Clock.GetTimestamp();
                if (!await goesOn())
                    return DeliveryStep.Stopped(intent);
                if (!await _receipts.TryReplaceAsync(intent, ct))
                    return DeliveryStep.Lost;
            }

            var answer = await client.PostValuesAsync(batch.Target.Object, batch.Target.Group, batch.Target.Create,
                new RecordsContent(batch.Records, range.Start, range.Count), timeout, ct);
            intent.Called(answer);
            RunTelemetry.Called(batch, answer);
            var reading = PendoAnswers.Read(answer, new KeyRange(batch.Records, range.Start, range.Count));
            intent.MayBeApplied |= reading.Verdict != Verdict.Done && MayBeApplied(answer);
            if (MayComeLater(answer))
                intent.NotAnswered();
            switch (reading.Verdict)
            {
                case Verdict.Done:
                    for (var i = 0; i < range.Count; i++)
                        intent.Set(range.Start + i, reading.Outcomes[i].Outcome, reading.Outcomes[i].Reason);
                    split.Answered(range, answer.IsSuccess ? null : reading.Outcomes[0].Reason);
                    break;
                case Verdict.Halve or Verdict.Bisect when split.ExtraCalls >= 2 * Wide && !AnyPassed(intent):
                    intent.SetRest(RecordOutcome.Cancelled);
                    return Finished(batch, intent, split);
                case Verdict.Halve or Verdict.Bisect when await MayHalveAsync(batch.Id, ct):
                    split.Halve(range, reading.Reason);
                    break;
                case Verdict.Halve or Verdict.Bisect:
                    // Not judged by itself: it is not rejected, and goes out with the next run, without those that were judged.
                    for (var i = 0; i < range.Count; i++)
                        intent.Set(range.Start + i, RecordOutcome.Cancelled);
                    split.Answered(range, reading.Reason);
                    break;
                case Verdict.Throttled:
                    return await Backoff.ThrottledAsync(_rates, batch, answer, options, ct);
                case Verdict.Stop:
                    intent.CancelRest();
                    return new DeliveryStep(StepKind.Finished) { Problem = client.Problem(answer, "send records").Problem };
                case Verdict.Retry when answer.IsSuccess && range.Count == 1 && intent.Count > 1:
                    // Pendo answers, but speaks of this record in a way that nobody understands: it costs itself only.
                    intent.Set(range.Start, RecordOutcome.GivenUp, reading.Reason);
                    intent.GivenUpReason ??= reading.Reason;
                    split.Answered(range);
                    break;
                default:
                    split.Postpone(range);
                    return DeliveryStep.Failed(Backoff.AfterTry(batch.Try, options), reading.Reason!);
            }
        }

        return Finished(batch, intent, split);
    }

    // Nothing of the batch got through, with one reason. A batch of records that were rejected before says nothing about the others.
    private static DeliveryStep Finished(RecordBatch batch, BatchRow intent, BatchSplit split)
    {
        var totals = intent.Totals();
        if (split.RejectedWith is not null && totals.Rejected + totals.Cancelled == intent.Count && intent.Reasons.Count <= 1
            && batch.Records.Tries.Contains((byte)0))
            intent.RejectedWhole = intent.Reasons.FirstOrDefault() ?? split.RejectedWith;
        return DeliveryStep.Finished;
    }

    private static bool AnyPassed(BatchRow intent) => intent.Totals() is { Accepted: > 0 } or { NotFound: > 0 };

    private Task<bool> MayHalveAsync(BatchId batch, CancellationToken ct) =>
        state.Halvings.TryTakeAsync(batch.Sync, batch.RunId, 2, MaxExtraCalls, ct);

    // Records that keep no outcome after such an answer may hold the new values in Pendo all the same.
    private static bool MayBeApplied(PendoAnswer answer) => answer.Fault == CallFault.Ambiguous || answer.IsSuccess || answer.Status is 408
        or 409 or 425 or >= 500;

    // Whoever answered, it was not the one who does the work.
    private static bool MayComeLater(PendoAnswer answer) => answer.Fault == CallFault.Ambiguous || answer.Status is 408 or >= 500;

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    // Keys are needed only where Pendo names records; most answers name none.
    private sealed class KeyRange(PackedRecords records, int start, int count) : IReadOnlyList<string>
    {
        public int Count => count;

        public string this[int index] => records.KeyOf(start + index);

        public IEnumerator<string> GetEnumerator()
        {
            for (var i = 0; i < count; i++)
                yield return this[i];
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
