using System.Text.Json;

namespace PendoSync.Tests.Cli;

/// <summary>One file that cannot be used never stops the other syncs of the project.</summary>
public sealed class BrokenDefinitionTests
{
    [Fact]
    public async Task The_other_syncs_run_and_the_broken_one_says_what_is_wrong()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 20);
        world.Write("syncs/broken.yaml", "name: broken\nwarehose: local\n");

        var other = (await world.RunAsync("run", "visitors", "--json")).Ended(0);
        Assert.Equal(20, Runs(other)[0].GetProperty("accepted").GetInt32());
        Assert.Contains("syncs/broken.yaml:2:1", other.Error, StringComparison.Ordinal);

        var broken = Runs((await world.RunAsync("run", "broken", "--json")).Ended(2))[0].GetProperty("error");
        Assert.Equal(("configuration", "syncs/broken.yaml:2:1"),
            (broken.GetProperty("kind").GetString(), broken.GetProperty("place").GetString()));
        Assert.Contains("warehouse", broken.GetProperty("fix").GetString(), StringComparison.Ordinal);

        var all = Runs((await world.RunAsync("run", "--json")).Ended(2));
        Assert.Equal([("broken", "failed"), ("visitors", "completed")],
            all.Select(r => (r.GetProperty("sync").GetString()!, r.GetProperty("state").GetString()!)));

        var status = (await world.RunAsync("status", "--json")).Ended(0).Json.GetProperty("items");
        Assert.Equal(("failing", "failing", "syncs/broken.yaml:2:1"),
            (status[0].GetProperty("state").GetString(), status[0].GetProperty("health").GetString(),
            status[0].GetProperty("error").GetProperty("place").GetString()));
        Assert.Equal("idle", status[1].GetProperty("state").GetString());
        Assert.Equal((JsonValueKind.Null, "healthy"),
            (status[1].GetProperty("error").ValueKind, status[1].GetProperty("health").GetString()));

        Assert.NotEmpty((await world.RunAsync("validate", "--json")).Ended(2).Json.GetProperty("problems").EnumerateArray());
        Assert.Equal(["broken", "visitors"], (await world.RunAsync("plan", "--json")).Ended(2).Json.GetProperty("syncs").EnumerateArray()
            .Select(s => s.GetProperty("sync").GetString()!));
        Assert.Contains("sync broken", (await world.RunAsync("check")).Ended(2).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_nobody_may_read_stops_its_own_sync_only()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 5);
        // A link to nowhere that is listed and cannot be opened: for root there are no rights to take away.
        File.CreateSymbolicLink(Path.Combine(world.Folder, "syncs", "locked.yaml"), "/proc/self/mem");

        Assert.Equal("completed", Runs((await world.RunAsync("run", "visitors", "--json")).Ended(0))[0].GetProperty("state").GetString());
        Assert.Contains("cannot be read", (await world.RunAsync("run", "locked")).Ended(2).Error, StringComparison.Ordinal);
    }

    private static List<JsonElement> Runs(CliResult result) => [.. result.Json.GetProperty("runs").EnumerateArray()];
}
