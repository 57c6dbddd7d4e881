using System.Text.Json;
using PendoSync.State;

namespace PendoSync.Tests.Cli;

/// <summary>Two syncs that take every column: what they write is known only once one of them has planned.</summary>
public sealed class StarFieldsTests
{
    [Fact]
    public async Task Two_syncs_that_come_to_write_one_field_by_their_columns_are_refused_until_one_leaves_it_out()
    {
        await using var world = await CliWorld.CreateAsync();
        world.Execute("create table health (visitor_id text, PLAN text); insert into health values ('v-00001', 'basic')");
        world.Edit("syncs/visitors.yaml", "fields:\n  plan: plan\n  seats: seats\n", "fields: \"*\"\n");
        world.Write("syncs/health.yaml", """
            name: health
            warehouse: local
            model: { table: health }
            pendo: sim
            object: visitor
            behavior: update_only
            key: visitor_id
            fields: "*"

            """);
        (await world.RunAsync("run", "visitors")).Ended(0);

        var error = (await world.RunAsync("run", "health", "--json")).Ended(2).Run.GetProperty("error");
        Assert.Equal("configuration", error.GetProperty("kind").GetString());
        Assert.Contains("'plan' is written by sync 'visitors' too", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        var planned = (await world.RunAsync("plan", "health", "--json")).Ended(2).Json.GetProperty("syncs")[0].GetProperty("error");
        Assert.Equal(error.GetProperty("message").GetString(), planned.GetProperty("message").GetString());

        // The other sync need not run before it counts.
        world.Edit("syncs/visitors.yaml", "fields: \"*\"\n", "fields: \"*\"\nexclude: [Plan]\n");
        (await world.RunAsync("run", "health")).Ended(0);
        world.Edit("syncs/visitors.yaml", "exclude: [Plan]\n", "");
        var refused = (await world.RunAsync("run", "visitors", "--json")).Ended(2).Run.GetProperty("error")
            .GetProperty("message").GetString();
        Assert.Contains("is written by sync 'health' too", refused, StringComparison.Ordinal);
        (await world.RunAsync("reset", "health")).Ended(0);
        Assert.Equal(JsonValueKind.Null, (await world.RunAsync("run", "visitors", "--json")).Ended(0).Run.GetProperty("error").ValueKind);

        // A state that cannot be read stops its own sync only.
        await DamagedStateTests.DamageAsync(world, Tables.Checkpoints, "visitors", "seeds", unreadable: true);
        (await world.RunAsync("run", "health")).Ended(0);
    }
}
