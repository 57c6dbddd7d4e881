using PendoSync.Alerts;
using PendoSync.Definitions;
using PendoSync.State;
using PendoSync.Values;

namespace PendoSync.Tests.Alerts;

public sealed class AlertRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(RunState.Failed, 0, 0, 0, 0, "run_failed")]
    [InlineData(RunState.Stopped, 100, 0, 100, 30, "limit_hit rejected_share")]
    [InlineData(RunState.Completed, 100, 6, 94, 0, "invalid_share")]
    [InlineData(RunState.Completed, 100, 5, 95, 0, "")]
    [InlineData(RunState.Completed, 100, 0, 100, 6, "rejected_share")]
    [InlineData(RunState.Partial, 100, 0, 100, 6, "rejected_share")]
    [InlineData(RunState.Cancelled, 100, 50, 50, 50, "")]
    [InlineData(RunState.Completed, 0, 0, 0, 0, "")]
    public void Run_begins_the_streaks_it_should(RunState state, long read, long invalid, long delivered, long rejected, string told)
    {
        var run = new RunRecord
        {
            Sync = "people",
            RunId = "people-1",
            State = state,
            Counts = new RunCounts { Read = read, Invalid = invalid, Accepted = delivered - rejected, Rejected = rejected }
        };
        AlertRules.Move(Alert(), State(), AlertRules.Judge(Alert(), run, After()), Now, out var tell);
        Assert.Equal(told, string.Join(' ', tell));
    }

    [Fact]
    public void Streak_is_told_once_and_its_end_once()
    {
        var state = State();
        Assert.Equal("run_failed", Step(RunState.Failed));
        Assert.Equal("", Step(RunState.Failed));
        Assert.Equal("limit_hit", Step(RunState.Stopped));
        Assert.Equal("", Step(RunState.Partial));
        Assert.Equal("recovered", Step(RunState.Completed));
        Assert.Equal("", Step(RunState.Completed));
        Assert.Equal("run_failed", Step(RunState.Failed));

        string Step(RunState end)
        {
            state = AlertRules.Move(Alert(), state,
                AlertRules.Judge(Alert(), new RunRecord { Sync = "people", RunId = "people-1", State = end }, After()), Now, out var tell);
            return string.Join(' ', tell);
        }
    }

    [Fact]
    public void Only_what_is_asked_for_is_told()
    {
        var alert = Alert() with { On = ["recovered"] };
        var failed = AlertRules.Move(alert, State(),
            AlertRules.Judge(alert, new RunRecord { Sync = "people", RunId = "1", State = RunState.Failed }, After()), Now, out var tell);
        Assert.Empty(tell);
        var completed = new RunRecord { Sync = "people", RunId = "2", State = RunState.Completed };
        AlertRules.Move(alert, failed, AlertRules.Judge(alert, completed, After()), Now, out tell);
        Assert.Equal(["recovered"], tell);
    }

    [Theory]
    [InlineData(-24.01, true)]
    [InlineData(-23.99, false)]
    public void Success_is_missed_after_its_hours(double hours, bool missed)
    {
        Assert.Equal(missed, AlertRules.IsOverdue(Alert(), Now.AddHours(hours), Now.AddDays(-9), Now));
        Assert.Equal(missed, AlertRules.IsOverdue(Alert(), null, Now.AddHours(hours), Now));
    }

    [Fact]
    public void Unknown_ids_an_empty_model_and_another_health_are_told_once_a_streak()
    {
        var alert = Alert() with { On = ["not_found_share", "empty_read", "health_changed"] };
        var state = State();
        var many = new Standing { InStep = 1, NotFound = 99 };
        Assert.Equal("", Step(After() with { Standing = new Standing { InStep = 10, NotFound = 90 } }, Health.Healthy));
        Assert.Equal("not_found_share health_changed", Step(After() with { Standing = many }, Health.Failing));
        Assert.Equal("", Step(After() with { Standing = many }, Health.Failing));
        Assert.Equal("", Step(After() with { Standing = many }, Health.Idle));
        Assert.Equal("empty_read", Step(After() with { Standing = many, EmptySince = Now }, Health.Failing));
        Assert.Equal("health_changed", Step(After(), Health.Degraded));
        Assert.Equal("health_changed", Step(After(), Health.Healthy));
        Assert.Equal("", Step(After(), Health.Healthy));

        string Step(Checkpoint after, Health health)
        {
            var run = new RunRecord { Sync = "people", RunId = "people-1", State = RunState.Completed };
            state = AlertRules.Move(alert, state, AlertRules.Judge(alert, run, after), Now, out var tell, health);
            return string.Join(' ', tell);
        }
    }

    [Fact]
    public void Drift_is_told_by_the_run_that_found_it_until_a_comparison_finds_none()
    {
        var alert = Alert() with { On = ["drift"] };
        var state = State();
        Assert.Equal("drift", Step("people-1", new Verified(Now, "people-1", 10, 9, 1, Repaired: true)));
        // A run that did not compare, or could not, says nothing of it.
        Assert.Equal("", Step("people-2", new Verified(Now, "people-1", 10, 9, 1, Repaired: true)));
        Assert.Equal("", Step("people-3", new Verified(Now, "people-3", 10, 9, 1, Repaired: true)));
        Assert.Equal("", Step("people-4", new Verified(Now, "people-4", 10, 10, 0, Repaired: false)));
        Assert.Equal("drift", Step("people-5", new Verified(Now, "people-5", 10, 8, 2, Repaired: false)));

        string Step(string id, Verified verified)
        {
            var run = new RunRecord { Sync = "people", RunId = id, State = RunState.Completed };
            state = AlertRules.Move(alert, state, AlertRules.Judge(alert, run, After() with { Verified = verified }), Now, out var tell);
            return string.Join(' ', tell);
        }
    }

    private static Checkpoint After() => new() { Sync = "people", Seeds = HashSeeds.Random() };

    private static AlertState State() => new() { Alert = "team", Sync = "people" };

    private static AlertDefinition Alert() => new()
    {
        Name = "team",
        Url = new SecretText("http://127.0.0.1"),
        On = ["run_failed", "limit_hit", "no_success", "rejected_share", "invalid_share", "recovered"],
    };
}
