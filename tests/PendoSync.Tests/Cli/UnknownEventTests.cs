using PendoSimulator.Faults;

namespace PendoSync.Tests.Cli;

/// <summary>An event whose answer was lost, and what is said of its next try.</summary>
public sealed class UnknownEventTests
{
    [Theory]
    [InlineData("at_least_once", "with the next run", 1)]
    [InlineData("at_most_once", "never (at_most_once)", 0)]
    public async Task Problems_say_what_the_next_run_does_with_it_and_forget_it_once_it_is_accepted(string delivery, string said, int sent)
    {
        await using var world = await CliWorld.CreateAsync(visitors: 1, events: 1);
        world.Edit("syncs/events.yaml", "key: id", $"key: id\ndelivery: {delivery}");
        await world.Pendo.Control.AddFaultsAsync(new FaultRule { Endpoint = "track", Action = FaultAction.Status, Status = 500 });
        (await world.RunAsync("run", "events")).Ended(0);

        Assert.Matches($@"(?m)^e-00001 +unknown +\d+ +{System.Text.RegularExpressions.Regex.Escape(said)} ",
            (await world.RunAsync("problems", "events")).Ended(0).Output);
        Assert.Contains($"next try {said})", (await world.RunAsync("explain", "events", "e-00001")).Ended(0).Output,
            StringComparison.Ordinal);
        await world.Pendo.Control.ClearFaultsAsync();
        var next = (await world.RunAsync("run", "events", "--json")).Ended(0).Run;
        Assert.Equal((sent, sent), (next.GetProperty("planned").GetInt32(), next.GetProperty("accepted").GetInt32()));
        Assert.Equal(sent == 0, (await world.RunAsync("problems", "events")).Ended(0).Output.Contains("e-00001", StringComparison.Ordinal));
    }
}
