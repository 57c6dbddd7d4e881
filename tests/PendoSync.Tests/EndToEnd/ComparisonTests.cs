using System.Text.Json.Nodes;
using PendoSimulator.Faults;
using PendoSync.Basics;
using PendoSync.Reports;

namespace PendoSync.Tests.EndToEnd;

public sealed class ComparisonTests
{
    public static TheoryData<string, string> Forms() => new()
    {
        { "aggregationTimes", "milliseconds" }, { "aggregationTimes", "text" }, { "aggregationNullsShown", "true" },
        { "aggregationOrder", "bytes" }, { "aggregationOrder", "ignore_case" }, { "maxAggregationBytes", "900" },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task What_was_sent_is_equal_in_whatever_form_Pendo_shows_it(string option, string value)
    {
        await using var world = await ComparedVisitors.StartAsync(100);
        world.Execute("insert into visitors(id, plan) values ('V-0001', 'x'), ('ﬀ', 'x'), ('😀', 'x'), ('q\"uote\\', 'x'), ('é', 'x')");
        await world.RunAsync(ComparedVisitors.Sync);
        await world.SwitchAsync((option, value is "true" ? true : int.TryParse(value, out var number) ? number : value));
        var found = await world.CompareAsync(ComparedVisitors.Sync);
        Assert.Equal((105, 105, 0, 0, 0, 0), Numbers(found));
    }

    [Theory]
    [InlineData("milliseconds")]
    [InlineData("text")]
    public async Task Plan_and_run_name_no_field_that_a_comparison_finds_equal(string times)
    {
        await using var world = await ComparedVisitors.StartAsync(30);
        await world.RunAsync(ComparedVisitors.Sync);
        await world.SwitchAsync(("recordTimes", times));
        // As somebody else would write them: the same numbers and instants otherwise.
        await world.SetAsync("v-0001", """{"score":0.2250E0,"renewal":"2023-11-14T21:13:20.251Z"}""");
        world.Execute("update visitors set plan = 'new' where id <= 'v-0003'");
        var found = await world.CompareAsync(ComparedVisitors.Sync);
        Assert.Equal([("plan", 3L)], found.ByField.Select(f => (f.Key, f.Value)));
        Assert.Equal(found.Sample.Select(s => (s.Key, s.Field)),
            (await world.PlanAsync(ComparedVisitors.Sync)).Sample.Select(s => (s.Key, s.Field)).Order());
        var changed = (await world.RunAsync(ComparedVisitors.Sync)).ChangedFields!;
        Assert.Equal((3, "plan 3"), (changed.Compared, string.Join(", ", changed.Fields.Select(f => $"{f.Field} {f.Records}"))));
    }

    [Fact]
    public async Task Differences_are_named_by_field_with_both_values_and_by_what_the_next_run_does()
    {
        await using var world = await ComparedVisitors.StartAsync(60, "limits: { max_invalid_percent: 100 }");
        world.Execute("insert into visitors values ('', 'bad', 1, 1, 1, null)");
        await world.RunAsync(ComparedVisitors.Sync);
        world.Clock.Ahead = TimeSpan.FromHours(2);
        await world.SetAsync("v-0001", """{"plan":"theirs"}""");
        await world.SetAsync("v-0002", """{"seats":7,"renewal":"2020-01-01T00:00:00Z"}""");
        await world.SetAsync("v-0003", """{"score":null}""");
        // Null in the warehouse, and nulls are skipped: whatever Pendo holds is right.
        await world.SetAsync("v-0005", """{"plan":"only theirs"}""");
        await world.SetAsync("theirs", """{"plan":"x"}""");
        world.Execute("update visitors set plan = 'ours' where id = 'v-0001'; insert into visitors(id, plan) values ('v-new', 'x')");
        var found = await world.CompareAsync(ComparedVisitors.Sync);
        Assert.Equal(((60, 57, 3, 1, 1, 0), 1), (Numbers(found), found.Invalid));
        Assert.Equal([("plan", 1L), ("renewal", 1), ("score", 1), ("seats", 1)],
            found.ByField.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => (f.Key, f.Value)));
        Assert.Equal((2, 2, 2), (found.NextRunMends, found.NextRunLeaves, found.Drifted));
        var plan = Assert.Single(found.Sample, s => s.Field == "plan");
        Assert.Equal(("v-0001", "\"ours\"", "\"theirs\""), (plan.Key, plan.Warehouse?.GetRawText(), plan.Pendo?.GetRawText()));
        Assert.Null(Assert.Single(found.Sample, s => s.Field == "score").Pendo);
    }

