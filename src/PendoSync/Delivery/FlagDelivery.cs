using System.Text.Json;
using PendoSync.Batches;
using PendoSync.Pendo;
using PendoSync.Runs;
using PendoSync.State;

namespace PendoSync.Delivery;

/// <summary>
/// Sends a batch of flags (do not process, opt out of guides): Pendo takes one flag of one id a call. In chunks, as events: before each the
/// outcomes so far are written down. A flag that is set twice does no harm.
/// </summary>
internal sealed class FlagDelivery(StateStore state, EngineOptions options)
{
    // The rest goes on as another message, so that no delivery outlives its deadline.
    private static readonly TimeSpan _longest = BatchRow.Deadline / 2;

    /// <summary>Sends the records without an outcome and sets their outcomes.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="intent">Takes the outcomes.</param>
    /// <param name="client">Pendo.</param>
    /// <param name="started">Timestamp of the clock just before the intent was written.</param>
    /// <param name="goesOn">False once the run was stopped; asked before each further chunk.</param>
    /// <param name="ct">Ends at the deadline.</param>
    public async Task<DeliveryStep> DeliverAsync(RecordBatch batch, BatchRow intent, PendoClient client, long started,
        Func<Task<bool>> goesOn, CancellationToken ct)
    {
        for (var first = true; ; first = false)
        {
            var rate = client.Connection.MaxCallsPerSecond;
            var chunk = NextChunk(batch, intent, Math.Min(batch.Target.Chunk, RateTable.MostCalls(rate)));
            if (chunk.Count == 0)
                return DeliveryStep.Finished;
            if (options.Clock.GetElapsedTime(started) > _longest)
                return DeliveryStep.Later(TimeSpan.Zero);
            var wait = await state.Rates.ReserveAsync(client.Connection.Name, chunk.Count, rate, options.LongestWait, ct);
            if (wait > options.LongestWait)
                return DeliveryStep.Later(wait);
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait, options.Clock, ct);
            if ((!first || wait > TimeSpan.Zero) && !await goesOn())
                return DeliveryStep.Stopped(intent);
            if (!await state.Receipts.TryReplaceAsync(intent, ct))
                return DeliveryStep.Lost;
            if (await SendAsync(batch, intent, client, chunk, ct) is { } step)
                return step;
        }
    }

    // Flags of records without an outcome, whole records only. A record that sets no flag needs no call.
    private static List<Flag> NextChunk(RecordBatch batch, BatchRow intent, int most)
    {
        var chunk = new List<Flag>();
        for (var i = 0; i < intent.Count && chunk.Count < most; i++)
        {
            if (intent.OutcomeOf(i) != RecordOutcome.None)
                continue;
            var flags = FlagsOf(batch.Records, i);
            if (flags.Count == 0)
                intent.Set(i, RecordOutcome.Accepted);
            chunk.AddRange(flags);
        }

        return chunk;
    }

    /// <summary>Calls that the flags of a payload take: one each, none for those that are null.</summary>
    public static int CallsFor(ReadOnlySpan<byte> payload)
    {
        var reader = new Utf8JsonReader(payload);
        var calls = 0;
        while (reader.Read())
            if (reader.TokenType is JsonTokenType.True or JsonTokenType.False)
                calls++;
        return calls;
    }

    private static List<Flag> FlagsOf(PackedRecords records, int index)
    {
        using var payload = JsonDocument.Parse(records.PayloadOf(index));
        return [.. payload.RootElement.GetProperty("values").EnumerateObject().Where(v => v.Value.ValueKind != JsonValueKind.Null)
            .Select(v => new Flag(index, v.Name, v.Value.ValueKind == JsonValueKind.True))];
    }

    private async Task<DeliveryStep?> SendAsync(RecordBatch batch, BatchRow intent, PendoClient client, List<Flag> chunk,
        CancellationToken ct)
    {
        var answers = new PendoAnswer?[chunk.Count];
        await PacedCalls.MakeAsync(client, options.Clock, chunk.Count, client.Connection.MaxParallelCalls, null, async at =>
        {
            var (record, name, value) = chunk[at];
            var answer = answers[at] = await client.PutFlagAsync(batch.Target.Object, batch.Records.KeyOf(record), name, value, ct);
            RunTelemetry.Called(batch, answer);
            return answer.StopsAll || answer.Status == 429;
        }, ct);
        ct.ThrowIfCancellationRequested();
        return await ReadAsync(batch, intent, client, chunk, answers, ct);
    }

    private async Task<DeliveryStep?> ReadAsync(RecordBatch batch, BatchRow intent, PendoClient client, List<Flag> chunk,
        PendoAnswer?[] answers, CancellationToken ct)
    {
        foreach (var answer in answers)
            if (answer is not null)
                intent.Called(answer);
        foreach (var record in chunk.Select((flag, at) => (flag.Record, Answer: answers[at])).GroupBy(f => f.Record, f => f.Answer))
        {
            var (outcome, reason) = OutcomeOf(record, batch.Records.KeyOf(record.Key));
            intent.Set(record.Key, outcome, reason);
        }

        if (Array.Find(answers, a => a is { StopsAll: true }) is { } stop)
        {
            intent.CancelRest();
            return new DeliveryStep(StepKind.Finished) { Problem = client.Problem(stop, "set flags").Problem };
        }

        if (Array.Find(answers, a => a is { Status: 429 }) is { } throttled)
            return await Backoff.ThrottledAsync(state.Rates, batch, throttled, options, ct);

        if (Array.Find(answers, a => a is not null && IsAgain(a)) is not { } failed)
            return null;
        if (failed.Fault != CallFault.NotSent)
            intent.NotAnswered();
        return DeliveryStep.Failed(Backoff.AfterTry(batch.Try, options), PendoAnswers.Describe(failed));
    }

    // None while one of its flags is still to be set.
    private static (RecordOutcome Outcome, string? Reason) OutcomeOf(IEnumerable<PendoAnswer?> answers, string id)
    {
        var outcome = (RecordOutcome.Accepted, (string?)null);
        foreach (var answer in answers)
        {
            if (answer is null || answer.Status == 429 || answer.StopsAll || IsAgain(answer))
                return (RecordOutcome.None, null);
            if (answer.Status == 404)
                outcome = (RecordOutcome.NotFound, null);
            else if (!answer.IsSuccess)
                outcome = (RecordOutcome.Rejected, PendoAnswers.Describe(answer, [id]));
        }

        return outcome;
    }

    private static bool IsAgain(PendoAnswer answer) => answer.Status is 0 or 408 or 409 or 425 or >= 500;

    private sealed record Flag(int Record, string Name, bool Value);
}
