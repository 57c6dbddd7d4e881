namespace PendoSync.State;

/// <summary>
/// Every move of a checkpoint. All are pure: whoever loses the race for the one write (promise 5) reads again and asks again. Null means
/// refused: the move does not exist in this state. docs/state.md draws them.
/// </summary>
internal static class CheckpointMoves
{
    /// <summary>Somebody asks for a run: idle to requested.</summary>
    public static Checkpoint? Request(this Checkpoint now, ActiveRun run) =>
        now is { Active: null, Paused: false } ? now with { Active = run with { State = ActiveState.Requested, Owner = null } } : null;

    /// <summary>A request is taken back as if it had not been made: requested to idle.</summary>
    public static Checkpoint? Withdraw(this Checkpoint now, string runId) =>
        now.Active is { State: ActiveState.Requested } active && active.RunId == runId ? now with { Active = null } : null;

    /// <summary>
    /// A planner takes the lease: of a new run, of a requested one, or of one whose planner is lost, as its next attempt.
    /// </summary>
    /// <param name="now">The checkpoint.</param>
    /// <param name="run">The run that begins when none is active.</param>
    /// <param name="owner">Who plans.</param>
    /// <param name="leaseAge">A lease that nobody renewed for longer is lost.</param>
    public static Checkpoint? Claim(this Checkpoint now, ActiveRun run, string owner, TimeSpan leaseAge) => now.Active switch
    {
        null when !now.Paused => now.Planning(run, owner),
        { State: ActiveState.Requested } requested => now.Planning(requested, owner),
        { State: ActiveState.Planning } lost when now.Age > leaseAge => now.NextAttempt(lost, owner, sent: true),
        _ => null,
    };

    /// <summary>The planner's read broke off and starts again: planning to planning, with the next attempt.</summary>
    /// <param name="now">The checkpoint.</param>
    /// <param name="held">The attempt that the planner holds.</param>
    /// <param name="owner">Who plans.</param>
    /// <param name="sent">False: no batch of the attempt was sent, so there is nothing to settle.</param>
    public static Checkpoint? NewAttempt(this Checkpoint now, ActiveRun held, string owner, bool sent) =>
        now.IsHeld(held.RunId, held.Attempt, owner) ? now.NextAttempt(now.Active!, owner, sent) : null;

    /// <summary>The planner has sent its last batch: planning to delivering.</summary>
    /// <param name="now">The checkpoint.</param>
    /// <param name="held">The attempt that the planner holds.</param>
    /// <param name="owner">Who planned.</param>
    /// <param name="plan">Adds what is known of the plan.</param>
    public static Checkpoint? ClosePlan(this Checkpoint now, ActiveRun held, string owner, Func<ActiveRun, ActiveRun> plan) =>
        now.IsHeld(held.RunId, held.Attempt, owner)
            ? now with { Active = plan(now.Active!) with { State = ActiveState.Delivering } } : null;

    /// <summary>
    /// Every batch has its receipt: delivering to idle. The cursor moves, below what nobody answered; of a complete plan the mapping
    /// counts.
    /// </summary>
    /// <param name="now">The checkpoint.</param>
    /// <param name="end">How the run ends.</param>
    /// <param name="unanswered">Lowest cursor of what nobody answered; null: of nothing.</param>
    /// <param name="doubt">What may still be applied; null: nothing.</param>
    /// <param name="accepted">Records that Pendo took.</param>
    /// <param name="trouble">What the run says of the sync's health; null: nothing is wrong.</param>
    public static Checkpoint? End(this Checkpoint now, RunState end, string? unanswered, Doubt? doubt, long accepted = 0,
        HealthReport? trouble = null) =>
        now.Active is not { State: ActiveState.Delivering } active ? null
        : now.WithoutActive(active, settled: true, counts: true, sent: true) with
        {
            // One of another definition says nothing of this one, which met no value yet.
            Cursor = active.CursorAfter is not null ? Doubt.Lower(active.CursorAfter, unanswered)
                : active.Complete && active.DefinitionHash != now.DefinitionHash ? null : now.Cursor,
            DefinitionHash = active.Complete ? active.DefinitionHash : now.DefinitionHash,
            LastFull = active is { Complete: true, Full: true } ? active.Since : now.LastFull,
            LastSuccess = end.IsSuccess() ? now.ReadAt : now.LastSuccess,
            DataAsOf = end.IsSuccess() && active.Complete && active.ReadAt != default ? active.ReadAt : now.DataAsOf,
            LastProgress = end.IsSuccess() || accepted > 0 ? now.ReadAt : now.LastProgress,
            Trouble = trouble,
            // Whoever sits at a terminal goes on by hand.
            GoesOn = end == RunState.Partial && !active.Complete && active.Trigger != "cli",
            Doubts = Doubt.Add(active.Complete ? [.. now.Doubts.Where(d => !d.IsDue(active.ReadAt))] : now.Doubts, doubt),
        };

