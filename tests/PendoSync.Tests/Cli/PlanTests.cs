using System.Security.Cryptography;
using System.Text.Json;
using PendoSimulator.Faults;

namespace PendoSync.Tests.Cli;

public sealed class PlanTests
{
    [Fact]
    public async Task Plan_shows_reasons_and_old_and_new_values_and_writes_nothing()
    {
        await using var world = await CliWorld.CreateAsync();
        (await world.RunAsync("run")).Ended(0);
        world.Execute(
            "update visitors set plan = 'basic' where visitor_id = 'v-00009'; insert into visitors values "
            + "('v-new', 'pro', 1), ('', 'pro', 1)");
        var (files, calls, checksum) =
            (Fingerprint(world.Folder), await WritesAsync(world), await world.Pendo.Control.ChecksumAsync("visitor"));

        var plan = Assert.Single((await world.RunAsync("plan", "visitors", "--json")).Ended(0).Json.GetProperty("syncs").EnumerateArray());
        Assert.Equal((202, 1, 199, 0, 2),
            (Number(plan, "read"), Number(plan, "invalid"), Number(plan, "unchanged"), Number(plan, "waiting"), Number(plan, "planned")));
        var reasons = plan.GetProperty("reasons");
        Assert.Equal((1, 1, 0, 0),
            (Number(reasons, "new"), Number(reasons, "changed"), Number(reasons, "retry"), Number(reasons, "mapping")));
        var changed = Assert.Single(plan.GetProperty("sample").EnumerateArray(), s => s.GetProperty("key").GetString() == "v-00009");
        Assert.Equal(("plan", "pro", "basic"),
            (changed.GetProperty("field").GetString(), changed.GetProperty("old").GetString(), changed.GetProperty("new").GetString()));

        Assert.Equal(files, Fingerprint(world.Folder));
        Assert.Equal(calls, await WritesAsync(world));
        Assert.Equal(checksum, await world.Pendo.Control.ChecksumAsync("visitor"));
    }

    [Fact]
    public async Task Changed_mapping_says_how_many_it_sends_again()
    {
        await using var world = await CliWorld.CreateAsync();
        (await world.RunAsync("run")).Ended(0);
        world.Edit("syncs/visitors.yaml", "plan: plan", "plan: { constant: trial }");
        var plan = (await world.RunAsync("plan", "visitors")).Ended(0);
        Assert.Contains("re-sends 200 visitors because the mapping changed", plan.Output, StringComparison.Ordinal);
        Assert.Contains("\"pro\" -> \"trial\"", plan.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_says_what_would_stop_the_run_and_which_events_are_too_old()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 1, events: 150);
        world.Execute("update events set at = '2020-01-01T00:00:00Z' where rowid <= 12");
        world.Edit("syncs/visitors.yaml", "seats: seats", "chairs: seats");
        var plans = (await world.RunAsync("plan", "--json")).Ended(2).Json.GetProperty("syncs").EnumerateArray().ToList();
        Assert.Contains(plans[0].GetProperty("notices").EnumerateArray(), n =>
            n.GetString()!.Contains("12 of 150 events are too old for Pendo", StringComparison.Ordinal));
        Assert.Equal(138, Number(plans[0], "planned"));
        Assert.Contains("chairs", plans[1].GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, (await WritesAsync(world)).Sum(c => c.Count));
        Assert.False(Directory.Exists(Path.Combine(world.Folder, ".pendosync")), "plan wrote state");
    }

    [Fact]
    public async Task Plan_change_limit_and_run_agree_on_a_key_whose_first_row_is_invalid()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 3);
        (await world.RunAsync("run")).Ended(0);
        world.Execute("insert into visitors values ('v-twice', 'pro', 'many'), ('v-twice', 'pro', 1)");
        // Had the second row counted as new, a third of the snapshot would change.
        world.Edit("syncs/visitors.yaml", "fields:",
            "limits: { max_changed_percent: 30, min_records: 1, max_invalid_percent: 50 }\nfields:");
        var plan = (await world.RunAsync("plan", "--json")).Ended(0).Json.GetProperty("syncs")[0];
        var run = (await world.RunAsync("run", "--json")).Ended(0).Run;
        foreach (var report in new[] { plan, run })
            Assert.Equal((5, 2, 3, 0),
                (Number(report, "read"), Number(report, "invalid"), Number(report, "unchanged"), Number(report, "planned")));
    }

    [Fact]
    public async Task Plan_and_run_show_the_same_keys_of_invalid_rows_and_none_that_nobody_can_see()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 3);
        world.Execute("insert into visitors values ('', 'pro', 1), (' ' || char(8203), 'pro', 1), (null, 'pro', 1), "
            + "('v-00001', 'pro', 1), ('v-00001', 'pro', 1), ('v-text', 'pro', 'many')");
        world.Edit("syncs/visitors.yaml", "batch_size: 100", "limits: { max_invalid_percent: 100 }");
        foreach (var verb in new[] { "plan", "run" })
        {
            var said = (await world.RunAsync(verb, "visitors")).Ended(0).Output;
            Assert.Matches(@"(?m)^  invalid: 2 x .* \(empty_key\)$", said);
            Assert.Matches(@"(?m)^  invalid: 1 x .* \(null_key\)$", said);
            Assert.Matches(@"(?m)^  invalid: 2 x .* \(repeated_key\) \(for example v-00001\)$", said);
            Assert.Matches(@"(?m)^  invalid: 1 x .* \(not_a_number\) \(for example v-text\)$", said);
        }
    }

    [Fact]
    public async Task Plan_that_sends_nothing_says_why()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 2, events: 2);
        world.Edit("syncs/events.yaml", "key: id", "key: id\nstart: now");
        Assert.Contains("events: sends nothing: it remembers what is there (start: now)", (await world.RunAsync("plan", "events"))
            .Ended(0).Output, StringComparison.Ordinal);
        await world.Pendo.Control.AddFaultsAsync(new FaultRule
        {
            Endpoint = "value_bulk",
            Action = FaultAction.RecordError,
            RecordIds = ["v-00001"],
            Error = "frozen"
        });
        (await world.RunAsync("run", "visitors")).Ended(0);
        Assert.Contains("visitors: sends nothing: 1 waits for its next try, no other row differs from what Pendo accepted",
            (await world.RunAsync("plan", "visitors")).Ended(0).Output, StringComparison.Ordinal);
        world.Execute("delete from visitors where visitor_id = 'v-00001'");
        Assert.Contains("visitors: sends nothing: no row differs from what Pendo accepted", (await world.RunAsync("plan", "visitors"))
            .Ended(0).Output, StringComparison.Ordinal);
        world.Execute("update visitors set seats = 'many'; insert into visitors values (null, 'pro', 1)");
        Assert.Contains("visitors: sends nothing: 2 rows are invalid", (await world.RunAsync("plan", "visitors")).Ended(0).Output,
            StringComparison.Ordinal);
        world.Execute("delete from visitors");
        Assert.Contains("visitors: sends nothing: the model has no rows", (await world.RunAsync("plan", "visitors")).Ended(0).Output,
            StringComparison.Ordinal);
    }

    private static int Number(JsonElement element, string name) => element.GetProperty(name).GetInt32();

    private static async Task<IReadOnlyList<PendoSimulator.Control.EndpointCount>> WritesAsync(CliWorld world) =>
        [.. (await world.Pendo.Control.StateAsync()).Calls.ByEndpoint.Where(c =>
            c.Endpoint is not ("schema_read" or "record_read" or "token_verify"))];

    // Names and bytes of every file of the project, state included.
    private static List<string> Fingerprint(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(f => $"{f} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(f)))}")];
}
