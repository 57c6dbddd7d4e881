using PendoSync.Definitions;
using PendoSync.Runs;
using PendoSync.State;
using PendoSync.Values;

namespace PendoSync.Tests.Runs;

public sealed class HealthJudgeTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    // in step, not found, rejected, given up, invalid -> health
    [InlineData(100, 0, 0, 0, 0, Health.Healthy)]
    [InlineData(10, 90, 0, 0, 0, Health.Healthy)]
    [InlineData(9, 91, 0, 0, 0, Health.Failing)]
    [InlineData(0, 99, 0, 0, 0, Health.Healthy)]
    [InlineData(991, 0, 9, 0, 0, Health.Healthy)]
    [InlineData(990, 0, 10, 0, 0, Health.Degraded)]
    [InlineData(990, 0, 0, 0, 10, Health.Degraded)]
    [InlineData(985, 0, 5, 0, 5, Health.Degraded)]
    [InlineData(9999, 0, 0, 1, 0, Health.Degraded)]
    [InlineData(79, 0, 21, 0, 0, Health.Failing)]
    [InlineData(79, 0, 0, 0, 21, Health.Failing)]
    [InlineData(0, 0, 9, 0, 9, Health.Degraded)]
    [InlineData(0, 0, 0, 0, 0, Health.Healthy)]
    public void Shares_of_all_keys_are_judged_from_enough_records_on(long inStep, long notFound, long rejected, long givenUp, long invalid,
        Health expected)
    {
        var health = HealthJudge.Of(Sync(), At() with
        {
            Standing = new Standing { InStep = inStep, NotFound = notFound, Rejected = rejected, GivenUp = givenUp, Invalid = invalid },
        });
        Assert.Equal((expected, expected == Health.Healthy, expected == Health.Healthy), (health.Health, health.Reason is null,
            health.Fix is null));
    }

    [Theory]
    [InlineData(44, false)]
    [InlineData(46, true)]
    public void Nothing_for_three_intervals_is_failing_and_progress_counts(int minutes, bool failing)
    {
        var every = Sync() with { Schedule = new Schedule { Every = TimeSpan.FromMinutes(15) } };
        var cron = Sync() with { Schedule = new Schedule { Cron = "0 */15 * * * *" } };
        var late = At() with { LastSuccess = Now.AddDays(-1), LastProgress = Now.AddMinutes(-minutes) };
        Assert.Equal(failing ? Health.Failing : Health.Healthy, HealthJudge.Of(every, late).Health);
        Assert.Equal(Health.Healthy, HealthJudge.Of(cron, late with { LastProgress = Now.AddMinutes(-45) }).Health);
        Assert.Equal(Health.Failing, HealthJudge.Of(cron, late with { LastProgress = Now.AddMinutes(-61) }).Health);
        Assert.Equal(Health.Healthy, HealthJudge.Of(Sync(), late).Health);
        Assert.Equal(Health.Healthy, HealthJudge.Of(every, late with
        {
            Active = new ActiveRun { RunId = "people-1", Since = Now.AddMinutes(-5) },
        }).Health);
    }

    [Fact]
    public void A_paused_sync_is_idle_and_keeps_what_was_wrong_and_a_broken_definition_is_failing_with_its_place()
    {
        var trouble = At() with { Trouble = new HealthReport(Health.Failing, "the table is gone", "Put it back."), Paused = true };
        Assert.Equal(new HealthReport(Health.Idle, "paused while failing: the table is gone", "Put it back."), HealthJudge.Of(Sync(),
            trouble));
        Assert.Equal(new HealthReport(Health.Idle, "paused"), HealthJudge.Of(Sync() with { Paused = true }, At()));
        Assert.Equal(Health.Failing, HealthJudge.Of(Sync(), trouble with { Paused = false }).Health);
        var broken = HealthJudge.Of(null, At(), new Problem(ProblemKind.Configuration, "it is wrong", "syncs/people.yaml:3:1", "Mend it."));
        Assert.Equal(new HealthReport(Health.Failing, "syncs/people.yaml:3:1: it is wrong", "Mend it."), broken);
    }

    [Fact]
    public void A_cancelled_run_says_nothing_and_a_success_ends_the_trouble()
    {
        var failed = Active().Stop("people-1", null, RunState.Failed, problem: new Problem(ProblemKind.Connection, "away"))!;
        Assert.Equal("away", failed.Trouble?.Reason);
        var again = failed with { Active = Active().Active };
        Assert.Equal("away", again.Stop("people-1", null, RunState.Cancelled, problem: new Problem(ProblemKind.Conflict, "cancelled"))!
            .Trouble?.Reason);
        Assert.Null(again.End(RunState.Completed, null, null)!.Trouble);
    }

    private static Checkpoint Active() => At() with { Active = new ActiveRun { RunId = "people-1", State = ActiveState.Delivering } };

    private static Checkpoint At() => new()
    {
        Sync = "people",
        Seeds = HashSeeds.Random(),
        ReadAt = Now,
        LastSuccess = Now.AddMinutes(-1),
        LastProgress = Now.AddMinutes(-1),
    };

    private static SyncDefinition Sync() => new()
    {
        Name = "people",
        File = "syncs/people.yaml",
        Warehouse = "w",
        Model = new Model { Table = "people" },
        Pendo = "p",
        Object = PendoObject.Visitor,
        Behavior = Behavior.UpdateOnly,
        Key = "id",
        Hash = "",
    };
}
