using System.Globalization;
using Npgsql;
using PendoSync.Tests.Warehouses.Postgres;

namespace Benchmarks;

/// <summary>
/// Whole runs over more and more millions of rows, each a cold process: what a million costs beyond the constant should stay the same.
/// Three fields a record, since the simulator keeps all that it is sent in memory.
/// </summary>
internal static class Growth
{
    /// <summary>Measures a first and an unchanged run for each number of millions.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<int> millions)
    {
        var folder = Directory.CreateTempSubdirectory("pendosync-growth-").FullName;
        try
        {
            var cli = Cold.Publish("src/PendoSync.Cli", folder);
            await using var server = await PostgresServer.StartAsync(Cold.Password);
            await using var source = NpgsqlDataSource.Create(Data.ConnectionTo(server.Port, Cold.Password));
            Console.WriteLine("| rows | first run | unchanged run | memory, first | memory, unchanged |\n| --- | --- | --- | --- | --- |");
            foreach (var million in millions)
            {
                using var simulator = await SimulatorProcess.StartAsync();
                await Console.Error.WriteLineAsync($"filling {million} million rows");
                await Data.FillAsync(source, million * 1_000_000);
                var home = Cold.Project(Path.Combine(folder, $"project-{million}"), server.Port, simulator.Address,
                    Engine.VisitorsOf("{ plan: plan, seats: seats, score: score }"));
                var (first, second) = (Measure(home, cli), Measure(home, cli));
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"| {million},000,000 | {first.Seconds:0.0} s | {second.Seconds:0.0} s "
                    + $"| {first.Bytes / 1e6:0} MB | {second.Bytes / 1e6:0} MB |"));
                Directory.Delete(home, recursive: true);
            }

            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (double Seconds, long Bytes) Measure(string home, string cli)
    {
        var peak = 0L;
        var seconds = Cold.Ours(home, cli, ["run", "visitors"], process =>
        {
            while (!process.WaitForExit(50))
            {
                process.Refresh();
                try
                {
                    peak = Math.Max(peak, process.PeakWorkingSet64);
                }
                catch (InvalidOperationException)
                {
                    // It has ended since.
                    break;
                }
            }
        });
        return (seconds, peak);
    }
}
