using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Engine;
using PendoSync.Planning;
using PendoSync.Reports;
using PendoSync.Runs;
using PendoSync.Snapshot;
using PendoSync.State;

namespace PendoSync.Operations;

/// <summary>Plans a run without planning one: reads state, warehouse and Pendo, writes nothing anywhere (promise 10).</summary>
internal sealed class DryRun(SyncEngine engine)
{
    private readonly SnapshotLoader _snapshots = new(engine.State, engine.Options);

    /// <summary>What a run would do.</summary>
    public async Task<SyncPlan> PlanAsync(string sync, RunMode mode, CancellationToken ct)
    {
        var context = engine.ContextOf(sync);
        var notices = new List<string>();
        var own = await engine.State.Checkpoints.ReadAsync(sync, ct);
        var renaming = new Renaming(engine.State, engine.Options);
        var unclaimed = await renaming.UnclaimedAsync(context, own, ct);
        var asked = unclaimed.Count == 0 ? null : Renaming.Ask(context.Sync, unclaimed);
        if (asked is not null && !context.IsEvents)
            notices.Add($"{asked.Message}. {asked.Fix}");
        var state = await renaming.GoesOnFromAsync(context, own, ct);
        if (state.Active is { } active)
            notices.Add($"Run {active.RunId} is at work; what Pendo has answered so far counts.");
        var marks = await engine.State.Marks.LookAsync(state, ct);
        var view = PlannerView.Of(context, state, marks);
        if (marks.Notice is { } unmarked)
            notices.Add(unmarked);
        if (marks.IsBehind && !context.IsEvents)
            notices.Add(PlanStart.RestoredSnapshot);
        if (view.Discards)
            notices.Add("The snapshot belongs to another connection, object, group or key column and would be discarded.");
        var checkpoint = view.Checkpoint;
        var reading = view.StandsStill ? ReadingPlan.All : ReadingPlan.For(context, checkpoint, mode);
        var index = await IndexAsync(context, checkpoint, reading, notices, ct);
        var estimate = await context.Warehouse.EstimateAsync(context.Sync.Model, ct);
        var before = index.Accepted;
        var sample = new RecordSample(context, state.ReadAt);
        var pass = await PassAsync(context, checkpoint, reading, index, sample, ct);
        notices.AddRange(pass.Notices(null));
        var counts = pass.Counts;
        var plan = new SyncPlan
        {
            Sync = sync,
            Read = counts.Read,
            Invalid = counts.Invalid,
            Unchanged = counts.Unchanged,
            Waiting = counts.Waiting,
            Planned = counts.Planned,
            Reasons = ReasonsOf(pass.Reasons),
            InvalidRules = pass.Rules,
            Groups = sample.Groups(counts.Read),
            Calls = sample.Calls,
            Full = pass.Reading.Full,
            TimeZone = context.Zone.Id,
            NextTimes = DueRules.NextTimes(context.Sync, state, SyncService.TimesShown),
            Estimate = estimate,
            NewFields = [.. (pass.Fields?.Missing ?? []).Select(f => new PlanField(f.Name, f.Type))],
            Error = asked is not null && context.IsEvents ? asked
                : view.StandsStill ? PlanStart.RestoredLedger(sync, counts.Planned)
                : ProblemOf(context, pass, before, LimitJudge.GuardsChanges(context.Sync, view.Checkpoint, before)),
        };
        return plan with
        {
            Effect = PlanEffect.Of(context.Sync, plan, pass.RemembersOnly, reading.MappingChanged),
            Notices = notices,
            Sample = await new PlanSampler(context, pass.Fields).CompareAsync(sample.Records, ct),
        };
    }

    // What a run that adopts would begin with (promise 12).
    private async Task<SnapshotIndex> IndexAsync(SyncContext context, Checkpoint checkpoint, ReadingPlan reading, List<string> notices,
        CancellationToken ct)
    {
        if (!Adoption.IsDue(context, checkpoint))
            return await _snapshots.LoadAsync(checkpoint, context.IsEvents, ct, reading.MeetsFew);
        var adoption = new Adoption(engine.State, engine.Options);
        var (found, adopted, _) = await adoption.CompareAsync(context, checkpoint, null, writesNothing: true, ct);
        notices.Add(Adoption.Notice(found));
        return adopted;
    }

    private async Task<ModelPass> PassAsync(SyncContext context, Checkpoint checkpoint, ReadingPlan reading, SnapshotIndex index,
        IRowTaker taker, CancellationToken ct)
    {
        var listed = await engine.Rejections.LoadAsync(context.Sync, ct);
        var pass = new ModelPass(context, checkpoint, reading, index, listed, engine.Options, dryRun: true);
        await pass.RunAsync(taker, null, () => false, ct);
        return pass;
    }

    // The first thing that would stop the run.
    private static Problem? ProblemOf(SyncContext context, ModelPass pass, long snapshot, bool guarded) =>
        pass.Fields is { Missing.Count: > 0 } fields && !context.Sync.CreateFields ? ModelRead.MissingFields(context.Sync, fields)
        : (guarded ? LimitJudge.Changed(context.Sync, pass.New + pass.Changed, pass.Counts.Read, snapshot) : null) ?? pass.Verdict;

    /// <summary>Events of the model that would go again if what was sent were forgotten.</summary>
    /// <returns>Their number, and false when the ledger cannot be read: then all that would go are counted, whether they were sent or
    /// not.</returns>
    public async Task<(long Events, bool Known)> CountAgainAsync(string sync, CancellationToken ct)
    {
        var context = engine.ContextOf(sync);
        var (checkpoint, ledger) = await LedgerAsync(sync, ct);
        var index = ledger ?? new SnapshotIndex(events: true);
        var pass = await PassAsync(context, checkpoint, ReadingPlan.All, index, new CountingTaker(), ct);
        return ledger is not null ? (pass.Counts.Unchanged, true) : (pass.Planned, false);
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
            return (Checkpoint.WhatRemainsOf(e.Row, engine.Options.Clock.GetUtcNow()), null);
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

    private static PlanReasons ReasonsOf(RunReasons why) => new()
    {
        New = why.New,
        Changed = why.Changed,
        Mapping = why.Mapping,
        Retry = why.Retry,
    };
}
