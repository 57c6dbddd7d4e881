using PendoSync.Definitions;
using PendoSync.Diffing;
using PendoSync.Operations.Json;
using PendoSync.Running;
using PendoSync.State;
using PendoSync.Warehouses;

namespace PendoSync.Operations;

/// <summary>Plans a run without planning one: reads state, warehouse and Pendo, writes nothing anywhere (promise 10).</summary>
internal sealed class DryRun(SyncEngine engine)
{
    private readonly SnapshotLoader _snapshots = new(engine.State);

    /// <summary>What a run would do.</summary>
    public async Task<SyncPlan> PlanAsync(string sync, RunMode mode, CancellationToken ct)
    {
        var context = engine.ContextOf(sync);
        var notices = new List<string>();
        var state = await engine.State.Checkpoints.ReadAsync(sync, ct);
        if (state.Active is { } active)
            notices.Add($"Run {active.RunId} is at work; what Pendo has answered so far counts.");
        var view = PlannerView.Of(context, state);
        if (view.Discards)
            notices.Add("The snapshot belongs to another connection, object, group or key column and would be discarded.");
        var (checkpoint, remembers) = (view.Checkpoint, view.Remembers);
        using var index = await _snapshots.LoadAsync(checkpoint, context.IsEvents, ct);
        var reading = ReadingPlan.For(context, checkpoint, mode);
        var estimate = await context.Warehouse.EstimateAsync(context.Sync.Model, ct);
        var before = index.Accepted;
        await using var read = await ModelRead.OpenAsync(context, reading.From, checkpoint.Seeds, engine.Options.Clock, dryRun: true, ct);
        var pass = new DryPass(context, read, new Diff(index, context.Sync.Behavior == Behavior.UpdateOrCreate, reading.Everything, checkpoint.ReadAt));
        await pass.RunAsync(ct);
        if (remembers)
            notices.Add($"start: now: {Words.Count(pass.Planned, context.Sync.Object)} that are there already would be remembered and not sent.");
        if (pass.Rule(Records.Rules.TooOld) is var old and > 0)
            notices.Add($"{Words.Count(old)} of {Words.Count(pass.Read)} events are too old for Pendo (7 days) and would not be sent.");
        if (pass.Read == 0)
            notices.Add("The model returned no rows. Nothing would be removed or cleared in Pendo.");
        var plan = new SyncPlan
        {
            Sync = sync,
            Read = pass.Read,
            Invalid = pass.Invalid,
            Unchanged = remembers ? pass.Unchanged + pass.Waiting + pass.Planned : pass.Unchanged,
            Waiting = remembers ? 0 : pass.Waiting,
            Planned = remembers ? 0 : pass.Planned,
            Reasons = remembers ? new PlanReasons() : ReasonsOf(pass, reading),
            InvalidRules = pass.Rules,
            Calls = remembers ? 0 : pass.Batches,
            Full = reading.Full,
            TimeZone = context.Zone.Id,
            Estimate = estimate,
            NewFields = [.. (read.Fields?.Missing ?? []).Select(f => new PlanField(f.Name, f.Type))],
            Error = PlanProblems.Of(context, read, pass, before),
        };
        return plan with
        {
            Effect = PlanEffect.Of(context.Sync, plan, remembers),
            Notices = notices,
            Sample = remembers ? [] : await new PlanSampler(context).CompareAsync(pass.Sample, ct),
        };
    }

    /// <summary>Events of the model that would go again if what was sent were forgotten.</summary>
    /// <returns>Their number, and false when the ledger cannot be read: then all that would go are counted, whether they were sent or not.</returns>
    public async Task<(long Events, bool Known)> CountAgainAsync(string sync, CancellationToken ct)
    {
        var context = engine.ContextOf(sync);
        var (checkpoint, ledger) = await LedgerAsync(sync, ct);
        using var index = ledger ?? new SnapshotIndex(events: true);
        await using var read = await ModelRead.OpenAsync(context, null, checkpoint.Seeds, engine.Options.Clock, dryRun: true, ct);
        var pass = new DryPass(context, read, new Diff(index, create: false, everything: false, checkpoint.ReadAt));
        await pass.RunAsync(ct);
        return ledger is not null ? (pass.Unchanged, true) : (PlanPass.OnlyRemembers(context, checkpoint) ? 0 : pass.Planned, false);
    }

    // Null: it cannot be read.
    private async Task<(Checkpoint Checkpoint, SnapshotIndex? Ledger)> LedgerAsync(string sync, CancellationToken ct)
    {
        Checkpoint checkpoint;
        try
        {
            checkpoint = PlannerView.WithActive(await engine.State.Checkpoints.ReadAsync(sync, ct));
        }
        catch (DamagedRowException e)
        {
            return (Checkpoint.WhatRemainsOf(e.Row), null);
        }

        try
        {
            return (checkpoint, await _snapshots.LoadAsync(checkpoint, events: true, ct));
        }
        catch (ProblemException e) when (e.Problem.Kind == ProblemKind.State)
        {
            return (checkpoint, null);
        }
    }

    private static PlanReasons ReasonsOf(DryPass pass, ReadingPlan reading) => new()
    {
        New = pass.New,
        Changed = reading.MappingChanged ? 0 : pass.Changed,
        Mapping = reading.MappingChanged ? pass.Changed : 0,
        Retry = pass.Retry,
    };
}
