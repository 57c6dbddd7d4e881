using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Pendo;
using PendoSync.Runs;
using PendoSync.State;

namespace PendoSync.Delivery;

/// <summary>
/// Delivers one batch: intent, calls, receipt, look. A message may come twice, late or after a crash; whatever is to be
/// tried again later is put back as a delayed copy, so the caller completes its message whenever this returns.
/// </summary>
public sealed class Deliverer(
    Func<string, PendoClient> clients, StateStore state, IBatchQueue queue, RunEnder ender, RejectionLog rejections, IntentOwners owners,
    EngineOptions options, RunObserver observer)
{
    private readonly ValueDelivery _values = new(state, options);
    private readonly FlagDelivery _flags = new(state, options);
    private readonly EventDelivery _events = new(state.Receipts, state.Rates, options);

    /// <summary>Delivers the batch, or puts it back.</summary>
    /// <exception cref="ProblemException">State or Transient: the state or the queue failed; the message is to be delivered
    /// again.</exception>
    public async Task DeliverAsync(RecordBatch batch, CancellationToken ct)
    {
        using var activity = RunTelemetry.StartDelivery(batch);
        if (!await IsActiveAsync(batch, ct))
            return;
        // Who waits for a slot has written no intent yet: nobody has to wonder what became of it.
        using var slot = await TakeSlotAsync(batch.Target, ct);
        // The deadline starts before the intent is written, so it ends before anybody can think the intent lost.
        using var deadline = new CancellationTokenSource(BatchRow.Deadline, options.Clock);
        var started = options.Clock.GetTimestamp();
        if (await TakeAsync(batch, ct) is not { } intent)
            return;
        using var work = owners.Begin(intent);
        // Promise 7, the other half: an intent written before the fence moved is seen by whoever settles; one written after is caught here.
        if (!await IsActiveAsync(batch, ct))
        {
            intent.CancelRest();
            await FinishAsync(batch, intent, null, ct);
            return;
        }

        if (intent.Timestamp - batch.FirstEnqueued > options.GiveUpAfter)
        {
            intent.SetRest(RecordOutcome.GivenUp, $"not answered within {options.GiveUpAfter.TotalHours:0.#} h");
            await FinishAsync(batch, intent, null, ct);
            return;
        }

        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, deadline.Token);
        var step = await StepAsync(batch, intent, started, both.Token, ct);
        slot?.Dispose();
        await (step.Kind switch
        {
            StepKind.Finished => FinishAsync(batch, intent, step.Problem, ct),
            StepKind.Lost => LookAgainAsync(batch, ct),
            _ => PutBackAsync(batch, intent, step, ct),
        });
    }

    /// <summary>Ends a batch whose message nobody could deliver: every record without an outcome is given_up (DeadLetteredBatch).</summary>
    /// <param name="header">The batch.</param>
    /// <param name="batch">Its message; null when the body was unreadable.</param>
    /// <param name="reason">For people.</param>
    /// <param name="ct">Ends the work.</param>
    /// <returns>False when the batch cannot be ended now, since somebody else works on it: try again later.</returns>
    public async Task<bool> GiveUpAsync(BatchHeader header, RecordBatch? batch, string reason, CancellationToken ct)
    {
        var id = header.Id;
        var checkpoint = await state.Checkpoints.ReadAsync(id.Sync, ct);
        if (!checkpoint.IsActive(id.RunId, id.Attempt))
            return true;
        var existing = await state.Receipts.ReadAsync(id.RunId, id.Attempt, id.Number, ct);
        if (existing.Value is { Kind: BatchRowKind.Receipt } receipt)
        {
            await SeeAsync(id, batch, receipt, ct);
            return true;
        }

        if (existing.Value is { } live && owners.Left(live, existing.Now) > TimeSpan.Zero)
            return false;
        if (existing.Value is not { } row)
        {
            row = batch is null ? new BatchRow(header, options.Owner) : new BatchRow(batch, options.Owner);
            if (!await state.Receipts.TryAddAsync(row, ct))
                return false;
        }

        if (existing.Value is not null)
            row.Abandon();
        row.SetRest(RecordOutcome.GivenUp, reason);
        await ListUnknownAsync(batch, row, ct);
        row.Kind = BatchRowKind.Receipt;
        if (!await state.Receipts.TryReplaceAsync(row, ct))
            return false;
        await SeeAsync(id, batch, row, ct);
        return true;
    }

    // What follows a receipt; also of one that was there already, since whoever wrote it may have got no further.
    private async Task SeeAsync(BatchId id, RecordBatch? batch, BatchRow receipt, CancellationToken ct)
    {
        if (batch is not null)
            await rejections.NoteAsync(batch, receipt, ct);
        await ender.LookAsync(id.Sync, id.RunId, id.Attempt, ct);
    }

    // Unknown events are listed before they count: of an event that is never sent again, no later try would say so.
    private Task ListUnknownAsync(RecordBatch? batch, BatchRow row, CancellationToken ct) =>
        batch is not null && row.Totals().Unknown > 0 ? rejections.NoteAsync(batch, row, ct) : Task.CompletedTask;

    private async Task<bool> IsActiveAsync(RecordBatch batch, CancellationToken ct) =>
        (await state.Checkpoints.ReadAsync(batch.Id.Sync, ct)).IsActive(batch.Id.RunId, batch.Id.Attempt);

    private async Task<DeliveryStep> StepAsync(RecordBatch batch, BatchRow intent, long started,
        CancellationToken beforeDeadline, CancellationToken ct)
    {
        try
        {
            var client = clients(batch.Target.Connection);
            if (batch.Target.Hosts is { } hosts && hosts != client.Connection.Hosts)
                throw new ProblemException(OtherPendo(batch, client.Connection));
            return batch.Target.Object == PendoObject.TrackEvent
                ? await _events.DeliverAsync(batch, intent, client, GoesOnAsync, beforeDeadline)
                : batch.Target.Group == SyncDefinition.FlagGroup
                ? await _flags.DeliverAsync(batch, intent, client, started, GoesOnAsync, beforeDeadline)
                : await _values.DeliverAsync(batch, intent, client, started, GoesOnAsync, beforeDeadline);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            intent.NotAnswered();
            return DeliveryStep.Failed(TimeSpan.FromSeconds(1), "the delivery reached its deadline");
        }
        catch (ProblemException e) when (e.Problem.Kind == ProblemKind.Configuration)
        {
            intent.CancelRest(e.Problem.Message);
            return new DeliveryStep(StepKind.Finished) { Problem = e.Problem };
        }
        catch (ProblemException)
        {
            // State or secrets are away: no fault of the batch, so it uses up no try, and the intent is let go, else everybody would wait
            // for its deadline.
            return DeliveryStep.Later(Backoff.AfterTry(Math.Min(batch.Copy, 3), options));
        }

        Task<bool> GoesOnAsync() => IsActiveAsync(batch, beforeDeadline);
    }

    // Promise 2: what is sent there says nothing of the Pendo that the run compared with, and was to get it.
    private static Problem OtherPendo(RecordBatch batch, PendoConnection now) => new(ProblemKind.Configuration,
        $"the Pendo connection '{now.Name}' leads to {Said(now.Hosts)}, which is another Pendo than when the run was planned "
        + $"({Said(batch.Target.Hosts!)}): the rest of it was not sent",
        $"sync '{batch.Id.Sync}'", "The next run compares with what that Pendo has accepted. Change hosts while no run is delivering.");

    private static string Said(string hosts) => string.Join(" and ", hosts.Split('|').Distinct(StringComparer.Ordinal));

    // Events and flags take a slot for each call.
    private async Task<IDisposable?> TakeSlotAsync(BatchTarget target, CancellationToken ct)
    {
        try
        {
            return target.Object == PendoObject.TrackEvent || target.Group == SyncDefinition.FlagGroup
                ? null : await clients(target.Connection).Slots.TakeAsync(ct);
        }
        catch (ProblemException)
        {
            // There is no such connection any more: the step says so.
            return null;
        }
    }

    // Add-once decides who delivers; an intent that somebody works on is left alone (promise 3).
    private async Task<BatchRow?> TakeAsync(RecordBatch batch, CancellationToken ct)
    {
        var mine = new BatchRow(batch, options.Owner);
        if (await state.Receipts.TryAddAsync(mine, ct))
            return mine;
        var existing = await state.Receipts.ReadAsync(batch.Id.RunId, batch.Id.Attempt, batch.Id.Number, ct);
        if (existing.Value is not { } row)
            return await TakeAsync(batch, ct);
        if (row.Kind == BatchRowKind.Receipt)
        {
            await SeeAsync(batch.Id, batch, row, ct);
            return null;
        }

        if (owners.Left(row, existing.Now) is var left && left > TimeSpan.Zero)
        {
            await queue.SendAsync(batch.Again(countTry: false), left + TimeSpan.FromSeconds(1), ct);
            return null;
        }

        row.Abandon();
        (row.Kind, row.Owner) = (BatchRowKind.Intent, options.Owner);
        if (await state.Receipts.TryReplaceAsync(row, ct))
            return row;
        await LookAgainAsync(batch, ct);
        return null;
    }

    private async Task FinishAsync(RecordBatch batch, BatchRow intent, Problem? problem, CancellationToken ct)
    {
        intent.EndStarted();
        await ListUnknownAsync(batch, intent, ct);
        // Also said by the receipt: whoever looks at it before the run is stopped, or after we died, must not take the run for a good one.
        (intent.Kind, intent.Stop) = (BatchRowKind.Receipt, problem);
        // Promise 3: a receipt replaces its own intent only. Who cannot write it was settled by somebody else, and stops.
        if (!await state.Receipts.TryReplaceAsync(intent, ct))
        {
            await LookAgainAsync(batch, ct);
            return;
        }

        var totals = intent.Totals();
        observer.Delivered(batch, intent, totals);
        RunTelemetry.Delivered(batch, totals);
        await rejections.NoteAsync(batch, intent, ct);
        if (problem is not null)
            await ender.StopAsync(batch.Id.Sync, batch.Id.RunId, batch.Id.Attempt, RunState.Failed, problem, ct);
        else
            await ender.LookAsync(batch.Id.Sync, batch.Id.RunId, batch.Id.Attempt, ct);
    }

    private async Task PutBackAsync(RecordBatch batch, BatchRow intent, DeliveryStep step, CancellationToken ct)
    {
        if (step.CountTry && batch.Try + 1 >= options.MaxTries)
        {
            intent.SetRest(RecordOutcome.GivenUp, step.Reason);
            intent.GivenUpReason = step.Reason;
            await FinishAsync(batch, intent, null, ct);
            return;
        }

        intent.Kind = BatchRowKind.Released;
        if (await state.Receipts.TryReplaceAsync(intent, ct))
            await queue.SendAsync(batch.Again(step.CountTry), step.Delay, ct);
        else
            await LookAgainAsync(batch, ct);
    }

    // Promise 13. Another deliverer has the batch, but perhaps with an earlier copy: the copies that follow that one have ids which were
    // sent already, and the queue drops them as duplicates.
    private Task LookAgainAsync(RecordBatch batch, CancellationToken ct) =>
        queue.SendAsync(batch.Again(countTry: false), TimeSpan.FromSeconds(30), ct);
}
