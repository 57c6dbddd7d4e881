using System.Text.Json;
using PendoSync.Basics;
using PendoSync.State;

namespace PendoSync.Tests.EndToEnd;

public sealed class ParentAccountTests
{
    [Theory]
    [InlineData("custom")]
    [InlineData("agent")]
    public async Task Parent_accounts_are_updated_or_created_planned_and_compared_as_accounts_are(string group)
    {
        await using var world = await StartAsync("update_or_create", group);
        var plan = await world.PlanAsync("parents");
        Assert.Equal((3, 3), (plan.Planned, plan.Reasons.New));
        var run = await world.RunAsync("parents");
        Assert.Equal((RunState.Completed, 3), (run.State, run.Counts.Accepted));
        world.Execute("update parents set plan = 'gold' where id = 'p-2'");
        var sample = Assert.Single((await world.PlanAsync("parents")).Sample);
        Assert.Equal(("p-2", "\"plan 2\"", "\"gold\""), (sample.Key, sample.Old?.GetRawText(), sample.New?.GetRawText()));
        Assert.Equal(1, (await world.RunAsync("parents")).Counts.Accepted);
        var found = await world.CompareAsync("parents");
        Assert.Equal((3, 3, 0, 0), (found.InBoth, found.Equal, found.Different, found.OnlyPendo));
        var stored = new List<JsonElement>();
        await foreach (var line in world.Simulator.Control.RecordsAsync("parentAccount"))
            stored.Add(line);
        Assert.Equal("gold", stored.Single(s => s.GetProperty("id").GetString() == "p-2").GetProperty(group).GetProperty("plan")
            .GetString());
    }

    [Fact]
    public async Task Update_only_counts_ids_that_Pendo_does_not_know()
    {
        await using var world = await StartAsync("update_only", "custom");
        await world.Simulator.Control.SeedAsync("parentAccount", "p-1");
        var run = await world.RunAsync("parents");
        Assert.Equal((1, 2), (run.Counts.Accepted, run.Counts.NotFound));
        var found = await world.CompareAsync("parents");
        Assert.Equal((1, 1, 2), (found.InBoth, found.Equal, found.OnlyWarehouse));
    }

    [Fact]
    public async Task Name_of_the_id_is_a_setting_and_check_finds_it_out_without_writing()
    {
        await using var world = await StartAsync("update_or_create", "custom");
        await world.SwitchAsync(("parentAccountIdName", "parentId"));
        Assert.Contains("shows when it has a parent account", (await CheckOfAsync(world)).Message, StringComparison.Ordinal);
        await world.Simulator.Control.SeedAsync("parentAccount", "p-1");
        var wrong = await CheckOfAsync(world);
        Assert.Equal((false, "Write `parent_account_id: parentId`."), (wrong.Ok, wrong.Fix));
        Assert.DoesNotContain((await world.Simulator.Control.StateAsync()).Calls.ByEndpoint, c => c.Endpoint is "value_bulk");
        Assert.Equal(0, (await world.RunAsync("parents")).Counts.Accepted);
        world.ParentAccountId = "parentId";
        Assert.True((await CheckOfAsync(world)).Ok);
        Assert.Equal(3, (await world.RunAsync("parents")).Counts.Accepted);
        Assert.Equal(3, (await world.CompareAsync("parents")).Equal);
    }

    private static async Task<PendoSync.Reports.CheckItem> CheckOfAsync(Installation world) =>
        Assert.Single((await world.CheckAsync("parents")).Checks, c => c.Name == "sync parents");

    private static async Task<Installation> StartAsync(string behavior, string group)
    {
        var world = await Installation.StartAsync();
        await world.SwitchAsync(("parentAccounts", true));
        await world.Simulator.Control.ChangeSchemaAsync(new([new("parentAccount", group, "plan", "string")], []));
        world.Execute("create table parents (id text, plan text); insert into parents values ('p-1', 'plan 1'), ('p-2', 'plan 2'), "
            + "('p-3', 'plan 3')");
        world.Sync("parents", $$"""
            model: parents
            object: parent_account
            behavior: {{behavior}}
            group: {{group}}
            key: id
            fields: { plan: plan }
            """);
        return world;
    }
}
