using PendoSync.Runs;
using PendoSync.State;

namespace PendoSync.Planning;

/// <summary>
/// What is decided before a read begins: whose state it is, whether it was restored, and what earlier attempts left open (promise 4).
/// </summary>
internal sealed class PlanStart(StateStore state, RunEnder ender, Settler settler, EngineOptions options)
{
    private readonly Renaming _renaming = new(state, options);

    /// <summary>The state is older than what was sent last: which events to send again only a person can say.</summary>
    public static Problem RestoredLedger(string sync, long events) => new(ProblemKind.State,
        $"the state is older than what was sent last, as after restoring a backup: {events:N0} events of the model may have been sent "
        + "already", $"sync '{sync}'",
        $"`pendosync doubt {sync} --sent-until INSTANT` counts those of up to then as sent, such as 2026-03-01T12:00:00Z; "
        + $"`pendosync doubt {sync} --send` sends all of them. In Azure: the sync's page, or POST /api/syncs/{sync}/doubt.");

    /// <summary>What a run says that forgets a restored snapshot.</summary>
    public const string RestoredSnapshot = "The state is older than what was sent last, as after restoring a backup, so nobody knows what "
        + "Pendo has: every record is sent once more.";

    /// <summary>The ids that were sent were sent to somewhere else: which of them to send again only a person can say.</summary>
    public static ProblemException ForeignLedger(SyncContext context) => new(ProblemKind.Configuration,
        "the sync now sends to another connection, app or key column, and its ledger of sent events belongs to the old one",
        $"sync '{context.Sync.Name}'",
        $"Undo the change, or run `pendosync reset {context.Sync.Name} --forget-events` to send every event that "
        + "Pendo still accepts again.");

    // Promise 4: what earlier attempts left open is decided before anything is planned.
    public async Task<Checkpoint> SettleAsync(SyncContext context, Checkpoint claimed, List<string> notices, CancellationToken ct)
    {
        var (runId, attempt) = (claimed.Active!.RunId, claimed.Active.Attempt);
        if (claimed.Ahead > TimeSpan.Zero)
            notices.Add(
                $"The state was written by a clock that was {claimed.Ahead.TotalHours:0.#} h ahead, or the clock here is behind: "
                + "times of the past that lie in the future count as now. Check the clocks.");
        if (await _renaming.UnclaimedAsync(context, claimed, ct) is { Count: > 0 } unclaimed)
        {
            var ask = Renaming.Ask(context.Sync, unclaimed);
            if (context.IsEvents)
                throw new ProblemException(ask);
            notices.Add($"{ask.Message}. {ask.Fix}");
        }

        (claimed, var taken) = await _renaming.TakeOverAsync(context, claimed, ender, settler, change =>
            state.Checkpoints.ChangeHeldAsync(claimed.Sync, runId, attempt, options.Owner, change, ct), ct);
        if (taken is not null)
            notices.Add(taken);
        await state.Directory.NoteAsync(claimed.Sync, context.Identity, ct);
        var foreign = context.IsForeign(claimed);
        if (foreign && context.IsEvents)
            throw ForeignLedger(context);
        if (foreign)
            notices.Add(
                "The snapshot belonged to another connection, object, group or key column and was discarded: every record is sent again.");
        var marks = await state.Marks.LookAsync(claimed, ct);
        if (marks.Notice is { } notice)
            notices.Add(notice);
        if (marks.IsBehind && !context.IsEvents)
            notices.Add(RestoredSnapshot);
        var (ended, doubt) = await settler.SettleAsync(claimed, ct);
        return await state.Checkpoints.ChangeHeldAsync(claimed.Sync, runId, attempt, options.Owner, before =>
        {
            var now = before with { Ended = ended, Doubts = Doubt.Add(before.Doubts, doubt), Identity = context.Identity };
            if (foreign)
                now = now.Forget() with { Ended = [], Doubts = [] };
            // A ledger that was restored stays behind its mark until somebody has said what was sent.
            return !marks.IsBehind ? now.CountOn() : context.IsEvents ? now : now.Forget().CountOn(marks.Mark);
        }, ct);
    }
}
