using System.Text.Json;
using PendoSync.Tests.Cli;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.EndToEnd;

/// <summary>Ten million rows by the real executable; memory is a constant plus 24 bytes a row.</summary>
public sealed class ManyRowsTests
{
    private static readonly int _rows = Full.Wanted ? 10_000_000 : 100_000;

    [Fact]
    public async Task First_unchanged_and_changed_run_of_many_rows_send_what_they_must_in_bounded_memory()
    {
        await using var world = await CliWorld.CreateAsync(visitors: _rows, batchSize: "1000");
        await RunAsync(world, planned: _rows);
        var first = await world.Pendo.Control.ChecksumAsync("visitor");
        Assert.Equal(_rows, first.Count);
        await RunAsync(world, planned: 0);
        Assert.Equal(first, await world.Pendo.Control.ChecksumAsync("visitor"));
        world.Execute("update visitors set seats = seats + 1 where rowid % 100 = 7");
        await RunAsync(world, planned: _rows / 100);

        // A simulator that gets the table as it is now in one go holds the same.
        var held = await world.Pendo.Control.ChecksumAsync("visitor");
        Assert.NotEqual(first, held);
        await world.Pendo.Control.ResetAsync();
        await RunAsync(world, planned: _rows, "--full");
        Assert.Equal(held, await world.Pendo.Control.ChecksumAsync("visitor"));
    }

    private static async Task RunAsync(CliWorld world, int planned, params string[] more)
    {
        using var process = world.Start(["run", "visitors", "--json", .. more]);
        var watch = process.PeakAsync();
        var run = (await process.EndAsync()).Ended(0).Run;
        Assert.Equal(("completed", _rows, planned, planned, (planned + 999) / 1000),
            (run.GetProperty("state").GetString(), Number(run, "read"), Number(run, "planned"), Number(run, "accepted"),
            Number(run, "calls")));
        var (peak, bound) = ((await watch) >> 20, 150 + ((24L * _rows) >> 20));
        Assert.True(peak < bound, $"{peak} MB, allowed are {bound}");
    }

    private static int Number(JsonElement run, string name) => run.GetProperty(name).GetInt32();
}
