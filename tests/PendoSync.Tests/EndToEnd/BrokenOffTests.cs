using PendoSync.State;

namespace PendoSync.Tests.EndToEnd;

/// <summary>What a run that breaks off while it reads says of the keys: it counts too.</summary>
public sealed class BrokenOffTests
{
    [Fact]
    public async Task A_read_that_breaks_off_moves_what_is_in_step()
    {
        await using var place = await StartAsync();
        Assert.Equal(RunState.Completed, (await place.RunAsync("people")).State);
        var before = (await place.CheckpointAsync("people")).Standing!;
        Assert.Equal((30, 30), (before.InStep, before.Rows));

        // Ten ids that Pendo does not know, and then a row that the warehouse cannot read.
        place.Execute("update people set id = 'x' || id where rowid between 6 and 15; update people set note = '{' where rowid = 21");
        var broken = await place.RunAsync("people");
        Assert.Equal(RunState.Failed, broken.State);
        var after = (await place.CheckpointAsync("people")).Standing!;
        // Batches that the end overtook are open.
        Assert.Equal((30, 10, 40), (after.InStep, after.NotFound + after.Open, after.Rows));
        Assert.Equal(after, broken.Standing);
        Assert.True(after.At > before.At);

        place.Execute("update people set note = '{}'");
        Assert.Equal(RunState.Completed, (await place.RunAsync("people")).State);
        var healed = (await place.CheckpointAsync("people")).Standing!;
        Assert.Equal((20, 10, 30), (healed.InStep, healed.NotFound, healed.Rows));
    }

    [Fact]
    public async Task A_limit_on_changes_says_how_much_is_not_in_step()
    {
        await using var place = await StartAsync("limits: { max_changed_percent: 50, min_records: 10 }\n");
        await place.RunAsync("people");
        place.Execute("update people set plan = 'y' where rowid <= 20");
        Assert.Equal(RunState.Stopped, (await place.RunAsync("people")).State);
        var standing = (await place.CheckpointAsync("people")).Standing!;
        Assert.Equal((10, 20, 30), (standing.InStep, standing.Open, standing.Rows));
    }

    [Fact]
    public async Task A_limit_on_changes_does_not_stand_in_the_way_of_a_first_run_that_broke_off()
    {
        await using var place = await StartAsync("limits: { max_changed_percent: 50, min_records: 10 }\n");
        place.Execute("update people set note = 'broken' where rowid = 8");
        Assert.Equal(RunState.Failed, (await place.RunAsync("people")).State);
        place.Execute("update people set note = '{}'");

        Assert.Equal(RunState.Completed, (await place.RunAsync("people")).State);

        place.Execute("update people set plan = 'y' where rowid <= 20");
        Assert.Equal(RunState.Stopped, (await place.RunAsync("people")).State);
    }

    private static async Task<Installation> StartAsync(string more = "")
    {
        var place = await Installation.StartAsync("visitor:plan:string");
        place.Execute("create table people(id text, plan text, note text); with recursive n(i) as (select 1 union all select i + 1 from n "
            + "where i < 30) insert into people select 'v' || i, 'x', '{}' from n");
        await place.Simulator.Control.SeedAsync("visitor", [.. Enumerable.Range(1, 30).Select(i => $"v{i}")]);
        place.Sync("people", "model: { sql: \"select id, plan, json(note) as note from people\" }\nobject: visitor\nbehavior: update_only\n"
            + "key: id\nbatch_size: 5\nfields: { plan: plan }\n" + more);
        return place;
    }
}
