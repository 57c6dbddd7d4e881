using PendoSync.Definitions;
using PendoSync.Runs;
using PendoSync.State;
using PendoSync.Tests.Records;
using PendoSync.Values;

namespace PendoSync.Tests.Runs;

/// <summary>A limit holds up to its percentage, is judged from enough records on, and says what broke it.</summary>
public sealed class LimitJudgeTests
{
    private static readonly SyncDefinition _sync = TestSyncs.Visitors with { Name = "s", Limits = new Limits { MaxChangedPercent = 50 } };

    [Theory]
    [InlineData(20, 100, null)]
    [InlineData(21, 100, "21 of 100 rows are invalid (21 %, allowed are 20 %)")]
    [InlineData(99, 99, null)]
    public void Invalid_rows_are_judged_over_all_rows(long invalid, long read, string? expected) =>
        Says(expected, LimitJudge.Invalid(_sync, invalid, read), "max_invalid_percent");

    [Theory]
    [InlineData(50, 100, 100, null)]
    [InlineData(51, 100, 100, "51 records would change, 51 % of the 100 in the snapshot (allowed are 50 %); nothing was sent")]
    [InlineData(99, 99, 100, null)]
    [InlineData(2, 100, 3, "2 records would change, 66.7 % of the 3 in the snapshot (allowed are 50 %); nothing was sent")]
    [InlineData(100, 100, 0, null)]
    public void Changes_are_judged_against_the_snapshot(long changed, long read, long snapshot, string? expected)
    {
        Says(expected, LimitJudge.Changed(_sync, changed, read, snapshot), "max_changed_percent");
        Assert.Null(LimitJudge.Changed(_sync with { Limits = new Limits() }, 500, read, snapshot));
    }

    [Theory]
    [InlineData(50.0, 1, true, true)]
    [InlineData(100.0, 1, true, false)]
    [InlineData(50.0, 0, true, false)]
    [InlineData(50.0, 1, false, false)]
    public void Changes_are_counted_first_where_something_is_known_of_a_whole_read(double most, long snapshot, bool full, bool expected)
    {
        var checkpoint = new Checkpoint { Sync = "s", Seeds = HashSeeds.Random(), LastFull = full ? DateTimeOffset.UnixEpoch : null };
        var sync = _sync with { Limits = new Limits { MaxChangedPercent = most } };
        Assert.Equal(expected, LimitJudge.GuardsChanges(sync, checkpoint, snapshot));
    }

    [Theory]
    [InlineData(80, 20, null)]
    [InlineData(79, 21, "Pendo rejected 21 of 100 delivered records (21 %, allowed are 20 %)")]
    [InlineData(0, 99, null)]
    public void Refusals_are_judged_over_what_was_delivered(long accepted, long rejected, string? expected) =>
        Says(expected, LimitJudge.Rejected(_sync, new RunCounts { Accepted = accepted, Rejected = rejected }), "max_rejected_percent");

    [Theory]
    [InlineData(100, 900, 0, 0, null, "")]
    [InlineData(99, 901, 0, 0, "901 of 1,000 ids are unknown to Pendo (90.1 %, allowed are 90 %)", "max_not_found_percent")]
    [InlineData(4799, 0, 1201, 0, "Pendo rejected 1,201 of 6,000 records (20 %, allowed are 20 %)", "max_rejected_percent")]
    [InlineData(800, 0, 200, 0, null, "")]
    [InlineData(800, 0, 0, 200, null, "")]
    [InlineData(3999, 0, 0, 1001, "1,001 of 5,000 rows are invalid (20 %, allowed are 20 %)", "max_invalid_percent")]
    [InlineData(0, 0, 0, 99, null, "")]
    public void All_keys_are_judged_by_each_limit(long inStep, long notFound, long rejected, long invalid, string? expected,
        string limit) =>
        Says(expected, LimitJudge.Standing(_sync,
            new Standing { InStep = inStep, NotFound = notFound, Rejected = rejected, Invalid = invalid }), limit);

    private static void Says(string? expected, Problem? problem, string limit)
    {
        Assert.Equal(expected, problem?.Message);
        if (problem is null)
            return;
        Assert.Equal((ProblemKind.Limit, "sync 's'"), (problem.Kind, problem.Place));
        Assert.Contains("limits." + limit, problem.Fix);
        Assert.Contains(" s`", problem.Fix);
    }
}
