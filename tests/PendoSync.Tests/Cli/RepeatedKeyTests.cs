using System.Text.Json;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Cli;

/// <summary>Several rows of one key: the first one counts, whoever asks.</summary>
public sealed class RepeatedKeyTests
{
    [Fact]
    public async Task Explain_and_a_run_of_the_key_take_the_first_row_as_plan_and_run_do()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 3);
        world.Edit("syncs/visitors.yaml", "fields:", "limits: { max_invalid_percent: 100 }\nfields:");
        world.Execute("insert into visitors values ('v-twice', 'first', 1), ('v-twice', 'second', 2), ('v-twice', 'third', 3)");
        await ExplainedAsync("new", "first");
        (await world.RunAsync("run")).Ended(0);
        await ExplainedAsync("unchanged", "first");

        world.Execute("update visitors set plan = 'other' where plan = 'first'");
        var plan = (await world.RunAsync("plan", "--json")).Ended(0).Json.GetProperty("syncs")[0];
        Assert.Equal((1, 2), (Number(plan, "planned"), Number(plan, "invalid")));
        await ExplainedAsync("changed", "other");
        var run = (await world.RunAsync("run", "visitors", "--key", "v-twice", "--json")).Ended(0).Run;
        Assert.Equal((3, 2, 1), (Number(run, "read"), Number(run, "invalid"), Number(run, "accepted")));
        await ExplainedAsync("unchanged", "other");

        // A later run goes on knowing that the key repeats.
        var later = (await world.RunAsync("run", "visitors", "--json")).Ended(0).Run;
        Assert.Equal((2, 4, 0), (Number(later, "invalid"), Number(later, "unchanged"), Number(later, "planned")));

        async Task ExplainedAsync(string decision, string plan)
        {
            var story = (await world.RunAsync("explain", "visitors", "v-twice", "--json")).Ended(0).Json;
            Assert.Equal((decision, plan, 3), (story.GetProperty("decision").GetString(),
                story.GetProperty("row").GetProperty("plan").GetString(), Number(story, "rows")));
            Assert.Contains("  row (the first of 3; the others are invalid: repeated_key):",
                (await world.RunAsync("explain", "visitors", "v-twice")).Ended(0).Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Where_reads_begin_at_a_cursor_none_of_them_counts_until_a_full_read()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 3);
        world.Edit("syncs/visitors.yaml", "model: { table: visitors }",
            "model: { table: visitors, cursor: seats }\nlimits: { max_invalid_percent: 100 }");
        world.Execute("insert into visitors values ('v-twice', 'first', 4), ('v-twice', 'second', 5)");
        (await world.RunAsync("run")).Ended(0);
        world.Execute("update visitors set plan = 'other' where plan = 'first'");

        var story = (await world.RunAsync("explain", "visitors", "v-twice", "--json")).Ended(0).Json;
        Assert.Equal(("invalid", "repeated_key"), (story.GetProperty("decision").GetString(),
            story.GetProperty("invalid").GetProperty("rule").GetString()));
        var run = (await world.RunAsync("run", "visitors", "--key", "v-twice", "--json")).Ended(0).Run;
        Assert.Equal((2, 0), (Number(run, "invalid"), Number(run, "planned")));
        Assert.Equal(1, Number((await world.RunAsync("run", "--full", "--key", "v-twice", "--json")).Ended(0).Run, "accepted"));
    }

    private static int Number(JsonElement element, string name) => element.GetProperty(name).GetInt32();
}