    [Fact]
    public async Task Names_in_another_case_and_fields_that_need_no_select_are_found()
    {
        await using var world = await ComparedVisitors.StartAsync(20);
        await world.SwitchAsync(("fieldNamesIgnoreCase", true));
        world.Sync(ComparedVisitors.Sync, ComparedVisitors.Definition.Replace("plan: plan", "PLAN: plan", StringComparison.Ordinal));
        await world.RunAsync(ComparedVisitors.Sync);
        Assert.Equal(20, (await world.CompareAsync(ComparedVisitors.Sync)).Equal);
        // A name that could be read as an expression: rows are asked for whole.
        await world.Simulator.Control.ChangeSchemaAsync(new([new("visitor", "custom", "a-b", "string")], []));
        world.Execute("alter table visitors add column \"a-b\" text; update visitors set \"a-b\" = 'x'");
        world.Sync(ComparedVisitors.Sync, """
            model: visitors
            object: visitor
            behavior: update_or_create
            key: id
            fields: "*"
            """);
        await world.RunAsync(ComparedVisitors.Sync);
        Assert.Equal(20, (await world.CompareAsync(ComparedVisitors.Sync)).Equal);
    }

    public static TheoryData<FaultAction, int> PassingFaults() => new()
    {
        { FaultAction.Status, 500 }, { FaultAction.Status, 408 }, { FaultAction.Status, 429 }, { FaultAction.Status, 503 },
        { FaultAction.Truncate, 0 }, { FaultAction.Html, 0 }, { FaultAction.Reset, 0 }, { FaultAction.RowsDisordered, 0 },
        { FaultAction.RowsRepeated, 0 }, { FaultAction.RowsLost, 1 }, { FaultAction.RowsLost, 99 }, { FaultAction.Drip, 0 },
    };

    [Theory]
    [MemberData(nameof(PassingFaults))]
    public async Task Fault_that_passes_changes_nothing_of_what_is_found(FaultAction action, int number)
    {
        await using var world = await ComparedVisitors.StartAsync(50);
        await world.RunAsync(ComparedVisitors.Sync);
        await world.SetAsync("v-0011", """{"plan":"theirs"}""");
        foreach (var at in new[] { 1, 4, 9, 12 })
            await world.Simulator.Control.AddFaultsAsync(new FaultRule
            {
                Endpoint = "aggregation",
                Action = action,
                Nth = at,
                Status = action == FaultAction.Status ? number : null,
                RetryAfter = number == 429 ? "0" : null,
                Count = Math.Max(1, action == FaultAction.RowsLost ? number : 1),
                Bytes = action == FaultAction.Drip ? 200 : null,
                Milliseconds = action == FaultAction.Drip ? 1 : null,
            });
        var found = await world.CompareAsync(ComparedVisitors.Sync);
        Assert.Equal((50, 49, 1, 0, 0, 0), Numbers(found));
    }

    public static TheoryData<FaultAction, string?> LastingFaults() => new()
    {
        { FaultAction.Status, null }, { FaultAction.Truncate, null }, { FaultAction.Html, null }, { FaultAction.RowsDisordered, null },
        { FaultAction.RowsRepeated, null }, { FaultAction.Status, "{}" }, { FaultAction.Status, "[]" },
        { FaultAction.Status, """{"results":{}}""" }, { FaultAction.Status, """{"results":[{"f0":"x"}]}""" },
        { FaultAction.Status, """{"results":[{"id":"a"},{"id":"a"}]}""" }, { FaultAction.Status, """{"results":[{"id":"\ud800"}]}""" },
        { FaultAction.Status, """{"results":[{"id":"z"},{"id":"a"}]}""" }, { FaultAction.Status, """{"results":[]} x""" },
    };

