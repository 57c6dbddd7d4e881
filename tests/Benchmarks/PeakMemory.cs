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
            var bytes = await OfChildAsync("peak", folder, simulator);
            var bound = (150L * 1024 * 1024) + (32L * options.PeakRows);
            Suite.Print($"peak_memory_{run}_run", (double)bytes / bound, 1,
                new { rows = options.PeakRows, peak_mb = bytes / 1024 / 1024, bound_mb = bound / 1024 / 1024 });
        }
    }

    /// <summary>Four times the events may take a quarter more memory, their ledger of 16 B each included.</summary>
    public static async Task MeasureEventsAsync(BenchmarkOptions options, SimulatorProcess simulator, string folder)
    {
        var peaks = new List<long>();
        foreach (var events in (int[])[options.Events, options.Events * 4])
        {
            foreach (var file in Directory.EnumerateFiles(folder, "peak*.db*"))
                File.Delete(file);
            Data.FillEvents(Path.Combine(folder, "peak.db"), events);
            await simulator.Control.ResetAsync();
            peaks.Add(await OfChildAsync("peak-events", folder, simulator));
        }

        Suite.Print("events_memory", (double)peaks[1] / peaks[0], 1.25,
            new
            {
                events = options.Events,
                peak_mb = peaks[0] / 1024 / 1024,
                more_events = options.Events * 4,
                more_peak_mb = peaks[1] / 1024 / 1024
            });
    }

    /// <summary>A comparison of all rows with all records, and an adoption: each takes what a run takes.</summary>
    public static async Task MeasureCompareAsync(BenchmarkOptions options, SimulatorProcess simulator, string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "peak*.db*"))
            File.Delete(file);
        Data.FillSqlite(Path.Combine(folder, "peak.db"), options.PeakRows);
        await simulator.Control.ResetAsync();
        await OfChildAsync("peak", folder, simulator);
        var run = await OfChildAsync("peak", folder, simulator);
        foreach (var verb in (string[])["compare", "adopt"])
        {
            var watch = Stopwatch.StartNew();
            var bytes = await OfChildAsync("peak-" + verb, folder, simulator);
            var bound = (150L * 1024 * 1024) + (32L * options.PeakRows);
            Suite.Print(verb, (double)bytes / bound, 1, new
            {
                rows = options.PeakRows,
                seconds = Math.Round(watch.Elapsed.TotalSeconds, 1),
                peak_mb = bytes / 1024 / 1024,
                run_mb = run / 1024 / 1024,
                bound_mb = bound / 1024 / 1024,
            });
        }
    }

    /// <summary>The child's side: compares, and prints its peak in bytes.</summary>
    public static async Task<int> CompareChildAsync(string folder, Uri pendo)
    {
        var project = Engine.Load($"{{ type: sqlite, file: \"{Path.Combine(folder, "peak.db")}\" }}", pendo, Engine.Visitors);
        var found = await Engine.CompareAsync(project, Path.Combine(folder, "peak-state.db"));
        await Console.Error.WriteLineAsync($"  {found.Equal} equal, {found.Different} different, {found.Calls} calls");
        Console.Write(Process.GetCurrentProcess().PeakWorkingSet64.ToString(CultureInfo.InvariantCulture));
        return found.OnlyWarehouse + found.OnlyPendo + found.Different == 0 ? 0 : 1;
    }

    /// <summary>The child's side: adopts into a state that ran before, and prints its peak in bytes.</summary>
    public static async Task<int> AdoptChildAsync(string folder, Uri pendo)
    {
        var project = Engine.Load($"{{ type: sqlite, file: \"{Path.Combine(folder, "peak.db")}\" }}", pendo, Engine.Visitors);
        var found = await Engine.AdoptAsync(project, Path.Combine(folder, "peak-state.db"));
        await Console.Error.WriteLineAsync($"  {found.Equal} equal, {found.Different} different");
        Console.Write(Process.GetCurrentProcess().PeakWorkingSet64.ToString(CultureInfo.InvariantCulture));
        return found.OnlyWarehouse + found.OnlyPendo + found.Different == 0 ? 0 : 1;
    }

    private static async Task<long> OfChildAsync(string role, string folder, SimulatorProcess simulator) =>
        long.Parse(await Self.RunAsync(role, folder, simulator.Address.ToString()), CultureInfo.InvariantCulture);

    /// <summary>The child's side: runs the sync and prints its peak in bytes.</summary>
    public static async Task<int> RunChildAsync(string folder, Uri pendo, string sync)
    {
        await Engine.RunAsync(Engine.Load($"{{ type: sqlite, file: \"{Path.Combine(folder, "peak.db")}\" }}", pendo, sync),
            Path.Combine(folder, "peak-state.db"));
        Console.Write(Process.GetCurrentProcess().PeakWorkingSet64.ToString(CultureInfo.InvariantCulture));
        return 0;
    }
}