    /// <summary>
    /// The run is stopped, cancelled or given up by its planner: any active state to idle. What was sent is settled by the next planner.
    /// </summary>
    /// <param name="now">The checkpoint.</param>
    /// <param name="runId">The run.</param>
    /// <param name="attempt">The attempt it must be in; null: any.</param>
    /// <param name="end">How it ends.</param>
    /// <param name="sent">False: no batch of the attempt was sent.</param>
    /// <param name="problem">Why.</param>
    public static Checkpoint? Stop(this Checkpoint now, string runId, int? attempt, RunState end, bool sent = true,
        Problem? problem = null) =>
        now.Active is { } active && active.RunId == runId && (attempt ?? active.Attempt) == active.Attempt
            ? now.WithoutActive(active, settled: false, counts: true, sent) with
            {
                LastStop = new StoppedRun(end, problem),
                GoesOn = end == RunState.Partial && active.Trigger != "cli",
                LastProgress = end == RunState.Partial && sent ? now.ReadAt : now.LastProgress,
                // Who cancels a run says nothing about the sync.
                Trouble = end == RunState.Cancelled || problem is null ? now.Trouble
                    : new HealthReport(Health.Failing, problem.Message, problem.Fix),
            }
            : null;

    /// <summary>
    /// The next read is full; with <paramref name="forgets"/> nothing counts that Pendo ever accepted. Any state to idle.
    /// </summary>
    public static Checkpoint Reset(this Checkpoint now, bool forgets)
    {
        var idle = (now.Active is { } active ? now.WithoutActive(active, settled: false, counts: !forgets, sent: true) : now) with
        {
            LastStop = now.Active is null ? now.LastStop : new StoppedRun(RunState.Cancelled, null),
            GoesOn = now.Active is null && now.GoesOn,
            Cursor = null,
            LastFull = null,
        };
        // Of ended attempts nothing counts any more but what is in doubt (promise 4): the next planner drops those that say nothing of it.
        return !forgets ? idle : idle.Forget() with { Identity = "", Fields = [], SentUntil = null };
    }

    /// <summary>
    /// A person says of a restored state which events were sent: those of up to an instant, or none that the state does not know. The next
    /// read is full.
    /// </summary>
    /// <param name="now">The checkpoint.</param>
    /// <param name="mark">The mark it is behind.</param>
    /// <param name="sentUntil">The instant; null: none.</param>
    public static Checkpoint Answer(this Checkpoint now, long mark, DateTimeOffset? sentUntil) =>
        now.CountOn(mark) with { SentUntil = sentUntil, Cursor = null, LastFull = null };

    /// <summary>Nothing is known any more of what Pendo accepted: the state is older than that. The next read is full.</summary>
    internal static Checkpoint Forget(this Checkpoint now) => now.WithParts([]) with
    {
        Cursor = null,
        LastFull = null,
        Standing = null,
        EmptySince = null,
        Ended = [.. now.Ended.Select(e => e with { Counts = false })],
    };

    /// <summary>No run begins until it is resumed; an active one goes on.</summary>
    public static Checkpoint? Pause(this Checkpoint now) => now.Paused ? null : now with { Paused = true };

    /// <summary>Runs begin again.</summary>
    public static Checkpoint? Resume(this Checkpoint now) => now.Paused ? now with { Paused = false } : null;

    private static Checkpoint Planning(this Checkpoint now, ActiveRun run, string owner) =>
        now with { Active = run with { State = ActiveState.Planning, Owner = owner }, LastStart = now.ReadAt };

    private static Checkpoint NextAttempt(this Checkpoint now, ActiveRun broken, string owner, bool sent) => now with
    {
        Active = broken with { Attempt = broken.Attempt + 1, Owner = owner },
        Ended = sent ? [.. now.Ended, new EndedAttempt(broken.RunId, broken.Attempt, 0, Settled: false)] : now.Ended,
    };

    // The attempt that was active joins the ended ones, unless no batch of it can have been sent.
    private static Checkpoint WithoutActive(this Checkpoint now, ActiveRun active, bool settled, bool counts, bool sent)
    {
        var idle = now with { Active = null, LastRun = active.RunId, LastStop = null, LastStart = active.Since };
        var nothing = !sent || active.State == ActiveState.Requested || active is { State: ActiveState.Delivering, Batches: 0 };
        return nothing ? idle : idle.CountOn() with
        {
            Ended = [.. now.Ended, new EndedAttempt(active.RunId, active.Attempt, active.Planned, settled, counts)],
        };
    }
}
