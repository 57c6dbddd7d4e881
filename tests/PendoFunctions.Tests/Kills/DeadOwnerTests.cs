using System.Diagnostics;
using PendoFunctions.Tests.Worlds;
using PendoSimulator.Faults;
using PendoSync.State;
using PendoSync.Tests.Worlds;
using Xunit.Abstractions;

namespace PendoFunctions.Tests.Kills;

/// <summary>What a SIGKILL in the middle of a run costs by the clock on the wall: nothing is skipped here.</summary>
public sealed class DeadOwnerTests(Azurite azurite, ITestOutputHelper output) : IClassFixture<Azurite>
{
    private const int RowsForEachKill = 2_000;

    // An owner of values is taken for dead after ten seconds, and a worker starts within a few more.
    private static readonly TimeSpan ForEachKill = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_killed_worker_costs_seconds_and_nobody_waits_for_the_time_a_dead_owner_had()
    {
        var kills = Full.Wanted ? 3 : 1;
        var rows = kills * RowsForEachKill;
        await using var world = await AppWorld.CreateAsync(azurite);
        var sync = world.AddVisitors("visitors", rows, batchSize: 100);
        await world.Pendo.Control.AddFaultsAsync(new FaultRule
        {
            Endpoint = "value_bulk",
            Action = FaultAction.Delay,
            Milliseconds = 500
        });
        var app = await world.StartAppAsync(new Dictionary<string, string>(StringComparer.Ordinal) { ["SyncTimer"] = "*/10 * * * * *" });
        var watch = Stopwatch.StartNew();
        var id = await world.StartRunAsync(app, sync);
        for (var kill = 0; kill < kills; kill++)
        {
            var reached = (kill * RowsForEachKill) + (RowsForEachKill / 2);
            await world.UntilAsync(async () => await world.VisitorsAsync() >= reached, $"{reached} visitors");
            await app.KillAsync();
        }

        var run = await world.EndedAsync(id, seconds: 300);
        var took = watch.Elapsed;

        output.WriteLine($"{rows} records, {kills} kills: {took.TotalSeconds:0} s; {run}");
        Assert.Equal((RunState.Completed, rows, 0L), (run.State, run.Counts.Accepted, run.Counts.GivenUp));
        Assert.Equal(rows, await world.VisitorsAsync());
        Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(30) + (ForEachKill * kills));
    }
}
