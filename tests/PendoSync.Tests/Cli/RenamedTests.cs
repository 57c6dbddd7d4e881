using System.Text.Json;

namespace PendoSync.Tests.Cli;

/// <summary>
/// A sync that is given another name is asked about before its events go out again, and goes on with its state when told so.
/// </summary>
public sealed class RenamedTests
{
    [Fact]
    public async Task Events_of_a_renamed_sync_stand_still_until_it_is_said_which_it_was()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 1, events: 30);
        (await world.RunAsync("run", "events")).Ended(0);
        Rename(world, "events", "actions");

        var validated = (await world.RunAsync("validate", "--json")).Ended(2).Json.GetProperty("problems").EnumerateArray().Single();
        Assert.Equal("syncs/actions.yaml", validated.GetProperty("file").GetString());
        Assert.Contains("no sync of the project claims the state of 'events'", validated.GetProperty("message").GetString(),
            StringComparison.Ordinal);
        var plan = (await world.RunAsync("plan", "actions", "--json")).Ended(2).Json.GetProperty("syncs")[0];
        Assert.Equal(30, plan.GetProperty("planned").GetInt32());
        for (var i = 0; i < 2; i++)
        {
            var refused = (await world.RunAsync("run", "actions", "--json")).Ended(2).Run;
            var fix = refused.GetProperty("error").GetProperty("fix").GetString();
            Assert.Contains("`renamed_from: events`", fix, StringComparison.Ordinal);
        }

        // A slip of the pen is no answer.
        Say(world, "renamed_from: evnets");
        (await world.RunAsync("run", "actions")).Ended(2);
        Assert.Equal(30, (await world.Pendo.Control.StateAsync()).Events.Received);

        world.Edit("syncs/actions.yaml", "renamed_from: evnets", "renamed_from: events");
        (await world.RunAsync("validate")).Ended(0);
        Assert.Equal(0, (await world.RunAsync("plan", "actions", "--json")).Ended(0).Json.GetProperty("syncs")[0].GetProperty("planned")
            .GetInt32());
        world.Execute("insert into events select 'e-new', visitor, at from events limit 1");
        var run = (await world.RunAsync("run", "actions", "--json")).Ended(0).Run;
        Assert.Equal((31, 30, 1), Counts(run));
        Assert.Contains("The state of 'events' was taken over", run.GetProperty("notices")[0].GetString(), StringComparison.Ordinal);
        Assert.Equal((31, 31, 0), Counts((await world.RunAsync("run", "actions", "--json")).Ended(0).Run));
        Assert.Equal(31, (await world.Pendo.Control.StateAsync()).Events.Received);

        // What was taken over is claimed, whatever comes next.
        world.Edit("syncs/actions.yaml", "renamed_from: events", "");
        (await world.RunAsync("validate")).Ended(0);
        Assert.Equal((31, 31, 0), Counts((await world.RunAsync("run", "actions", "--json")).Ended(0).Run));
    }

    [Fact]
    public async Task None_begins_anew()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 1, events: 5);
        (await world.RunAsync("run", "events")).Ended(0);
        Rename(world, "events", "actions");
        Say(world, "renamed_from: none");
        Assert.Equal((5, 0, 5), Counts((await world.RunAsync("run", "actions", "--json")).Ended(0).Run));
    }

    [Fact]
    public async Task A_sync_beside_the_old_one_or_to_another_place_is_not_asked_about()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 1, events: 5);
        (await world.RunAsync("run", "events")).Ended(0);
        File.Copy(Path.Combine(world.Folder, "syncs/events.yaml"), Path.Combine(world.Folder, "syncs/more.yaml"));
        world.Edit("syncs/more.yaml", "name: events", "name: more");
        (await world.RunAsync("validate")).Ended(0);
        Assert.Equal((5, 0, 5), Counts((await world.RunAsync("run", "more", "--json")).Ended(0).Run));

        Rename(world, "events", "other");
        world.Edit("syncs/other.yaml", "key: id", "key: at");
        (await world.RunAsync("validate")).Ended(0);
    }

    [Fact]
    public async Task Values_of_a_renamed_sync_are_sent_once_more_with_a_word_or_taken_over()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 20);
        (await world.RunAsync("run", "visitors")).Ended(0);
        Rename(world, "visitors", "people");
        Assert.Contains("renamed_from: visitors", (await world.RunAsync("validate")).Ended(0).Error, StringComparison.Ordinal);
        Say(world, "renamed_from: visitors", "people");
        Assert.Equal((20, 20, 0), Counts((await world.RunAsync("run", "people", "--json")).Ended(0).Run));

        Rename(world, "people", "folks");
        world.Edit("syncs/folks.yaml", "renamed_from: visitors", "");
        var run = (await world.RunAsync("run", "folks", "--json")).Ended(0).Run;
        Assert.Equal((20, 0, 20), Counts(run));
        Assert.Contains("renamed_from: people", run.GetProperty("notices")[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_is_there_still_cannot_be_the_former_one()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 1, events: 1);
        File.AppendAllText(Path.Combine(world.Folder, "syncs/events.yaml"), "renamed_from: visitors\n");
        Assert.Contains("there is a sync named 'visitors'", (await world.RunAsync("validate")).Ended(2).Output, StringComparison.Ordinal);
    }

    private static void Rename(CliWorld world, string from, string to)
    {
        File.Move(Path.Combine(world.Folder, $"syncs/{from}.yaml"), Path.Combine(world.Folder, $"syncs/{to}.yaml"));
        world.Edit($"syncs/{to}.yaml", $"name: {from}", $"name: {to}");
    }

    private static void Say(CliWorld world, string line, string sync = "actions") =>
        File.AppendAllText(Path.Combine(world.Folder, $"syncs/{sync}.yaml"), line + "\n");

    private static (int Read, int Unchanged, int Accepted) Counts(JsonElement run) =>
        (run.GetProperty("read").GetInt32(), run.GetProperty("unchanged").GetInt32(), run.GetProperty("accepted").GetInt32());
}
