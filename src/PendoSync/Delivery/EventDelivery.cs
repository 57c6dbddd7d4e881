using System.Collections.Concurrent;
using System.Text.Json;
using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Pendo;
using PendoSync.Records;
using PendoSync.Runs;
using PendoSync.State;
using PendoSync.Values;

namespace PendoSync.Delivery;

/// <summary>
/// Sends a batch of track events in chunks. Pendo takes one event per call and forgets none twice, so before a chunk is
/// sent one write says "these outcomes are known, these events are started"; after a crash the started ones are unknown.
/// </summary>
internal sealed class EventDelivery(ReceiptTable receipts, RateTable rates, EngineOptions options)
{
    // `concurrency` holds per sync in this process, however many batches are in work; the smaller of it and the client's slots counts.
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _gates = new(StringComparer.Ordinal);

    /// <summary>Sends the events without an outcome and sets their outcomes.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="intent">Takes the outcomes.</param>
    /// <param name="client">Pendo.</param>
    /// <param name="goesOn">False once the run was stopped; asked before each further chunk.</param>
    /// <param name="ct">Ends at the deadline.</param>
    public async Task<DeliveryStep> DeliverAsync(RecordBatch batch, BatchRow intent, PendoClient client, Func<Task<bool>> goesOn,
        CancellationToken ct)
    {
        for (var first = true; ; first = false)
        {
            var chunk = NextChunk(batch, intent, Math.Min(batch.Target.Chunk, RateTable.MostCalls(client.Connection.MaxCallsPerSecond)));
            if (chunk.Count == 0)
                return DeliveryStep.Finished;
            var wait = await rates.ReserveAsync(client.Connection.Name, chunk.Count, client.Connection.MaxCallsPerSecond,
                options.LongestWait, ct);
            if (wait > options.LongestWait)
                return DeliveryStep.Later(wait);
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait, options.Clock, ct);
            if ((!first || wait > TimeSpan.Zero) && !await goesOn())
                return DeliveryStep.Stopped(intent);

            foreach (var i in chunk)
                intent.Set(i, RecordOutcome.Started);
            intent.Kind = BatchRowKind.Intent;
            if (!await receipts.TryReplaceAsync(intent, ct))
                return DeliveryStep.Lost;

            var result = await SendChunkAsync(batch, intent, client, chunk, ct);
            if (result is not null)
                return result;
        }
    }

    // Checked again just before sending: a message may have waited for hours.
    private List<int> NextChunk(RecordBatch batch, BatchRow intent, int most)
    {
        var chunk = new List<int>(most);
        var oldest = (options.Clock.GetUtcNow() - EventDefinition.MaxAge).ToUnixTimeMilliseconds();
        for (var i = 0; i < intent.Count && chunk.Count < most; i++)
        {
            if (intent.OutcomeOf(i) != RecordOutcome.None)
                continue;
            if (!batch.Target.SendTooOld && TimestampOf(batch.Records.PayloadOf(i).Span) < oldest)
                intent.Set(i, RecordOutcome.Rejected, Rules.Explain(Rules.TooOld));
            else
                chunk.Add(i);
        }

        return chunk;
    }

    private async Task<DeliveryStep?> SendChunkAsync(RecordBatch batch, BatchRow intent, PendoClient client,
        List<int> chunk, CancellationToken ct)
    {
        var answers = new PendoAnswer?[chunk.Count];
        ProblemException? problem = null;
        var gate = _gates.GetOrAdd(batch.Id.Sync, _ => new SemaphoreSlim(batch.Target.Concurrency));
        await PacedCalls.MakeAsync(client, options.Clock, chunk.Count, batch.Target.Concurrency, gate, async at =>
        {
            try
            {
                var answer = answers[at] = await client.PostTrackAsync(batch.Target.App ?? "", batch.Records.PayloadOf(chunk[at]), ct);
                RunTelemetry.Called(batch, answer);
                return TrackAnswers.StopsTheRun(answer) || answer.Status == 429;
            }
            catch (OperationCanceledException)
            {
                answers[at] = new PendoAnswer(0, [], null, CallFault.Ambiguous, "the delivery reached its deadline");
                return true;
            }
            catch (ProblemException e)
            {
                // There is no secret to call with.
                problem = e;
                return true;
            }
        }, ct);
        var step = await ReadAsync(batch, intent, client, chunk, answers);
        return problem is null ? step : throw problem;
    }

    private async Task<DeliveryStep?> ReadAsync(RecordBatch batch, BatchRow intent, PendoClient client, List<int> chunk,
        PendoAnswer?[] answers)
    {
        PendoAnswer? stop = null, throttled = null, failed = null;
        var failedAt = 0;
        for (var at = 0; at < chunk.Count; at++)
        {
            var answer = answers[at];
            var (outcome, reason) = TrackAnswers.Read(answer, IdsOf(batch.Records, chunk[at]));
            intent.Set(chunk[at], outcome, reason);
            if (answer is null)
                continue;
            intent.Called(answer);
            if (TrackAnswers.StopsTheRun(answer))
                stop ??= answer;
            else if (outcome == RecordOutcome.None && answer.Status == 429)
                throttled ??= answer;
            else if (outcome == RecordOutcome.None)
                (failed, failedAt) = (answer, chunk[at]);
        }

        if (stop is not null)
        {
            intent.CancelRest();
            return new DeliveryStep(StepKind.Finished) { Problem = TrackAnswers.Problem(client.Connection, batch.Target.App ?? "", stop) };
        }

        if (throttled is not null)
            return await Backoff.ThrottledAsync(rates, batch, throttled, options, CancellationToken.None);

        return failed is null ? null : DeliveryStep.Failed(Backoff.AfterTry(batch.Try, options),
            PendoAnswers.Describe(failed, IdsOf(batch.Records, failedAt)));
    }

    // Asked for only where Pendo says something about an event.
    private static IEnumerable<string> IdsOf(PackedRecords records, int index)
    {
        yield return records.KeyOf(index);
        using var payload = JsonDocument.Parse(records.PayloadOf(index));
        foreach (var name in new[] { "visitorId", "accountId" })
            if (payload.RootElement.TryGetProperty(name, out var id) && id.ValueKind == JsonValueKind.String)
                yield return id.GetString()!;
    }

    private static long TimestampOf(ReadOnlySpan<byte> payload)
    {
        var reader = new Utf8JsonReader(payload);
        while (reader.Read())
        {
            if (reader.CurrentDepth == 1 && reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("timestamp"u8))
                return reader.Read() ? reader.GetInt64() : 0;
        }

        return long.MaxValue;
    }
}
