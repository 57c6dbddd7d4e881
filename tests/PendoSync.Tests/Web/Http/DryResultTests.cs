using System.Text.Json.Nodes;
using PendoSync.Tests.Operations.Served;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Web.Http;

public sealed class DryResultTests
{
    [Fact]
    public async Task A_plan_over_HTTP_writes_nothing_but_its_own_result_which_holds_no_values()
    {
        await using var world = await ServedProject.StartAsync();
        world.Execute("update people set plan = 'a-very-private-plan' where id = 'v2'");
        world.Execute("insert into people values (null, 'a-very-private-plan')");
        var asked = await EndAsync(world, await world.SendAsync(HttpMethod.Post, "/api/syncs/people/plan", "{}"));
        var plan = asked["plan"]!;
        Assert.Equal((4, 3, 1), ((int)plan["read"]!, (int)plan["planned"]!, (int)plan["invalid"]!));
        Assert.Equal("null_key", (string?)plan["groups"]![0]!["rule"]);
        // The sample is read for whoever asks; what is kept names keys only.
        Assert.Contains("a-very-private-plan", plan["sample"]!.ToJsonString(), StringComparison.Ordinal);
        var (stored, _) = await world.Engine.State.Results.ReadAsync((string)asked["id"]!, default);
        Assert.Contains("\"v2\"", stored, StringComparison.Ordinal);
        Assert.DoesNotContain("a-very-private-plan", stored, StringComparison.Ordinal);
        Assert.Equal(0, (await world.Simulator.Control.StateAsync()).Records.GetValueOrDefault("visitor"));
        Assert.Empty((await world.GetAsync("/api/syncs/people/runs"))["items"]!.AsArray());

        world.Execute("update people set plan = 'another' where id = 'v2'");
        var later = await world.GetAsync($"/api/results/{(string)asked["id"]!}");
        Assert.Contains("another", later["plan"]!["sample"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_over_HTTP_tries_one_sync_and_keeps_no_value()
    {
        await using var world = await ServedProject.CreateAsync();
        world.Sync("broken", "no_such_table");
        world.Sync("odd", "people", "");
        world.Write("syncs/odd.yaml", """
            name: odd
            warehouse: local
            model: { table: people }
            pendo: test
            object: visitor
            behavior: update_or_create
            key: id
            create_fields: true
            fields: { seats: { column: plan, type: number } }
            """);
        await world.ServeAsync();
        var good = await EndAsync(world, await world.SendAsync(HttpMethod.Post, "/api/syncs/people/check"));
        Assert.All(good["check"]!["checks"]!.AsArray(), c => Assert.True((bool)c!["ok"]!));
        Assert.DoesNotContain("broken", good["check"]!.ToJsonString(), StringComparison.Ordinal);
        var broken = await EndAsync(world, await world.SendAsync(HttpMethod.Post, "/api/syncs/broken/check"));
        Assert.Contains(broken["check"]!["checks"]!.AsArray(), c => !(bool)c!["ok"]! && (string?)c["fix"] is { Length: > 0 });
        var odd = await EndAsync(world, await world.SendAsync(HttpMethod.Post, "/api/syncs/odd/check"));
        var message = (string)odd["check"]!["checks"]!.AsArray().Single(c => !(bool)c!["ok"]!)!["message"]!;
        Assert.Contains("3 of the first 3 rows are invalid: column 'plan': the value is not a number (not_a_number)", message,
            StringComparison.Ordinal);
        Assert.DoesNotContain("free", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_comparison_and_an_adoption_over_HTTP_keep_no_value_and_the_page_shows_them()
    {
        await using var world = await ServedProject.StartAsync();
        await world.Simulator.Control.ChangeSchemaAsync(new([new("visitor", "custom", "plan", "string")], []));
        await world.Simulator.Control.SeedAsync("visitor", "v1", "other");
        var compared = await EndAsync(world, await world.SendAsync(HttpMethod.Post, "/api/syncs/people/compare"));
        var found = compared["comparison"]!;
        Assert.Equal((1, 1, 2, 1), ((int)found["in_both"]!, (int)found["different"]!, (int)found["only_warehouse"]!,
            (int)found["only_pendo"]!));
        var value = (string)found["sample"]!.AsArray().Single(s => (string?)s!["key"] == "v1")!["warehouse"]!;
        var (stored, _) = await world.Engine.State.Results.ReadAsync((string)compared["id"]!, default);
        Assert.DoesNotContain($"\"{value}\"", stored, StringComparison.Ordinal);
        var page = await world.Http.GetStringAsync($"/api/status/results/{(string)compared["id"]!}");
        Assert.Contains("0 of 1 records are equal on both sides", page, StringComparison.Ordinal);
        Assert.Contains("Different records by field", page, StringComparison.Ordinal);
        Assert.Contains("Compare with Pendo", await world.Http.GetStringAsync("/api/status/syncs/people"), StringComparison.Ordinal);
        var adopted = await EndAsync(world, await world.SendAsync(HttpMethod.Post, "/api/syncs/people/adopt"));
        Assert.Contains("0 records are in Pendo as the warehouse has them", await world.Http.GetStringAsync(
            $"/api/status/results/{(string)adopted["id"]!}"), StringComparison.Ordinal);
        Assert.Equal((3, 0), ((int)adopted["adoption"]!["read"]!, (int)adopted["adoption"]!["equal"]!));
    }

    private static async Task<JsonNode> EndAsync(ServedProject world, (int Status, JsonNode Body) asked)
    {
        Assert.True(asked.Status is 200 or 202, asked.Body.ToJsonString());
        var result = asked.Body;
        await Until.HoldsAsync(async () => (string?)result["state"] != "running"
            || (string?)(result = await world.GetAsync($"/api/results/{(string)result["id"]!}"))["state"] != "running");

        Assert.Equal("done", (string?)result["state"]);
        return result;
    }
}
