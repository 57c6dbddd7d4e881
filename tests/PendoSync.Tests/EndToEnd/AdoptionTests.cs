using PendoSync.Basics;
using PendoSync.State;

namespace PendoSync.Tests.EndToEnd;

/// <summary>Coming from another tool: what Pendo holds already is not sent again.</summary>
public sealed class AdoptionTests
{
    [Fact]
    public async Task Adopted_records_are_not_sent_and_differences_are()
    {
        await using var world = await HeldAsync();
        var adopted = await world.AdoptAsync(ComparedVisitors.Sync);
        Assert.Equal((41, 39, 1, 1, 1), (adopted.Read, adopted.Equal, adopted.Different, adopted.OnlyWarehouse, adopted.OnlyPendo));
        var run = await world.RunAsync(ComparedVisitors.Sync);
        Assert.Equal((RunState.Completed, 39, 2), (run.State, run.Counts.Unchanged, run.Counts.Accepted));
        Assert.Equal(2, await world.SentAsync());
        // And it is known for good.
        Assert.Equal(41, (await world.RunAsync(ComparedVisitors.Sync)).Counts.Unchanged);
        Assert.Equal(41, (await world.CompareAsync(ComparedVisitors.Sync)).Equal);
    }

    [Fact]
    public async Task First_run_of_start_adopt_adopts_by_itself_once()
    {
        await using var world = await HeldAsync("start: adopt");
        Assert.Equal((39, 2), (await world.PlanAsync(ComparedVisitors.Sync)) is var plan ? (plan.Unchanged, plan.Planned) : default);
        var run = await world.RunAsync(ComparedVisitors.Sync);
        Assert.Equal((RunState.Completed, 39, 2), (run.State, run.Counts.Unchanged, run.Counts.Accepted));
        Assert.Equal(2, await world.SentAsync());
        var calls = await AggregationsAsync(world);
        Assert.Equal(41, (await world.RunAsync(ComparedVisitors.Sync)).Counts.Unchanged);
        Assert.Equal(calls, await AggregationsAsync(world));
    }

    [Fact]
    public async Task Adoption_of_a_sync_that_ran_before_keeps_what_is_known()
    {
        await using var world = await HeldAsync();
        await world.RunAsync(ComparedVisitors.Sync);
        world.Execute("update visitors set plan = 'once more' where id <= 'v-0003'");
        await world.SetAsync("v-0001", """{"plan":"once more"}""");
        Assert.Equal(39, (await world.AdoptAsync(ComparedVisitors.Sync)).Equal);
        var run = await world.RunAsync(ComparedVisitors.Sync);
        Assert.Equal((39, 2), (run.Counts.Unchanged, run.Counts.Accepted));
    }

    [Fact]
    public async Task What_drifted_goes_out_again_after_an_adoption_and_nothing_else_does()
    {
        await using var world = await ComparedVisitors.StartAsync(40);
        await world.RunAsync(ComparedVisitors.Sync);
        await world.SetAsync("v-0007", """{"plan":"theirs"}""");
        var adopted = await world.AdoptAsync(ComparedVisitors.Sync);
        Assert.Equal((39, 1), (adopted.Equal, adopted.Different));
        var run = await world.RunAsync(ComparedVisitors.Sync);
        Assert.Equal((39, 1), (run.Counts.Unchanged, run.Counts.Accepted));
        Assert.Equal(40, (await world.CompareAsync(ComparedVisitors.Sync)).Equal);
    }

    [Fact]
    public async Task Adoption_after_another_place_or_a_restored_state_is_refused()
    {
        await using var world = await HeldAsync();
        await world.RunAsync(ComparedVisitors.Sync);
        world.Sync(ComparedVisitors.Sync, ComparedVisitors.Definition + "\ngroup: agent");
        await Assert.ThrowsAsync<ProblemException>(() => world.AdoptAsync(ComparedVisitors.Sync));
    }

    // Pendo has forty visitors from another tool, one with another value; the warehouse has one more, Pendo another one.
    private static async Task<Installation> HeldAsync(string more = "")
    {
        var world = await ComparedVisitors.StartAsync(40, more);
        // The other tool sent the same rows, and its state is not ours.
        File.Move(world.StateFile[..^"state.db".Length] + "syncs/visitors.yaml", world.StateFile + ".kept");
        world.Sync("other", ComparedVisitors.Definition);
        await world.RunAsync("other");
        File.Delete(world.StateFile[..^"state.db".Length] + "syncs/other.yaml");
        File.Move(world.StateFile + ".kept", world.StateFile[..^"state.db".Length] + "syncs/visitors.yaml");
        File.Delete(world.StateFile);
        await world.SetAsync("v-0002", """{"plan":"theirs"}""");
        await world.SetAsync("theirs", """{"plan":"x"}""");
        world.Execute("insert into visitors(id, plan) values ('v-new', 'x')");
        await world.Simulator.Control.ResetAsync(new(Records: false, Faults: false, Schema: false));
        return world;
    }

    private static async Task<int> AggregationsAsync(Installation world) =>
        (await world.Simulator.Control.CallsAsync(10_000)).Count(c => c.Endpoint == "aggregation");
}
