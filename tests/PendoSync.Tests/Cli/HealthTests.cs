using System.Globalization;
using System.Text.Json;
using PendoSimulator.Faults;

namespace PendoSync.Tests.Cli;

/// <summary>Health as a user meets it: words, exit codes, shares, and that they outlive the run that found them.</summary>
public sealed class HealthTests
{
    [Fact]
    public async Task The_wrong_id_column_under_update_only_is_failing_and_stays_so_while_its_ids_wait()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 500);
        world.Edit("syncs/visitors.yaml", "update_or_create", "update_only");
        for (var run = 0; run < 2; run++)
        {
            var result = (await world.RunAsync("run", "visitors", "--json")).Ended(1);
            Assert.Equal(("completed", "failing"), (Text(result.Run, "state"), Text(result.Run, "health")));
            Assert.Contains("500 of 500 ids are unknown to Pendo", Text(result.Run, "health_reason"), StringComparison.Ordinal);
            Assert.Contains("'visitor_id'", Text(result.Run, "health_fix"), StringComparison.Ordinal);
            var line = Assert.Single(result.Error.Split('\n'), l => l.StartsWith("visitors is failing: ", StringComparison.Ordinal));
            Assert.Contains("update_or_create", line, StringComparison.Ordinal);
        }

        var status = await StatusAsync(world);
        Assert.Equal(("failing", 0, 500, 500), (Text(status, "health"), Number(status, "in_step"), Number(status, "in_step_of"),
            Number(status, "not_found")));
        world.Edit("syncs/visitors.yaml", "fields:", "limits: { max_not_found_percent: 100 }\nfields:");
        (await world.RunAsync("run", "visitors", "--strict")).Ended(0);
        Assert.Equal("healthy", Text(await StatusAsync(world), "health"));
    }

    [Fact]
    public async Task A_model_that_suddenly_returns_nothing_is_failing_until_rows_come_back_or_it_may_be_empty()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 200);
        world.Execute("create table kept as select * from visitors; delete from visitors");
        Assert.Equal("healthy", Text((await world.RunAsync("run", "--json")).Ended(0).Run, "health"));
        world.Execute("insert into visitors select * from kept");
        Assert.Equal("healthy", Text((await world.RunAsync("run", "--json")).Ended(0).Run, "health"));
        world.Execute("delete from visitors");
        for (var run = 0; run < 2; run++)
        {
            var empty = (await world.RunAsync("run", "--json")).Ended(1).Run;
            Assert.Equal("failing", Text(empty, "health"));
            Assert.Contains("returns no rows since", Text(empty, "health_reason"), StringComparison.Ordinal);
            Assert.Contains("allow_empty", Text(empty, "health_fix"), StringComparison.Ordinal);
        }

        (await world.RunAsync("pause", "visitors")).Ended(0);
        var paused = await StatusAsync(world);
        Assert.Equal(("idle", 200), (Text(paused, "health"), Number(paused, "in_step")));
        Assert.Contains("paused while failing: visitors returns no rows", Text(paused, "health_reason"), StringComparison.Ordinal);
        var refused = (await world.RunAsync("run", "visitors", "--json")).Ended(1).Run;
        Assert.Equal(("idle", Text(paused, "health_reason")), (Text(refused, "health"), Text(refused, "health_reason")));
        (await world.RunAsync("resume", "visitors")).Ended(0);
        world.Edit("syncs/visitors.yaml", "{ table: visitors }", "{ table: visitors, allow_empty: true }");
        (await world.RunAsync("run", "--strict")).Ended(0);
        world.Edit("syncs/visitors.yaml", ", allow_empty: true", "");
        world.Execute("insert into visitors select * from kept limit 3");
        Assert.Equal("healthy", Text((await world.RunAsync("run", "--json")).Ended(0).Run, "health"));
    }

    [Fact]
    public async Task Refused_records_make_a_sync_degraded_from_a_share_on_and_strict_minds_it()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 400);
        await world.Pendo.Control.AddFaultsAsync(new FaultRule
        {
            Endpoint = "value_bulk",
            Action = FaultAction.RecordError,
            RecordIds = ["v-00007", "v-00008", "v-00009"],
            Error = "plan is frozen"
        });
        var few = (await world.RunAsync("run", "--json", "--strict")).Ended(0).Run;
        Assert.Equal(("completed_with_errors", "healthy"), (Text(few, "state"), Text(few, "health")));
        world.Execute("insert into visitors values (null, 'pro', 1), ('v-text', 'pro', 'many')");
        var more = (await world.RunAsync("run", "--json")).Ended(0).Run;
        Assert.Equal(("completed_with_errors", "degraded", 3), (Text(more, "state"), Text(more, "health"), Number(more, "waiting")));
        Assert.Contains("3 rejected, 2 invalid of 402 rows (1.24 %)", Text(more, "health_reason"), StringComparison.Ordinal);
        (await world.RunAsync("run", "--strict")).Ended(1);
        var status = await StatusAsync(world);
        Assert.Equal((397, 402, 3, 2), (Number(status, "in_step"), Number(status, "in_step_of"), Number(status, "rejected"),
            Number(status, "invalid")));
        Assert.True(DateTimeOffset.Parse(Text(status, "in_step_at"), CultureInfo.InvariantCulture) > DateTimeOffset.UtcNow.AddMinutes(-2));
    }

    [Fact]
    public async Task What_is_in_step_is_counted_by_every_run_and_agrees_with_a_full_read()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 300);
        world.Edit("syncs/visitors.yaml", "{ table: visitors }", "{ table: visitors, cursor: seats, lookback: 0 }");
        world.Edit("syncs/visitors.yaml", "update_or_create", "update_only");
        await world.Pendo.Control.SeedAsync("visitor", [.. Enumerable.Range(1, 290).Select(i => $"v-{i:D5}")]);
        (await world.RunAsync("run")).Ended(0);
        Assert.Equal((290, 300, 10, 0), Counts(await StatusAsync(world)));
        world.Execute("insert into visitors values ('v-00301', 'pro', 301), ('nobody', 'pro', 302), ('v-00001', 'free', 303)");
        world.Execute("insert into visitors values ('v-00002', printf('%.140000c', 'x'), 304)");
        (await world.RunAsync("run")).Ended(0);
        var after = Counts(await StatusAsync(world));
        (await world.RunAsync("run", "--full")).Ended(0);
        world.Execute("delete from visitors where visitor_id in ('v-00001', 'v-00002') and seats < 300");
        (await world.RunAsync("run", "--full")).Ended(0);
        Assert.Equal(after, Counts(await StatusAsync(world)));
        Assert.Equal((289, 302, 12, 1), after);

        static (int, int, int, int) Counts(JsonElement s) =>
            (Number(s, "in_step"), Number(s, "in_step_of"), Number(s, "not_found"), Number(s, "invalid"));
    }

    [Fact]
    public async Task A_failed_run_makes_a_sync_failing_until_the_next_success_and_one_that_never_ran_is_idle()
    {
        await using var world = await CliWorld.CreateAsync();
        Assert.Equal("idle", Text(await StatusAsync(world), "health"));
        world.WriteConnections(new Uri("http://127.0.0.1:9"));
        Assert.Equal("failing", Text((await world.RunAsync("run", "--json")).Ended(3).Run, "health"));
        var status = await StatusAsync(world);
        Assert.Equal("failing", Text(status, "health"));
        Assert.NotEqual("", Text(status, "health_fix"));
        Assert.Matches(@"(?m)^visitors is failing: .+\n  fix: \S", (await world.RunAsync("status")).Ended(0).Output);
        world.WriteConnections(world.Pendo.BaseAddress);
        (await world.RunAsync("run")).Ended(0);
        Assert.Equal("healthy", Text(await StatusAsync(world), "health"));
    }

    private static async Task<JsonElement> StatusAsync(CliWorld world) =>
        (await world.RunAsync("status", "--json")).Ended(0).Json.GetProperty("items")[0];

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static int Number(JsonElement element, string name) => element.GetProperty(name).GetInt32();
}
