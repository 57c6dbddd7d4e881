using PendoSimulator.Faults;

namespace PendoSync.Tests.Cli;

public sealed class InterruptionTests
{
    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Interrupted_run_says_what_was_done_and_the_next_one_does_the_rest(string signal)
    {
        await using var world = await CliWorld.CreateAsync(visitors: 2000, batchSize: "20");
        await world.Pendo.Control.AddFaultsAsync(new FaultRule { Endpoint = "value_bulk", Action = FaultAction.Delay, Milliseconds = 150 });
        using var running = world.Start("run", "visitors", "--json");
        await world.UntilAsync(s => s.Records.GetValueOrDefault("visitor") >= 60);
        await running.SignalAsync(signal);
        var cut = (await running.EndAsync()).Ended(1).Run;
        Assert.Equal("cancelled", cut.GetProperty("state").GetString());
        var done = cut.GetProperty("accepted").GetInt32();
        Assert.InRange(done, 60, 1980);
        Assert.Equal(done, (await world.Pendo.Control.StateAsync()).Records["visitor"]);
        Assert.Equal(cut.GetProperty("planned").GetInt32(), done + cut.GetProperty("cancelled").GetInt32());

        await world.Pendo.Control.ClearFaultsAsync();
        var next = (await world.RunAsync("run", "visitors", "--json")).Ended(0).Run;
        Assert.Equal(("completed", done, 2000 - done),
            (next.GetProperty("state").GetString(), next.GetProperty("unchanged").GetInt32(), next.GetProperty("accepted").GetInt32()));
        Assert.Equal(2000, (await world.Pendo.Control.StateAsync()).Records["visitor"]);
    }

    [Fact]
    public async Task Killed_run_is_started_again_at_once_and_goes_on()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 2000, batchSize: "20");
        await world.Pendo.Control.AddFaultsAsync(new FaultRule { Endpoint = "value_bulk", Action = FaultAction.Delay, Milliseconds = 150 });
        using var running = world.Start("run", "visitors");
        // More than three deliverers have in flight at once: some batch has its receipt.
        await world.UntilAsync(s => s.Records.GetValueOrDefault("visitor") > 60);
        await running.SignalAsync("KILL");
        await running.EndAsync();
        await world.Pendo.Control.ClearFaultsAsync();
        var next = (await world.RunAsync("run", "visitors", "--json")).Ended(0).Run;
        Assert.Equal("completed", next.GetProperty("state").GetString());
        Assert.InRange(next.GetProperty("unchanged").GetInt32(), 1, 1999);
        Assert.Equal(2000, (await world.Pendo.Control.StateAsync()).Records["visitor"]);
        var runs = (await world.RunAsync("runs", "visitors", "--json")).Ended(0).Json.GetProperty("items");
        Assert.Equal(["completed", "failed"], runs.EnumerateArray().Select(r => r.GetProperty("state").GetString()));
    }

    [Fact]
    public async Task Second_process_is_told_that_the_sync_runs_and_a_third_can_cancel_it()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 2000, batchSize: "20");
        await world.Pendo.Control.AddFaultsAsync(new FaultRule
        {
            Endpoint = "value_bulk",
            Action = FaultAction.Delay,
            From = 4,
            Milliseconds = 4000
        });
        using var first = world.Start("run", "visitors", "--json");
        await world.UntilAsync(s => s.Records.GetValueOrDefault("visitor") > 0);
        var second = (await world.RunAsync("run", "visitors", "--json")).Ended(1).Run;
        Assert.Equal("conflict", second.GetProperty("error").GetProperty("kind").GetString());
        Assert.Contains("running already", second.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        var cancelled = (await world.RunAsync("cancel", "visitors", "--json")).Ended(0).Json.GetProperty("run");
        Assert.Equal("cancelled", cancelled.GetProperty("state").GetString());
        var ended = (await first.EndAsync()).Ended(1).Run;
        Assert.Equal((cancelled.GetProperty("run_id").GetString(), "cancelled"),
            (ended.GetProperty("run_id").GetString(), ended.GetProperty("state").GetString()));
        Assert.InRange(ended.GetProperty("accepted").GetInt32(), 1, 1980);
    }

    [Fact]
    public async Task A_run_of_events_that_is_cancelled_ends_with_the_chunk_under_way()
    {
        await using var world = await CliWorld.CreateAsync(visitors: 1, events: 300);
        world.Edit("syncs/events.yaml", "event:", "chunk: 20\nconcurrency: 2\nevent:");
        await world.Pendo.Control.AddFaultsAsync(new FaultRule { Endpoint = "track", Action = FaultAction.Delay, Milliseconds = 100 });
        using var running = world.Start("run", "events", "--json");
        await world.UntilAsync(s => s.Events.Received > 5);
        (await world.RunAsync("cancel", "events")).Ended(0);
        var ended = (await running.EndAsync()).Ended(1).Run;
        var sent = (await world.Pendo.Control.StateAsync()).Events.Received;
        Assert.InRange(sent, 6, 200);
        Assert.Equal(("cancelled", sent, 300 - sent), (ended.GetProperty("state").GetString(), ended.GetProperty("accepted").GetInt32(),
            ended.GetProperty("cancelled").GetInt32()));

        await world.Pendo.Control.ClearFaultsAsync();
        Assert.Equal(300 - sent, (await world.RunAsync("run", "events", "--json")).Ended(0).Run.GetProperty("accepted").GetInt32());
        Assert.Equal(300, (await world.Pendo.Control.StateAsync()).Events.Received);
    }
}
