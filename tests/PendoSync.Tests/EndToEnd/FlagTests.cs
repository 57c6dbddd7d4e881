using System.Text.Json;
using PendoSimulator.Faults;
using PendoSync.Pendo;
using PendoSync.State;

namespace PendoSync.Tests.EndToEnd;

/// <summary>Privacy lists in a warehouse: do not process, opt out of guides.</summary>
public sealed class FlagTests
{
    [Fact]
    public async Task First_run_reads_Pendo_and_sets_differences_only()
    {
        await using var world = await StartAsync(100);
        // As set elsewhere before.
        await PutAsync(world, "v-0010", "donotprocess");
        var plan = await world.PlanAsync("privacy");
        Assert.Equal((10, 15), (plan.Planned, plan.Calls));
        var run = await world.RunAsync("privacy");
        // Every tenth is not to be processed, every twentieth to see no guides; one is set already, one Pendo does not know.
        Assert.Equal((RunState.Completed, 101, 91, 9, 1), (run.State, run.Counts.Read, run.Counts.Unchanged, run.Counts.Accepted,
            run.Counts.NotFound));
        Assert.Equal(15, await WritesAsync(world) - 1);
        var flags = await FlagsAsync(world);
        Assert.Equal((10, 5), (flags.DoNotProcess.Count, flags.NoGuides));
        Assert.Equal(0, (await world.RunAsync("privacy")).Counts.Accepted);
        Assert.Equal(15, await WritesAsync(world) - 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_flag_is_reset_only_where_that_is_allowed_and_null_leaves_it_alone(bool reset)
    {
        await using var world = await StartAsync(20, reset ? "allow_reset: true" : "");
        await world.RunAsync("privacy");
        world.Execute("update privacy set dnp = null where id = 'v-0010'; update privacy set dnp = 0 where id = 'v-0020'");
        await world.RunAsync("privacy");
        Assert.Equal(reset ? ["v-0010"] : ["v-0010", "v-0020"], (await FlagsAsync(world)).DoNotProcess);
        var found = await world.CompareAsync("privacy");
        Assert.Equal((20, 0), (found.Equal, found.Different));
    }

    [Fact]
    public async Task Faults_between_two_flags_lose_none_and_the_rate_is_kept()
    {
        await using var world = await StartAsync(200);
        await world.Simulator.Control.AddFaultsAsync(
            new FaultRule { Endpoint = "value_write", Action = FaultAction.Status, Status = 503, Rate = 0.2, Seed = 3 },
            new FaultRule { Endpoint = "value_write", Action = FaultAction.Reset, Apply = true, Nth = 7 },
            new FaultRule { Endpoint = "value_write", Action = FaultAction.Status, Status = 429, RetryAfter = "0", Nth = 9 });
        for (var runs = 0; runs < 6 && (await FlagsAsync(world)).DoNotProcess.Count < 20; runs++)
            await world.RunAsync("privacy");
        Assert.Equal((20, 10), await FlagsAsync(world) is var flags ? (flags.DoNotProcess.Count, flags.NoGuides) : default);
        Assert.DoesNotContain((await world.Simulator.Control.StateAsync()).Calls.ByEndpoint,
            c => c.Endpoint is "value_bulk" or "bulk_delete");
    }

    [Fact]
    public async Task After_a_refused_key_no_call_goes_out_that_waited_for_its_turn()
    {
        await using var world = await StartAsync(200);
        await world.Simulator.Control.AddFaultsAsync(new FaultRule { Endpoint = "value_write", Action = FaultAction.Status, Status = 403 });
        var run = await world.RunAsync("privacy");
        Assert.Equal((RunState.Failed, 0L), (run.State, run.Counts.Accepted));
        // Each call reads the secret afresh once.
        Assert.InRange(await WritesAsync(world), 1, 2 * CallSlots.First);
    }

    [Fact]
    public async Task Ids_of_any_characters_are_addressed()
    {
        await using var world = await StartAsync(1);
        string[] ids = ["a/b", "a b", "ä%20", "q?x=1#y", "😀"];
        await world.Simulator.Control.SeedAsync("visitor", ids);
        foreach (var id in ids)
            world.Execute($"insert into privacy values ('{id}', 1, null)");
        world.Execute("insert into privacy values ('..', 1, null)");
        var run = await world.RunAsync("privacy");
        Assert.Equal((5, 1, 1), (run.Counts.Accepted, run.Counts.Rejected, run.Counts.NotFound));
        Assert.Equal(ids.Order(StringComparer.Ordinal), (await FlagsAsync(world)).DoNotProcess.Order(StringComparer.Ordinal));
    }

    private static async Task<Installation> StartAsync(int visitors, string more = "")
    {
        var world = await Installation.StartAsync();
        await world.Simulator.Control.SeedAsync("visitor", [.. Enumerable.Range(1, visitors).Select(i => $"v-{i:D4}")]);
        world.Execute("create table privacy (id text, dnp boolean, guides boolean)");
        world.Execute($"with recursive n(i) as (select 1 union all select i + 1 from n where i < {visitors}) insert into privacy select "
            + "printf('v-%04d', i), i % 10 = 0, case when i % 20 = 0 then 1 end from n; insert into privacy values ('unknown', 1, null)");
        world.Sync("privacy", $$"""
            model: privacy
            object: visitor
            behavior: update_only
            key: id
            fields: { pendo.donotprocess: dnp, pendo.blacklistguides: guides }
            {{more}}
            """);
        return world;
    }

    private static async Task PutAsync(Installation world, string id, string flag)
    {
        using var http = new HttpClient { BaseAddress = world.Simulator.BaseAddress };
        http.DefaultRequestHeaders.Add("x-pendo-integration-key", Worlds.ProjectFolder.Key);
        using var content = new StringContent("true");
        Assert.True((await http.PutAsync($"/api/v1/metadata/visitor/pendo/value/{id}/{flag}", content)).IsSuccessStatusCode);
    }

    private static async Task<int> WritesAsync(Installation world) =>
        (await world.Simulator.Control.CallsAsync(10_000)).Count(c => c.Endpoint == "value_write");

    private static async Task<(List<string> DoNotProcess, int NoGuides)> FlagsAsync(Installation world)
    {
        var (refused, guides) = (new List<string>(), 0);
        await foreach (var line in world.Simulator.Control.RecordsAsync("visitor"))
        {
            if (!line.TryGetProperty("pendo", out var flags))
                continue;
            if (flags.TryGetProperty("donotprocess", out var flag) && flag.ValueKind == JsonValueKind.True)
                refused.Add(line.GetProperty("id").GetString()!);
            guides += flags.TryGetProperty("blacklistguides", out var guide) && guide.ValueKind == JsonValueKind.True ? 1 : 0;
        }

        return (refused, guides);
    }
}
