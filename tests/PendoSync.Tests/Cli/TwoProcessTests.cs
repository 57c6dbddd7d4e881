using System.Text.Json;
using PendoSimulator.Faults;

namespace PendoSync.Tests.Cli;

/// <summary>Two processes on one state file.</summary>
public sealed class TwoProcessTests
{
    [Fact]
    public async Task Two_processes_keep_the_rate_of_their_Pendo_connection_together()
    {
        const int Rate = 20;
        await using var world = await CliWorld.CreateAsync(visitors: 600, events: 60, batchSize: "10");
        world.Edit("pendosync.yaml", "max_calls_per_second: 2000", $"max_calls_per_second: {Rate}");
        using var visitors = world.Start("run", "visitors", "--json");
        using var events = world.Start("run", "events", "--json");
        var (one, other) = ((await visitors.EndAsync()).Ended(0).Run, (await events.EndAsync()).Ended(0).Run);
        Assert.True(Time(one, "started_at") < Time(other, "ended_at") && Time(other, "started_at") < Time(one, "ended_at"),
            "the processes did not run at the same time");

        var calls = (await world.Pendo.Control.CallsAsync()).Where(c => c.Endpoint is "value_bulk" or "track")
            .OrderBy(c => c.Time).ToList();
        Assert.Equal((60, 60), (calls.Count(c => c.Endpoint == "value_bulk"), calls.Count(c => c.Endpoint == "track")));
        // Calls that were held up on their way arrive together with later ones: 3 s hold 60 calls and 30 late ones. Two rates of their own
        // would be 120.
        Assert.InRange(calls.Max(c => calls.Count(other => other.Time >= c.Time && other.Time < c.Time.AddSeconds(3))), 1, Rate * 9 / 2);
        Assert.InRange((calls[^1].Time - calls[0].Time).TotalSeconds, (calls.Count / (double)Rate) - 1.5, 60);

        static DateTimeOffset Time(JsonElement run, string name) => run.GetProperty(name).GetDateTimeOffset();
    }

    [Fact]
    public async Task Of_two_processes_started_together_one_plans_and_the_other_is_told()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 400, batchSize: "100");
        await world.Pendo.Control.AddFaultsAsync(new FaultRule
        {
            Endpoint = "value_bulk",
            Action = FaultAction.Delay,
            Milliseconds = 8000
        });
        using var one = world.Start("run", "visitors", "--json");
        using var other = world.Start("run", "visitors", "--json");
        var ended = new[] { await one.EndAsync(), await other.EndAsync() }.OrderBy(r => r.Code).ToList();

        Assert.Equal(("completed", 400),
            (ended[0].Ended(0).Run.GetProperty("state").GetString(), ended[0].Run.GetProperty("accepted").GetInt32()));
        Assert.Equal("conflict", ended[1].Ended(1).Run.GetProperty("error").GetProperty("kind").GetString());
        Assert.Equal(4, (await world.Pendo.Control.StateAsync()).Calls.Count("value_bulk"));
        Assert.Single((await world.RunAsync("runs", "visitors", "--json")).Ended(0).Json.GetProperty("items").EnumerateArray());
    }
}
