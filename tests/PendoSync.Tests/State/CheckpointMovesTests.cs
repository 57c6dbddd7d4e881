using PendoSync.State;

namespace PendoSync.Tests.State;

/// <summary>Every move in every state: where it leads, or that it is refused.</summary>
public sealed class CheckpointMovesTests
{
    private static readonly DateTimeOffset _now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan _leaseAge = TimeSpan.FromMinutes(2);

    private static readonly string[] _states = ["idle", "paused", "requested", "planning 1 me", "planning 1 other", "planning 1 lost",
        "delivering 1"];

    /// <summary>A row: the move, and what comes of each state in the order above; "-" is refused.</summary>
    public static TheoryData<string, string[]> Table => new()
    {
        { "request", ["requested", "-", "-", "-", "-", "-", "-"] },
        { "withdraw", ["-", "-", "idle", "-", "-", "-", "-"] },
        { "claim", ["planning 1 me", "-", "planning 1 me", "-", "-", "planning 2 me +ended", "-"] },
        { "new attempt", ["-", "-", "-", "planning 2 me +ended", "-", "-", "-"] },
        { "new attempt, nothing sent", ["-", "-", "-", "planning 2 me", "-", "-", "-"] },
        { "close the plan", ["-", "-", "-", "delivering 1", "-", "-", "-"] },
        { "end", ["-", "-", "-", "-", "-", "-", "idle +settled"] },
        { "stop", ["-", "-", "idle", "idle +ended", "idle +ended", "idle +ended", "idle +ended"] },
        { "stop, nothing sent", ["-", "-", "idle", "idle", "idle", "idle", "idle"] },
        { "stop another attempt", ["-", "-", "-", "-", "-", "-", "-"] },
        { "stop another run", ["-", "-", "-", "-", "-", "-", "-"] },
        { "reset", ["idle", "paused", "idle", "idle +ended", "idle +ended", "idle +ended", "idle +ended"] },
        { "reset and forget", ["idle", "paused", "idle", "idle +void", "idle +void", "idle +void", "idle +void"] },
        { "pause", ["paused", "-", "requested paused", "planning 1 me paused", "planning 1 other paused", "planning 1 other paused",
            "delivering 1 paused"] },
        { "resume", ["-", "idle", "-", "-", "-", "-", "-"] },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void A_move_leads_where_the_table_says_or_is_refused(string move, string[] expected) =>
        Assert.Equal(_states.Zip(expected), _states.Select(state => (state, Name(Moved(StateOf(state), move)))));

    [Fact]
    public void A_claim_starts_the_clock_of_the_schedule_and_an_end_sets_it_to_when_the_run_was_asked_for()
    {
        Assert.Equal(_now, StateOf("idle").Claim(Run(), "me", _leaseAge)!.LastStart);
        Assert.Equal(_now, StateOf("requested").Claim(Run(), "me", _leaseAge)!.LastStart);
        var asked = _now.AddMinutes(-5);
        var delivering = StateOf("delivering 1");
        Assert.Equal(asked, (delivering with { Active = delivering.Active! with { Since = asked } })
            .End(RunState.Completed, null, null)!.LastStart);
    }

    [Theory]
    // complete, full, end, unanswered -> cursor, mapping, full read, success, goes on
    [InlineData(true, true, RunState.Completed, null, "n:9", "new", true, true, false)]
    [InlineData(true, false, RunState.Completed, null, "n:9", "new", false, true, false)]
    [InlineData(true, true, RunState.Partial, "n:4", "n:4", "new", true, false, false)]
    [InlineData(true, true, RunState.Partial, "n:12", "n:9", "new", true, false, false)]
    [InlineData(false, true, RunState.Partial, null, "n:1", "old", false, false, true)]
    public void What_an_end_moves_depends_on_what_was_read_and_answered(bool complete, bool full, RunState end, string? unanswered,
        string cursor, string mapping, bool fullRead, bool success, bool goesOn)
    {
        var before = StateOf("delivering 1") with { Cursor = "n:1", DefinitionHash = "old" };
        var run = before.Active! with
        {
            Complete = complete,
            Full = full,
            CursorAfter = complete ? "n:9" : null,
            DefinitionHash = "new",
            Trigger = "timer"
        };
        var after = (before with { Active = run }).End(end, unanswered, null)!;

        Assert.Equal((cursor, mapping, fullRead, success, goesOn),
            (after.Cursor, after.DefinitionHash, after.LastFull is not null, after.LastSuccess is not null, after.GoesOn));
        Assert.False((before with { Active = run with { Trigger = "cli" } }).End(end, unanswered, null)!.GoesOn);
    }

    [Theory]
    [InlineData(true, "old", "n:1")]
    [InlineData(true, "new", null)]
    [InlineData(false, "new", "n:1")]
    public void A_read_that_met_no_cursor_value_keeps_only_one_of_its_own_definition(bool complete, string definition, string? cursor)
    {
        var before = StateOf("delivering 1") with { Cursor = "n:1", DefinitionHash = "old" };
        var run = before.Active! with { Complete = complete, Full = true, CursorAfter = null, DefinitionHash = definition };
        Assert.Equal(cursor, (before with { Active = run }).End(RunState.Completed, null, null)!.Cursor);
    }

    [Fact]
    public void A_reset_reads_everything_next_and_only_a_forgetting_one_drops_what_was_accepted()
    {
        var before = StateOf("idle") with
        {
            Cursor = "n:1",
            LastFull = _now,
            Identity = "here",
            Standing = new Standing { InStep = 3, Invalid = 1 },
            Fields = ["a"],
            Parts = [new BasePart("s", "2026-03-01", 3, 0)],
            Ended = [new EndedAttempt("s-0", 1, 1, true)],
        };

        var soft = before.Reset(forgets: false);
        Assert.Equal((null, null, "here", 3L, 1), (soft.Cursor, soft.LastFull, soft.Identity, soft.Standing?.InStep, soft.Parts.Count));
        var hard = before.Reset(forgets: true);
        Assert.Equal((null, null, "", null, 0, "s"), (hard.Cursor, hard.LastFull, hard.Identity, hard.Standing, hard.Parts.Count,
            hard.LooseParts.Single()));
        Assert.False(Assert.Single(hard.Ended).Counts);
    }

    private static Checkpoint? Moved(Checkpoint now, string move) => move switch
    {
        "request" => now.Request(Run()),
        "withdraw" => now.Withdraw("s-1"),
        "claim" => now.Claim(Run(), "me", _leaseAge),
        "new attempt" => now.NewAttempt(Run(), "me", sent: true),
        "new attempt, nothing sent" => now.NewAttempt(Run(), "me", sent: false),
        "close the plan" => now.ClosePlan(Run(), "me", run => run with { Batches = 1, Planned = 1 }),
        "end" => now.End(RunState.Completed, null, null),
        "stop" => now.Stop("s-1", null, RunState.Cancelled),
        "stop, nothing sent" => now.Stop("s-1", 1, RunState.Failed, sent: false),
        "stop another attempt" => now.Stop("s-1", 7, RunState.Failed),
        "stop another run" => now.Stop("s-2", null, RunState.Failed),
        "reset" => now.Reset(forgets: false),
        "reset and forget" => now.Reset(forgets: true),
        "pause" => now.Pause(),
        "resume" => now.Resume(),
        _ => throw new ArgumentException(move),
    };

    private static ActiveRun Run(ActiveState state = ActiveState.Requested, string? owner = null) =>
        new() { RunId = "s-1", State = state, Owner = owner, Since = _now };

    private static Checkpoint StateOf(string name)
    {
        var fresh = new Checkpoint { Sync = "s", Seeds = default, ReadAt = _now, Timestamp = _now };
        return name switch
        {
            "paused" => fresh with { Paused = true },
            "requested" => fresh with { Active = Run() },
            "planning 1 me" => fresh with { Active = Run(ActiveState.Planning, "me") },
            "planning 1 other" => fresh with { Active = Run(ActiveState.Planning, "other") },
            "planning 1 lost" => fresh with
            {
                Active = Run(ActiveState.Planning, "other"),
                Timestamp = _now - _leaseAge - TimeSpan.FromSeconds(1)
            },
            "delivering 1" => fresh with { Active = Run(ActiveState.Delivering, "me") with { Batches = 1, Planned = 1 } },
            _ => fresh,
        };
    }

    private static string Name(Checkpoint? after)
    {
        if (after is null)
            return "-";
        var active = after.Active is not { } run ? (after.Paused ? "" : "idle")
            : run.State == ActiveState.Requested ? "requested"
            : $"{run.State.ToString().ToLowerInvariant()} {run.Attempt}{(run.State == ActiveState.Planning ? " " + run.Owner : "")}";
        var ended = after.Ended.Count == 0 ? "" : !after.Ended[0].Counts ? " +void" : after.Ended[0].Settled ? " +settled" : " +ended";
        return $"{active}{(after.Paused ? " paused" : "")}{ended}".Trim();
    }
}
