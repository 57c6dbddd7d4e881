using System.Diagnostics;
using System.Globalization;

namespace Benchmarks;

/// <summary>Peak memory of a process that runs a sync from SQLite: first run, then unchanged run.</summary>
internal static class PeakMemory
{
    public static async Task MeasureAsync(BenchmarkOptions options, SimulatorProcess simulator, string folder)
    {
        var file = Path.Combine(folder, "peak.db");
        Data.FillSqlite(file, options.PeakRows);
        await simulator.Control.ResetAsync();
        foreach (var run in (string[])["first", "unchanged"])
        {
            using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [.. Self.Arguments, "peak", folder, simulator.Address.ToString()]) { RedirectStandardOutput = true, UseShellExecute = false })!;
            var bytes = long.Parse(await child.StandardOutput.ReadToEndAsync(), CultureInfo.InvariantCulture);
            await child.WaitForExitAsync();
            var bound = (150L * 1024 * 1024) + (24L * options.PeakRows);
            Suite.Print($"peak_memory_{run}_run", (double)bytes / bound, 1, new { rows = options.PeakRows, peak_mb = bytes / 1024 / 1024, bound_mb = bound / 1024 / 1024 });
        }
    }

    public static async Task<int> RunChildAsync(string folder, Uri pendo)
    {
        await Engine.RunAsync(Engine.Load($"{{ type: sqlite, file: \"{Path.Combine(folder, "peak.db")}\" }}", pendo, Engine.Visitors), Path.Combine(folder, "peak-state.db"));
        Console.Write(Process.GetCurrentProcess().PeakWorkingSet64.ToString(CultureInfo.InvariantCulture));
        return 0;
    }
}
