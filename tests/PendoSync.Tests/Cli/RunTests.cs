using System.Text.Json;
using PendoSimulator.Faults;

namespace PendoSync.Tests.Cli;

public sealed class RunTests
{
    private static readonly string[] _counts =
        ["read", "invalid", "unchanged", "waiting", "planned", "accepted", "not_found", "rejected", "unknown", "given_up",
            "cancelled", "calls", "seconds"];

    [Fact]
    public async Task Run_sends_everything_then_nothing_then_what_changed()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 250);
        var first = (await world.RunAsync("run", "visitors", "--json")).Ended(0).Run;
        Assert.Equal(("completed", 250, 250, 3),
            (Text(first, "state"), Number(first, "read"), Number(first, "accepted"), Number(first, "calls")));
        Assert.Equal(JsonValueKind.Null, first.GetProperty("error").ValueKind);
        AssertComplete(first);
        var second = (await world.RunAsync("run", "--json")).Ended(0).Run;
        Assert.Equal((250, 0, 0), (Number(second, "unchanged"), Number(second, "planned"), Number(second, "calls")));
        world.Execute("update visitors set seats = seats + 1 where rowid % 100 = 0");
        var third = await world.RunAsync("run", "visitors");
        third.Ended(0);
        Assert.Matches(@"(?m)^  accepted +2$", third.Output);
        Assert.Matches(@"(?m)^  unchanged +248$", third.Output);
        Assert.Contains("/s/<your_pendo_id>/visitor/v-00", third.Output, StringComparison.Ordinal);
        Assert.Contains("hidden from Pendo's reports until they have real usage", third.Output, StringComparison.Ordinal);
        Assert.Contains("visitors: started", third.Error, StringComparison.Ordinal);
        Assert.Equal(250, (await world.Pendo.Control.StateAsync()).Records["visitor"]);
    }

    [Fact]
    public async Task Limit_and_key_narrow_a_run_and_the_next_one_sends_the_rest()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 250);
        var limited = (await world.RunAsync("run", "visitors", "--limit", "150", "--json")).Ended(0).Run;
        Assert.Equal(("partial", 150, 150), (Text(limited, "state"), Number(limited, "planned"), Number(limited, "accepted")));
        var one = (await world.RunAsync("run", "visitors", "--key", "v-00200", "--json")).Ended(0).Run;
        Assert.Equal((1, 1), (Number(one, "read"), Number(one, "accepted")));
        var again = (await world.RunAsync("run", "visitors", "--key", "v-00200", "--full", "--json")).Ended(0).Run;
        Assert.Equal((1, 0), (Number(again, "accepted"), Number(again, "unchanged")));
        var rest = (await world.RunAsync("run", "visitors", "--json")).Ended(0).Run;
        Assert.Equal(("completed", 151, 99), (Text(rest, "state"), Number(rest, "unchanged"), Number(rest, "accepted")));
        var full = (await world.RunAsync("run", "visitors", "--full", "--json")).Ended(0).Run;
        Assert.Equal((250, 0), (Number(full, "accepted"), Number(full, "unchanged")));
    }

    [Fact]
    public async Task A_narrowed_run_says_what_it_did_not_find_and_what_it_did_not_clear()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 20);
        (await world.RunAsync("run")).Ended(0);
        Assert.Equal(["The model has no row whose visitor_id is the given key."],
            Notices((await world.RunAsync("run", "visitors", "--key", "nobody", "--json")).Ended(0).Run));
        world.Execute("update visitors set plan = null, seats = seats + 100");
        const string NotCleared = " values of changed records are null and are not cleared in Pendo (when_null: skip).";
        Assert.Equal([3 + NotCleared], Notices((await world.RunAsync("run", "visitors", "--limit", "3", "--json")).Ended(0).Run));
        Assert.Equal([1 + NotCleared], Notices((await world.RunAsync("run", "visitors", "--key", "v-00020", "--json")).Ended(0).Run));
        Assert.Equal([16 + NotCleared], Notices((await world.RunAsync("run", "visitors", "--json")).Ended(0).Run));

        static IEnumerable<string> Notices(JsonElement run) => run.GetProperty("notices").EnumerateArray().Select(n => n.GetString()!);
    }

    [Fact]
    public async Task Run_exits_with_2_for_configuration_and_answers_for_every_named_sync()
    {
        await using var world = await CliWorld.CreateAsync();
        var unknown = (await world.RunAsync("run", "visitors", "visitor", "--json")).Ended(2);
        var runs = unknown.Json.GetProperty("runs").EnumerateArray().ToList();
        Assert.Equal(["visitors", "visitor"], runs.Select(r => Text(r, "sync")));
        Assert.Equal(["completed", "failed"], runs.Select(r => Text(r, "state")));
        Assert.Equal("configuration", Text(runs[1].GetProperty("error"), "kind"));
        runs.ForEach(AssertComplete);

        world.Edit("syncs/visitors.yaml", "plan: plan", "plan: nowhere");
        var column = (await world.RunAsync("run", "visitors", "--json")).Ended(2).Run;
        Assert.Contains("nowhere", Text(column.GetProperty("error"), "message"), StringComparison.Ordinal);
        Assert.NotEqual("", Text(column.GetProperty("error"), "fix"));

        world.Edit("syncs/visitors.yaml", "behavior:", "behaviour:");
        var invalid = (await world.RunAsync("run", "visitors", "--json")).Ended(2).Run;
        AssertComplete(invalid);
        Assert.Contains("syncs/visitors.yaml:", Text(invalid.GetProperty("error"), "place"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_exits_with_3_when_Pendo_or_the_state_cannot_be_reached_and_2_when_the_key_is_refused()
    {
        await using var world = await CliWorld.CreateAsync();
        var state = (await world.RunAsync("run", "visitors", "--state", "/proc/nowhere/state.db", "--json")).Ended(3).Run;
        Assert.Equal("state", Text(state.GetProperty("error"), "kind"));
        world.WriteConnections(new Uri("http://127.0.0.1:9"));
        var away = (await world.RunAsync("run", "visitors", "--json")).Ended(3).Run;
        Assert.Equal("connection", Text(away.GetProperty("error"), "kind"));
        Assert.Contains("start `pendosync simulate --port 9` first", Text(away.GetProperty("error"), "fix"), StringComparison.Ordinal);
        world.WriteConnections(world.Pendo.BaseAddress, "${secret:not-there}");
        var secret = (await world.RunAsync("run", "visitors", "--json")).Ended(2).Run;
        Assert.Contains("NOT_THERE", Text(secret.GetProperty("error"), "fix"), StringComparison.Ordinal);
        world.WriteConnections(world.Pendo.BaseAddress);
        world.Write(".env", "PENDO_KEY=wrong\nTRACK_SECRET=demo-secret\n");
        var refused = (await world.RunAsync("run", "visitors", "--json")).Ended(2).Run;
        Assert.Contains("Pendo refused the key", Text(refused.GetProperty("error"), "message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_exits_with_1_when_a_limit_stops_it_and_says_the_limit()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 400);
        world.Execute("update visitors set seats = 'many' where rowid % 2 = 0");
        var run = (await world.RunAsync("run", "--json")).Ended(1).Run;
        Assert.Equal(("stopped", "limit"), (Text(run, "state"), Text(run.GetProperty("error"), "kind")));
        Assert.Contains("max_invalid_percent", Text(run.GetProperty("error"), "fix"), StringComparison.Ordinal);
        AssertComplete(run);
    }

    [Fact]
    public async Task Refused_records_are_reported_with_their_reason_and_do_not_fail_the_run()
    {
        await using var world = await CliWorld.CreateAsync();
        await world.Pendo.Control.AddFaultsAsync(new FaultRule
        {
            Endpoint = "value_bulk",
            Action = FaultAction.RecordError,
            RecordIds = ["v-00007"],
            Error = "plan is frozen"
        });
        world.Execute("insert into visitors values (null, 'pro', 1), ('v-00001', 'pro', 1), ('v-text', 'pro', 'many')");
        var run = (await world.RunAsync("run", "visitors")).Ended(0);
        Assert.Contains("plan is frozen", run.Output, StringComparison.Ordinal);
        Assert.Contains("the key is null", run.Output, StringComparison.Ordinal);
        var page = (await world.RunAsync("problems", "visitors", "--json", "--limit", "3")).Ended(0).Json;
        Assert.Equal(4, page.GetProperty("total").GetInt64());
        Assert.Equal(3, page.GetProperty("items").GetArrayLength());
        var rest = (await world.RunAsync("problems", "visitors", "--json", "--after", Text(page, "next"))).Ended(0).Json;
        Assert.Equal(JsonValueKind.Null, rest.GetProperty("next").ValueKind);
        var items = page.GetProperty("items").EnumerateArray().Concat(rest.GetProperty("items").EnumerateArray()).ToList();
        Assert.Equal(["invalid", "invalid", "invalid", "rejected"], items.Select(i => Text(i, "outcome")).Order(StringComparer.Ordinal));
        var refused = items.Single(i => Text(i, "outcome") == "rejected");
        Assert.Equal("v-00007", Text(refused, "key"));
        Assert.All(["tries", "first", "last", "next_due", "rule", "reason"], name =>
            Assert.True(refused.TryGetProperty(name, out _), name));
        var found = (await world.RunAsync("rejected", "visitors", "--json", "--search", "FROZEN")).Ended(0).Json;
        Assert.Equal(1, found.GetProperty("total").GetInt64());
        Assert.Equal("v-00007", Text(found.GetProperty("items")[0], "key"));
        var groups = page.GetProperty("groups").EnumerateArray().ToList();
        Assert.Equal(["not_a_number", "null_key", "repeated_key"], groups.Where(g => Text(g, "outcome") == "invalid")
            .Select(g => Text(g, "rule")).Order(StringComparer.Ordinal));
        var frozen = groups.Single(g => Text(g, "outcome") == "rejected");
        Assert.Equal((1, "v-00007"), (Number(frozen, "count"), frozen.GetProperty("examples")[0].GetString()));
    }

    [Fact]
    public async Task Paused_sync_is_passed_over_and_refused_by_name_until_it_is_resumed()
    {
        await using var world = await CliWorld.CreateAsync();
        var paused = (await world.RunAsync("pause", "visitors", "--json")).Ended(0).Json;
        Assert.True(paused.GetProperty("paused").GetBoolean());
        Assert.Empty((await world.RunAsync("run", "--json")).Ended(0).Json.GetProperty("runs").EnumerateArray());
        var named = (await world.RunAsync("run", "visitors", "--json")).Ended(1).Run;
        Assert.Equal("conflict", Text(named.GetProperty("error"), "kind"));
        Assert.False((await world.RunAsync("resume", "visitors", "--json")).Ended(0).Json.GetProperty("paused").GetBoolean());
        Assert.Equal(200, Number((await world.RunAsync("run", "--json")).Ended(0).Run, "accepted"));
    }

    private static void AssertComplete(JsonElement run)
    {
        foreach (var name in _counts)
            Assert.Equal(JsonValueKind.Number, run.GetProperty(name).ValueKind);
        Assert.Equal(Number(run, "read"), Number(run, "invalid") + Number(run, "unchanged") + Number(run, "waiting")
            + Number(run, "planned"));
        Assert.Equal(Number(run, "planned"), Number(run, "accepted") + Number(run, "not_found") + Number(run, "rejected")
            + Number(run, "unknown") + Number(run, "given_up") + Number(run, "cancelled"));
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static int Number(JsonElement element, string name) => element.GetProperty(name).GetInt32();
}
