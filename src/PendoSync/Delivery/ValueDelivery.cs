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
internal sealed class ValueDelivery(RateTable rates, EngineOptions options)
{
    /// <summary>Calls beyond the first that a batch may cost.</summary>
    public const int MaxExtraCalls = 64;

    private static readonly TimeSpan _shortest = TimeSpan.FromSeconds(5);

    /// <summary>Sends the records without an outcome and sets their outcomes.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="intent">Takes the outcomes.</param>
    /// <param name="client">Pendo.</param>
    /// <param name="left">Time until the deadline.</param>
    /// <param name="ct">Ends at the deadline.</param>
    public async Task<DeliveryStep> DeliverAsync(RecordBatch batch, BatchRow intent, PendoClient client,
        TimeSpan left, CancellationToken ct)
    {
        var begun = options.Clock.GetTimestamp();
        var split = intent.Split ??= new BatchSplit(batch.Records.Count);
        while (split.Next is { } range)
        {
            var timeout = Min(PendoClient.BulkTimeout, left - options.Clock.GetElapsedTime(begun));
            if (timeout < _shortest)
                return DeliveryStep.Later(TimeSpan.Zero, countTry: true, "the delivery reached its deadline");
            var wait = await rates.ReserveAsync(client.Connection.Name, 1, client.Connection.MaxCallsPerSecond, options.LongestWait, ct);
            if (wait > options.LongestWait)
                return DeliveryStep.Later(wait, countTry: false, "waiting for the shared rate");
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait, options.Clock, ct);

            intent.Calls++;
            var answer = await client.PostValuesAsync(batch.Target.Object, batch.Target.Group, batch.Target.Create,
                new RecordsContent(batch.Records, range.Start, range.Count), timeout, ct);
            RunTelemetry.Called(batch, answer);
            var reading = PendoAnswers.Read(answer, new KeyRange(batch.Records, range.Start, range.Count));
            intent.MayBeApplied |= reading.Verdict != Verdict.Done && MayBeApplied(answer);
            switch (reading.Verdict)
            {
                case Verdict.Done:
                    for (var i = 0; i < range.Count; i++)
                        intent.Set(range.Start + i, reading.Outcomes[i].Outcome, reading.Outcomes[i].Reason);
                    split.Answered(answer.IsSuccess ? null : reading.Outcomes[0].Reason);
                    break;
                case Verdict.Halve or Verdict.Bisect when split.ExtraCalls + 2 <= MaxExtraCalls:
                    split.Halve(reading.Reason);
                    break;
                case Verdict.Halve or Verdict.Bisect:
                    for (var i = 0; i < range.Count; i++)
                        intent.Set(range.Start + i, RecordOutcome.Rejected, split.Refusal ?? reading.Reason);
                    split.Answered(reading.Reason);
                    break;
                case Verdict.Throttled:
                    var pause = Backoff.CoolDown(answer.RetryAfter, batch.Copy, options);
                    await rates.CoolDownAsync(client.Connection.Name, pause, ct);
                    RunTelemetry.Throttled(batch);
                    return DeliveryStep.Later(pause, countTry: false, reading.Reason!);
                case Verdict.Stop:
                    intent.CancelRest();
                    return new DeliveryStep(StepKind.Finished) { Problem = client.Problem(answer, "send records").Problem };
                default:
                    return DeliveryStep.Later(Backoff.AfterTry(batch.Try, options), countTry: true, reading.Reason!);
            }
        }

        if (split.Refusal is not null && intent.Totals().Rejected == intent.Count && intent.Reasons.Count == 1)
            intent.RefusedWhole = intent.Reasons[0];
        return DeliveryStep.Finished;
    }

    // Records that keep no outcome after such an answer may hold the new values in Pendo all the same.
    private static bool MayBeApplied(PendoAnswer answer) => answer.Fault == CallFault.Ambiguous || answer.IsSuccess || answer.Status is 408
        or 409 or 425 or >= 500;

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
