using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Engine;
using PendoSync.Planning;
using PendoSync.Reports;
using PendoSync.Runs;
using PendoSync.State;

namespace PendoSync.Operations;

/// <summary>
/// Everything a person can ask of the syncs of one project: the command line, HTTP and the status page all call this. Failures are
/// <see cref="ProblemException"/>.
/// </summary>
/// <param name="engine">The engine of the project.</param>
public sealed class SyncService(SyncEngine engine)
{
    /// <summary>Most items of one page.</summary>
    public const int MaxPage = 1000;

    /// <summary>So many coming times of a schedule are shown.</summary>
    internal const int TimesShown = 5;

    private readonly StateStore _state = engine.State;

    /// <summary>The project.</summary>
    public Project Project => engine.Project;

    /// <summary>True when the project has a sync of that name.</summary>
    public bool Knows(string sync) => Project.Knows(sync);

    /// <summary>Where every sync stands, ordinal by name.</summary>
    public async Task<ItemPage<SyncStatus>> StatusAsync(CancellationToken ct)
    {
        string[] names = [.. Project.Names];
        var items = new SyncStatus[names.Length];
        await Parallel.ForEachAsync(Enumerable.Range(0, items.Length),
            new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = ct },
            async (i, token) => items[i] = await SyncAsync(names[i], token));
        return new ItemPage<SyncStatus>(items, null);
    }

    /// <summary>Where one sync stands.</summary>
    public async Task<SyncStatus> SyncAsync(string sync, CancellationToken ct)
    {
        var definition = Project.Find(Project.Known(sync));
        var checkpoint = await _state.Checkpoints.ReadAsync(sync, ct);
        var active = checkpoint.Active is { } run ? await RecordOfAsync(sync, run, ct) : null;
        var paused = checkpoint.Paused || definition is { Paused: true };
        var broken = Project.BrokenOf(sync)?.Problem;
        var health = HealthJudge.Of(definition, checkpoint, broken);
        var standing = checkpoint.Standing;
        return new SyncStatus
        {
            Name = sync,
            Object = definition?.Object,
            Behavior = definition?.Behavior,
            Warehouse = definition?.Warehouse,
            Pendo = definition?.Pendo,
            Error = broken,
            Health = health.Health,
            HealthReason = health.Reason,
            HealthFix = health.Fix,
            State = checkpoint.Active?.State switch
            {
                ActiveState.Requested => SyncState.Requested,
                ActiveState.Planning => SyncState.Planning,
                ActiveState.Delivering => SyncState.Delivering,
                _ => definition is null ? SyncState.Failing : paused ? SyncState.Paused : SyncState.Idle,
            },
            Paused = paused,
            Schedule = definition?.Schedule is { } schedule ? schedule.Cron ?? "every " + Words.Duration(schedule.Every!.Value) : null,
            After = definition?.After ?? [],
            NextDue = paused || definition is null ? null : DueRules.NextDue(definition, checkpoint),
            NextTimes = paused || definition is null ? [] : DueRules.NextTimes(definition, checkpoint, TimesShown),
            Cursor = checkpoint.Cursor is { Length: > 2 } cursor ? cursor[2..] : null,
            InStep = standing?.InStep,
            InStepOf = standing?.Rows,
            InStepAt = standing?.At,
            NotFound = standing?.NotFound,
            Rejected = standing?.Rejected,
            Invalid = standing?.Invalid,
            GivenUp = standing?.GivenUp,
            Verified = checkpoint.Verified is { RunId: not null } verified ? verified : null,
            DataAsOf = checkpoint.DataAsOf,
            CursorAt = definition is null ? null
                : SyncGauges.InstantOf(checkpoint.Cursor, definition.TimeZone ?? Project.Warehouses[definition.Warehouse].TimeZone),
            LastStart = checkpoint.LastStart,
            LastSuccess = checkpoint.LastSuccess,
            InDoubt = definition is { Object: PendoObject.TrackEvent } && (await _state.Marks.LookAsync(checkpoint, ct)).IsBehind,
            ActiveRun = active is null ? null : RunReport.Of(active, checkpoint.ReadAt),
            LastRun = await LastRunAsync(sync, checkpoint, ct),
        };
    }

    /// <summary>Dry runs and checks whose results are kept for a while.</summary>
    public DryResults Dry { get; } = new(engine);

    /// <summary>Runs of every sync, newest first.</summary>
    /// <param name="sync">Only this sync; null: all.</param>
    /// <param name="state">Only this state; null: any.</param>
    /// <param name="limit">Most items, 1 to <see cref="MaxPage"/>.</param>
    /// <param name="after">The page before's <see cref="ItemPage{T}.Next"/>; null: from the newest.</param>
    /// <param name="ct">Ends the reading.</param>
    public Task<ItemPage<RunReport>> AllRunsAsync(string? sync, RunState? state, int limit, string? after, CancellationToken ct) =>
        RunList.ReadAsync(_state, sync is null ? [.. Project.Names] : [Project.Known(sync)], state, Math.Clamp(limit, 1, MaxPage), after,
            engine.Options.Clock.GetUtcNow(), ct);

    /// <summary>Runs of a sync, newest first.</summary>
    /// <param name="sync">The sync.</param>
    /// <param name="limit">Most items, 1 to <see cref="MaxPage"/>.</param>
    /// <param name="after">The page before's <see cref="ItemPage{T}.Next"/>; null: from the newest.</param>
    /// <param name="ct">Ends the reading.</param>
    public async Task<ItemPage<RunReport>> RunsAsync(string sync, int limit, string? after, CancellationToken ct)
    {
        Project.Known(sync);
        var now = await NowAsync(sync, ct);
        var items = new List<RunReport>();
        await foreach (var run in _state.Runs.ListAsync(sync, after, ct))
        {
            if (items.Count == Math.Clamp(limit, 1, MaxPage))
                return new ItemPage<RunReport>(items, items[^1].RunId);
            items.Add(RunReport.Of(run, now));
        }

        return new ItemPage<RunReport>(items, null);
    }

    /// <summary>One run, or null when there is none of that id.</summary>
    public async Task<RunReport?> RunAsync(string runId, CancellationToken ct)
    {
        if (RunRecord.SyncOf(runId) is not { } sync || !Knows(sync) || await _state.Runs.ReadAsync(sync, runId, ct) is not { } run)
            return null;
        return RunReport.Of(run, await NowAsync(sync, ct));
    }

    /// <summary>Records that Pendo rejected, in the order of their ids.</summary>
    /// <param name="sync">The sync.</param>
    /// <param name="limit">Most items, 1 to <see cref="MaxPage"/>.</param>
    /// <param name="after">The page before's <see cref="RejectedPage.Next"/>; null: from the beginning.</param>
    /// <param name="search">Part of a key, rule or reason, case ignored; null: all.</param>
    /// <param name="ct">Ends the reading.</param>
    public async Task<RejectedPage> RejectedAsync(string sync, int limit, string? after, string? search, CancellationToken ct)
    {
        var page = await ProblemsAsync(sync, "rejected", limit, after, search, ct);
        return new RejectedPage(page.Items, page.Total, page.Next);
    }

    /// <summary>Everything that is refused, in groups and in the order of ids.</summary>
    /// <param name="sync">The sync.</param>
    /// <param name="outcome">invalid, rejected, not_found, unknown or given_up; null: all.</param>
    /// <param name="limit">Most items, 1 to <see cref="MaxPage"/>.</param>
    /// <param name="after">The page before's <see cref="ProblemsPage.Next"/>; null: from the beginning.</param>
    /// <param name="search">Part of a key, outcome, rule or reason, case ignored; null: all.</param>
    /// <param name="ct">Ends the reading.</param>
    public Task<ProblemsPage> ProblemsAsync(string sync, string? outcome, int limit, string? after, string? search, CancellationToken ct) =>
        new RejectedReader(_state).ReadAsync(Project.Known(sync), Project.Find(sync), outcome, Math.Clamp(limit, 1, MaxPage), after,
            search, ct);

    /// <summary>The problems of one run in groups; a later run may have taken some of them over.</summary>
    public async Task<IReadOnlyList<ProblemGroup>> GroupsOfRunAsync(RunReport run, CancellationToken ct)
    {
        var problems = new List<Rejection>();
        await foreach (var rejection in _state.Rejections.ListAsync(run.Sync, null, ct))
            if (rejection.RunId == run.RunId)
                problems.Add(rejection);
        return ProblemGroup.Of(problems, Project.Find(run.Sync), null);
    }

    /// <summary>What sending a record would change in Pendo now; empty when there is nothing to send, or Pendo cannot be read.</summary>
    public async Task<IReadOnlyList<PlanSample>> CompareOneAsync(Explanation story, CancellationToken ct)
    {
        if (story.Record is not { } record)
            return [];
        try
        {
            var sampled = new SampledRecord(story.Key, System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(record));
            return await new PlanSampler(engine.ContextOf(story.Sync), story.Fields).CompareAsync([sampled], ct);
        }
        catch (ProblemException)
        {
            return [];
        }
    }

    /// <summary>What is refused of one key; null when nothing is.</summary>
    public async Task<RejectedItem?> ProblemOfAsync(string sync, string key, CancellationToken ct)
    {
        var seeds = (await _state.Checkpoints.ReadAsync(Project.Known(sync), ct)).Seeds;
        return await _state.Rejections.ReadAsync(sync, RejectionTable.IdOf(seeds.OfKey(key)), ct) is { } problem
            ? RejectedItem.Of(problem) : null;
    }

    /// <summary>The story of one key.</summary>
    public Task<Explanation> ExplainAsync(string sync, string key, CancellationToken ct) =>
        new Explainer(engine).ExplainAsync(sync, key, ct);

    /// <summary>What a run would do; writes nothing anywhere (promise 10).</summary>
    public Task<SyncPlan> PlanAsync(string sync, RunMode mode, CancellationToken ct) => new DryRun(engine).PlanAsync(sync, mode, ct);

    /// <summary>Compares all rows with all records of Pendo, field by field; writes nothing anywhere (promise 10).</summary>
    public Task<SyncComparison> CompareAsync(string sync, Action<ComparisonProgress>? progress, CancellationToken ct) =>
        new Comparer(engine).CompareAsync(sync, progress, ct);

    /// <summary>Takes what Pendo holds as the warehouse has it into the snapshot, so that it is not sent.</summary>
    public Task<SyncAdoption> AdoptAsync(string sync, Action<ComparisonProgress>? progress, CancellationToken ct) =>
        new Comparer(engine).AdoptAsync(sync, progress, ct);

    /// <summary>Tries secrets, connections, tables, columns and fields; never throws for what it finds.</summary>
    public Task<CheckReport> CheckAsync(CancellationToken ct) => new Checker(engine).CheckAsync(null, ct);

    /// <summary>
    /// What is said of states that no sync claims any more and that fit a new one, by sync; a state that cannot be read says nothing.
    /// </summary>
    public Task<IReadOnlyList<(SyncDefinition Sync, Problem Ask)>> RenamedAsync(CancellationToken ct) =>
        new Planning.Renaming(_state, engine.Options).AskAllAsync(Project.Syncs.Select(s => engine.ContextOf(s.Name)), ct);

    /// <summary>Asks for a run; answers at once.</summary>
    /// <returns>The run and true, or the run that is active already and false.</returns>
    /// <exception cref="ProblemException">Configuration: no such sync. Conflict: it is paused.</exception>
    public async Task<(RunReport Run, bool Started)> RequestAsync(string sync, RunMode mode, string trigger, CancellationToken ct)
    {
        var (run, started) = await engine.RequestAsync(sync, mode, trigger, ct);
        return (RunReport.Of(run, run.RequestedAt), started);
    }

    /// <summary>Cancels the active run; what Pendo answered counts.</summary>
    /// <returns>The run as it ended; null when none was active.</returns>
    public async Task<RunReport?> CancelAsync(string sync, CancellationToken ct)
    {
        Project.Known(sync);
        var active = (await _state.Checkpoints.ReadAsync(sync, ct)).Active;
        return active is null ? null : await CancelRunAsync(active.RunId, ct);
    }

    /// <summary>Cancels a run by its id.</summary>
    /// <returns>The run as it stands afterwards; null when there is none of that id.</returns>
    public async Task<RunReport?> CancelRunAsync(string runId, CancellationToken ct)
    {
        if (RunRecord.SyncOf(runId) is not { } sync || !Knows(sync))
            return null;
        await engine.Ender.StopAsync(sync, runId, null, RunState.Cancelled, Cancelled(runId), ct);
        return await RunAsync(runId, ct);
    }

    /// <summary>No run is started until it is resumed; an active one goes on.</summary>
    public Task<SyncStatus> PauseAsync(string sync, CancellationToken ct) => SetPausedAsync(sync, true, ct);

    /// <summary>Runs are started again.</summary>
    public Task<SyncStatus> ResumeAsync(string sync, CancellationToken ct) => SetPausedAsync(sync, false, ct);

    /// <summary>
    /// Forgets what Pendo accepted (events: only the cursor), so that the next run sends everything that differs from nothing.
    /// </summary>
    /// <param name="sync">The sync.</param>
    /// <param name="forgetEvents">Also clears the ledger of sent events.</param>
    /// <param name="ct">Ends it before anything is written.</param>
    public Task<ResetReport> ResetAsync(string sync, bool forgetEvents, CancellationToken ct) =>
        new Resetter(engine).ResetAsync(sync, forgetEvents, ct);

    /// <summary>Says of a restored state which events were sent; see <see cref="DoubtAnswer.TakeAsync"/>.</summary>
    public Task<DoubtReport> AnswerDoubtAsync(string sync, DateTimeOffset? sentUntil, CancellationToken ct) =>
        new DoubtAnswer(engine).TakeAsync(sync, sentUntil, ct);

    /// <summary>Why a run that somebody cancelled has ended.</summary>
    internal static Problem Cancelled(string runId) =>
        new(ProblemKind.Conflict, "the run was cancelled", runId, "Run the sync again to go on.");

    private async Task<SyncStatus> SetPausedAsync(string sync, bool paused, CancellationToken ct)
    {
        Project.Known(sync);
        await _state.Checkpoints.ChangeAsync(sync, now => paused ? now.Pause() : now.Resume(), ct);
        return await SyncAsync(sync, ct);
    }

    private async Task<RunReport?> LastRunAsync(string sync, Checkpoint checkpoint, CancellationToken ct) =>
        checkpoint.LastRun is { } last && await _state.Runs.ReadAsync(sync, last, ct) is { } run
            ? RunReport.Of(run, checkpoint.ReadAt) : null;

    private async Task<RunRecord> RecordOfAsync(string sync, ActiveRun active, CancellationToken ct)
    {
        var run = await _state.Runs.ReadAsync(sync, active.RunId, ct)
            ?? new RunRecord
            {
                Sync = sync,
                RunId = active.RunId,
                RequestedAt = active.Since,
                Trigger = active.Trigger,
                Mode = active.Mode
            };
        // The process that works on it knows more than the state.
        var live = engine.Observer.Of(active.RunId);
        return live.Read + live.Delivered == 0 ? run : run with { Counts = live };
    }

    private async Task<DateTimeOffset> NowAsync(string sync, CancellationToken ct) => (await _state.Checkpoints.ReadAsync(sync, ct)).ReadAt;
}
