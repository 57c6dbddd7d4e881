using System.Diagnostics;
using System.Text.Json.Nodes;
using PendoSimulator.Faults;
using PendoSync.State;
using PendoSync.Tests.Operations.Served;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Operations;

public sealed class ServeTests
{
    [Fact]
    public async Task Http_clock_and_after_never_overlap_on_one_sync()
    {
        await using var world = await ServedProject.CreateAsync(visitors: 40, more: "batch_size: 10\nevery: 1s");
        world.Sync("child", "people", "batch_size: 10\nevery: 1s\nafter: [people]");
        await world.Simulator.Control.AddFaultsAsync(new FaultRule { Action = FaultAction.Delay, Milliseconds = 40 });
        await world.ServeAsync();
        await Until.HoldsAsync(async () =>
        {
            foreach (var sync in new[] { "people", "child" })
                await world.SendAsync(HttpMethod.Post, $"/api/syncs/{sync}/runs", """{"mode":"full"}""");
            return await EndedAsync("people") >= 4 && await EndedAsync("child") >= 4;
        }, "both have ended four times");
        await world.LastRunAsync("people", r => r.Trigger == "timer");
        await world.LastRunAsync("child", r => r.Trigger is "timer" or "after");
        await world.StopAsync();
        foreach (var sync in new[] { "people", "child" })
        {
            var runs = await world.Engine.State.Runs.ListAsync(sync, null, CancellationToken.None).Where(r => r.StartedAt is not null)
                .OrderBy(r => r.StartedAt).ToListAsync();
            Assert.True(runs.Count > 2, $"{sync} ran {runs.Count} times");
            Assert.All(runs.Zip(runs.Skip(1)), pair =>
                Assert.True(pair.First.EndedAt <= pair.Second.StartedAt, $"{pair.First.RunId} ended after {pair.Second.RunId} began"));
            Assert.All(runs, r => Assert.Null(r.Counts.BrokenSum()));
        }

        async Task<int> EndedAsync(string sync) => await world.Engine.State.Runs.ListAsync(sync, null, CancellationToken.None)
            .CountAsync(r => r.Ended);
    }

    [Fact]
    public async Task Child_runs_after_its_parent_succeeded()
    {
        await using var world = await ServedProject.CreateAsync();
        world.Sync("child", "people", "after: [people]");
        await world.ServeAsync();
        var parent = await world.RunAsync();
        var child = await world.LastRunAsync("child", _ => true);
        Assert.Equal((RunState.Completed, "after"), (child.State, child.Trigger));
        Assert.True(child.StartedAt >= DateTimeOffset.Parse((string)parent["ended_at"]!));
    }

    [Fact]
    public async Task Sigterm_in_the_middle_of_a_run_loses_nothing()
    {
        const int Visitors = 400;
        await using var receiver = await Receiver.StartAsync();
        await using var world = await ServedProject.CreateAsync(Visitors, "batch_size: 10\nevery: 1h");
        // All but the first three calls take so long that the signal finds some under way, however busy the machine is.
        await world.Simulator.Control.AddFaultsAsync(
            new FaultRule { Endpoint = "value_bulk", From = 4, Action = FaultAction.Delay, Milliseconds = 1000 });
        using (var first = Serve(world, ("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.Address),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")))
        {
            await SentAsync(world, first, 30);
            using var kill = Process.Start("kill", ["-TERM", first.Id.ToString()]);
            await first.EndsAsync();
            Assert.Equal(0, first.ExitCode);
        }

        var sent = (await world.Simulator.Control.StateAsync()).Records["visitor"];
        Assert.InRange(sent, 30, Visitors - 1);
        await world.Simulator.Control.ClearFaultsAsync();
        await world.ServeAsync();
        var partial = await world.LastRunAsync("people", r => r.State == RunState.Partial);
        Assert.Equal((sent, 0L), (partial.Counts.Accepted, partial.Counts.Unknown));
        Assert.Null(partial.Counts.BrokenSum());
        // Nobody has to start it again, and nothing that arrived is sent twice.
        var rest = await world.LastRunAsync("people", r => r.State == RunState.Completed);
        Assert.Equal((Visitors - sent, (long)sent), ((int)rest.Counts.Accepted, rest.Counts.Unchanged));
        var signals = new HashSet<string>(StringComparer.Ordinal);
        while (!receiver.IsEmpty)
            signals.Add((await receiver.NextAsync()).Path);
        Assert.Superset(new HashSet<string> { "/v1/traces", "/v1/metrics", "/v1/logs" }, signals);
    }

    [Fact]
    public async Task Run_of_a_killed_process_is_ended_and_gone_on_with()
    {
        await using var world = await ServedProject.CreateAsync(100, "batch_size: 10\nevery: 1h");
        // The sixth call on is answered long after the process is gone, so that its run cannot be over before.
        await world.Simulator.Control.AddFaultsAsync(
            new FaultRule { Endpoint = "value_bulk", From = 6, Action = FaultAction.Delay, Milliseconds = 60_000 });
        using (var first = Serve(world))
        {
            await SentAsync(world, first, 50);
            first.Kill();
            await first.EndsAsync();
        }

        await world.Simulator.Control.ClearFaultsAsync();
        await world.ServeAsync();
        await world.LastRunAsync("people", r => r.State == RunState.Failed
            && r.Error!.Message.Contains("process", StringComparison.Ordinal));
        var rest = await world.LastRunAsync("people", r => r.State == RunState.Completed);
        Assert.Equal(100, (await world.Simulator.Control.StateAsync()).Records["visitor"]);
        Assert.True(rest.Counts.Unchanged > 0);
    }

    [Fact]
    public async Task Serve_refuses_the_world_without_a_key()
    {
        await using var world = await ServedProject.CreateAsync();
        using var serve = Start(world, ["--urls", "http://0.0.0.0:0", "--json"]);
        var answer = JsonNode.Parse(await serve.StandardOutput.ReadToEndAsync())!;
        await serve.EndsAsync();
        Assert.Equal((2, "configuration"), (serve.ExitCode, (string?)answer["error"]!["kind"]));
    }

    private static async Task SentAsync(ServedProject world, Process serve, int visitors)
    {
        await Until.HoldsAsync(async () =>
        {
            Assert.False(serve.HasExited, "serve ended by itself");
            return (await world.Simulator.Control.StateAsync()).Records.GetValueOrDefault("visitor") >= visitors;
        }, $"{visitors} visitors have arrived");
    }

    private static Process Serve(ServedProject world, params (string Name, string Value)[] variables) =>
        Start(world, ["--port", "0"], variables);

    private static Process Start(ServedProject world, string[] arguments, params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal)
            ? Environment.ProcessPath : "dotnet",
            [typeof(ServeTests).Assembly.Location, "pendosync", "serve", "--project", world.Folder, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        return process;
    }
}
