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
    public void What_is_wrong_is_said_in_numbers_and_with_what_to_do()
    {
        Says("5 rejected, 5 invalid, 5 given up of 1,000 rows (1.5 %)", "pendosync problems people",
            At() with { Standing = new Standing { InStep = 985, Rejected = 5, Invalid = 5, GivenUp = 5 } });
        Says("20 invalid of 1,020 rows (1.96 %)", "pendosync problems people",
            At() with { Standing = new Standing { InStep = 1000, Invalid = 20 } });
        Assert.Equal("20 invalid of 1,020 rows (1.96 %)", HealthJudge.Of(Sync(), At() with
        {
            Standing = new Standing { InStep = 1000, Invalid = 20 },
        }).Reason);
        Assert.Equal("20 rejected of 1,020 rows (1.96 %)", HealthJudge.Of(Sync(), At() with
        {
            Standing = new Standing { InStep = 1000, Rejected = 20 },
        }).Reason);
        Says("the model's SQL returns no rows since 2026-03-01 11:00Z, and had rows before", "allow_empty: true",
            At() with { EmptySince = Now.AddHours(-1) }, Sync() with { Model = new Model { Sql = "select 1" } });
        Says("no run has succeeded since 2026-02-28 12:00Z, for more than 3 intervals of its schedule", "pendosync runs people",
            At() with { LastProgress = Now.AddDays(-1) }, Sync() with { Schedule = new Schedule { Every = TimeSpan.FromMinutes(15) } });
        Says("Pendo holds 1,234 records otherwise than it accepted them, as of 2026-03-01 12:00Z", "pendosync compare people",
            At() with { Verified = new Verified(Now, null, 5000, 3766, 1234, Repaired: false) },
            Sync() with { VerifyEvery = TimeSpan.FromDays(1) });
        Assert.Equal(new HealthReport(Health.Idle, "no run of it has ended yet"), HealthJudge.Of(Sync(), At() with { LastSuccess = null }));
        Assert.Equal(new HealthReport(Health.Failing, "its definition cannot be loaded", "Look at `pendosync validate`."),
            HealthJudge.Of(null, At()));

        void Says(string reason, string fix, Checkpoint now, SyncDefinition? sync = null)
        {
            var health = HealthJudge.Of(sync ?? Sync(), now);
            Assert.Contains(reason, health.Reason);
            Assert.Contains(fix, health.Fix);
        }
    }

    [Fact]
    public void Events_without_an_answer_are_told_until_a_run_succeeds_and_a_schedule_has_its_zone()
    {
        var trouble = new HealthReport(Health.Degraded, "5 events were sent without an answer", "Look.");
        Assert.Equal(trouble, HealthJudge.Of(Sync(), At() with { Trouble = trouble }));

        // Half past twelve in Berlin is over at noon in London; the third of them since the last progress.
        var daily = Sync() with { Schedule = new Schedule { Cron = "0 30 12 * * *" } };
        var late = At() with { LastProgress = new DateTimeOffset(2026, 2, 26, 12, 45, 0, TimeSpan.Zero) };
        Assert.Equal(Health.Healthy, HealthJudge.Of(daily, late).Health);
        Assert.Equal(Health.Failing, HealthJudge.Of(daily with { TimeZone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin") }, late)
            .Health);
    }

    [Fact]
    public void What_needs_no_attention_is_healthy()
    {
        var empty = At() with { EmptySince = Now.AddHours(-1) };
        Assert.Equal(Health.Healthy, HealthJudge.Of(Sync() with { Model = new Model { Table = "t", AllowEmpty = true } }, empty).Health);
        var drifted = At() with { Verified = new Verified(Now, null, 10, 9, 1, Repaired: false) };
        var verifies = Sync() with { VerifyEvery = TimeSpan.FromDays(1) };
        Assert.Equal(Health.Degraded, HealthJudge.Of(verifies, drifted).Health);
        Assert.Equal(Health.Healthy, HealthJudge.Of(Sync(), drifted).Health);
        foreach (var mended in new[] { drifted.Verified! with { Repaired = true }, drifted.Verified! with { Drifted = 0 } })
            Assert.Equal(Health.Healthy, HealthJudge.Of(verifies, drifted with { Verified = mended }).Health);
    }

    [Fact]
    public void A_run_at_work_has_half_an_hour_and_a_sync_that_never_ran_is_not_overdue()
    {
        var every = Sync() with { Schedule = new Schedule { Every = TimeSpan.FromMinutes(15) } };
        var late = At() with { LastSuccess = Now.AddDays(-1), LastProgress = null };
        Assert.Equal(Health.Failing, HealthJudge.Of(every, late).Health);
        Assert.Equal(Health.Healthy, HealthJudge.Of(every, Since(30)).Health);
        Assert.Equal(Health.Failing, HealthJudge.Of(every, Since(31)).Health);
        var never = At() with { LastSuccess = null, LastProgress = null, Standing = new Standing { InStep = 1 } };
        Assert.Equal(Health.Healthy, HealthJudge.Of(every, never).Health);

        Checkpoint Since(int minutes) => late with { Active = new ActiveRun { RunId = "people-1", Since = Now.AddMinutes(-minutes) } };
    }

    [Fact]
    public void Trouble_of_a_run_is_its_problem_or_events_that_nobody_knows_of()
    {
        Assert.Equal(new HealthReport(Health.Failing, "away", "Wait."),
            HealthJudge.TroubleOf(new RunCounts { Unknown = 1 }, new Problem(ProblemKind.Connection, "away", "w", "Wait.")));
        Assert.Equal(new HealthReport(Health.Degraded, "1,200 events were sent without an answer",
            "Whether they arrived Pendo does not tell; `delivery` says whether they are sent again."),
            HealthJudge.TroubleOf(new RunCounts { Unknown = 1200 }, null));
        Assert.Null(HealthJudge.TroubleOf(new RunCounts { Rejected = 5 }, null));
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
