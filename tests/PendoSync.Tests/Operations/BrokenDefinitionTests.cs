using System.Text.Json.Nodes;
using PendoSync.Tests.Operations.Served;

namespace PendoSync.Tests.Operations;

/// <summary>What API, page and health say of a sync whose definition cannot be loaded.</summary>
public sealed class BrokenDefinitionTests
{
    [Fact]
    public async Task A_broken_sync_is_shown_as_failing_with_place_and_fix_and_the_others_run()
    {
        await using var world = await ServedProject.CreateAsync();
        world.Write("syncs/broken.yaml", "name: broken\nwarehose: local\n");
        await world.ServeAsync();

        Assert.Equal("completed", (string?)(await world.RunAsync())["state"]);
        var items = (await world.GetAsync("/api/syncs"))["items"]!.AsArray();
        Assert.Equal(["broken", "people"], items.Select(i => (string)i!["name"]!));
        var broken = await world.GetAsync("/api/syncs/broken");
        Assert.Equal(("failing", "failing", "syncs/broken.yaml:2:1"),
            ((string?)broken["state"], (string?)broken["health"], (string?)broken["error"]!["place"]));
        Assert.Contains("warehouse", (string?)broken["error"]!["fix"], StringComparison.Ordinal);
        Assert.Empty((await world.GetAsync("/api/syncs/broken/runs"))["items"]!.AsArray());

        var (status, refused) = await world.SendAsync(HttpMethod.Post, "/api/syncs/broken/runs", "{}");
        Assert.Equal((422, "syncs/broken.yaml:2:1"), (status, (string?)refused["place"]));

        foreach (var page in new[] { "/api/status", "/api/status/syncs/broken" })
        {
            var html = await world.Http.GetStringAsync(page);
            Assert.Contains("syncs/broken.yaml:2:1", html, StringComparison.Ordinal);
            Assert.Contains("failing", html, StringComparison.Ordinal);
        }

        var health = await world.GetAsync("/api/health");
        Assert.Equal(("degraded", 2, 1), ((string?)health["status"], (int)health["syncs"]!, (int)health["failing"]!));
        Assert.Contains(health["problems"]!.AsArray(), p => (string?)p!["file"] == "syncs/broken.yaml" && (int)p["line"]! == 2);
    }

    [Fact]
    public async Task Health_tells_the_details_only_to_those_who_have_the_key()
    {
        await using var world = await ServedProject.CreateAsync();
        world.Write("syncs/broken.yaml", "name: [");
        await world.ServeAsync(keySecret: "api-key");

        var anonymous = await world.GetAsync("/api/health");
        Assert.Equal(("degraded", 1), ((string?)anonymous["status"], (int)anonymous["failing"]!));
        Assert.Empty(anonymous["problems"]!.AsArray());
        var (_, known) = await world.SendAsync(HttpMethod.Get, "/api/health", null, ("x-functions-key", ServedProject.Key));
        Assert.Equal("syncs/broken.yaml", (string?)known["problems"]![0]!["file"]);
    }

    [Fact]
    public async Task Health_is_ok_when_nothing_is_wrong()
    {
        await using var world = await ServedProject.StartAsync();
        Assert.Equal(("ok", 1, 0), await world.GetAsync("/api/health") is JsonNode health
            ? ((string?)health["status"], (int)health["syncs"]!, (int)health["failing"]!) : default);
    }
}