    [Theory]
    [MemberData(nameof(LastingFaults))]
    public async Task Fault_that_stays_says_nothing_of_any_record_and_takes_and_sends_nothing(FaultAction action, string? body)
    {
        await using var world = await ComparedVisitors.StartAsync(30, "start: adopt");
        await world.SetAsync("v-0010", """{"plan":"theirs"}""");
        await world.SetAsync("v-0011", """{"plan":"theirs"}""");
        await world.Simulator.Control.AddFaultsAsync(new FaultRule
        {
            Endpoint = "aggregation",
            Action = action,
            Status = action != FaultAction.Status ? null : body is null ? 500 : 200,
            Body = body,
        });
        await Assert.ThrowsAsync<ProblemException>(() => world.CompareAsync(ComparedVisitors.Sync));
        await Assert.ThrowsAsync<ProblemException>(() => world.AdoptAsync(ComparedVisitors.Sync));
        await world.Simulator.Control.ResetAsync(new(Records: false, Faults: false, Schema: false));
        Assert.Equal(PendoSync.State.RunState.Failed, (await world.RunAsync(ComparedVisitors.Sync)).State);
        Assert.Equal(0, await world.SentAsync());
        Assert.Null((await world.CheckpointAsync(ComparedVisitors.Sync)).AdoptedAt);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(6)]
    public async Task End_that_Pendo_says_once_only_is_none(int nth)
    {
        await using var world = await ComparedVisitors.StartAsync(50);
        await world.RunAsync(ComparedVisitors.Sync);
        await world.Simulator.Control.AddFaultsAsync(new FaultRule
        {
            Endpoint = "aggregation",
            Action = FaultAction.Status,
            Status = 200,
            Body = """{"results":[]}""",
            Nth = nth,
        });
        Assert.Equal((50, 0, 0), (await world.CompareAsync(ComparedVisitors.Sync)) is var found
            ? (found.Equal, found.OnlyWarehouse, found.Unsettled) : default);
    }

    [Fact]
    public async Task Pages_become_smaller_when_Pendo_has_no_time()
    {
        await using var world = await ComparedVisitors.StartAsync(400);
        world.Options = world.Options with { PendoPage = 400 };
        await world.RunAsync(ComparedVisitors.Sync);
        await world.SwitchAsync(("maxAggregationRows", 60));
        Assert.Equal(400, (await world.CompareAsync(ComparedVisitors.Sync)).Equal);
        Assert.Equal(3, (await world.Simulator.Control.CallsAsync(10_000)).Count(c => c is { Endpoint: "aggregation", Status: 408 }));
    }

    [Fact]
    public async Task Events_cannot_be_compared_and_a_missing_field_is_named()
    {
        await using var world = await ComparedVisitors.StartAsync(1);
        world.Sync(ComparedVisitors.Sync, ComparedVisitors.Definition.Replace("plan: plan", "chairs: plan", StringComparison.Ordinal));
        var problem = await Assert.ThrowsAsync<ProblemException>(() => world.CompareAsync(ComparedVisitors.Sync));
        Assert.Contains("chairs", problem.Problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_keep_the_rate_of_the_connection()
    {
        await using var world = await ComparedVisitors.StartAsync(100);
        await world.RunAsync(ComparedVisitors.Sync);
        world.CallsPerSecond = 20;
        var before = DateTimeOffset.UtcNow;
        var found = await world.CompareAsync(ComparedVisitors.Sync);
        Assert.True(DateTimeOffset.UtcNow - before > TimeSpan.FromSeconds((found.Calls - 1) / 20.0 * 0.9), $"{found.Calls} calls");
    }

    private static (long InBoth, long Equal, long Different, long OnlyWarehouse, long OnlyPendo, long Unsettled) Numbers(
        SyncComparison found) =>
        (found.InBoth, found.Equal, found.Different, found.OnlyWarehouse, found.OnlyPendo, found.Unsettled);
}
