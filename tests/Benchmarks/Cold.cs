using System.Diagnostics;
using System.Text.Json.Nodes;
using Npgsql;
using PendoSync.Tests.Warehouses.Postgres;

namespace Benchmarks;

/// <summary>
/// Whole cold processes, as a user starts them: the command line compiled ahead, beside a bare reader and a script of forty lines that
/// posts one call after the other. One table of medians; the rate is raised, so that it bounds nobody.
/// </summary>
internal static class Cold
{
    internal const string Password = "bench";

    /// <summary>Measures for 100,000 rows and for as many as asked for, and with 200 ms a call for 100,000.</summary>
    public static async Task<int> RunAsync(BenchmarkOptions options)
    {
        var folder = Directory.CreateTempSubdirectory("pendosync-cold-").FullName;
        try
        {
            var (cli, reader) = (Publish("src/PendoSync.Cli", folder), Publish("tests/Benchmarks", folder));
            var script = Script(folder);
            using var simulator = await SimulatorProcess.StartAsync();
            await using var server = await PostgresServer.StartAsync(Password);
            Console.WriteLine("| process | rows | ms a call | seconds (median) |\n| --- | --- | --- | --- |");
            foreach (var (rows, delay) in new[] { (100_000, 0), (100_000, 200), (options.Rows, 0) }.Distinct())
            {
                var connection = Data.ConnectionTo(server.Port, Password);
                await using (var source = NpgsqlDataSource.Create(connection))
                    await Data.FillAsync(source, rows);
                await simulator.Control.ChangeOptionsAsync(new JsonObject
                {
                    ["serviceTime"] = TimeSpan.FromMilliseconds(delay).ToString("c")
                });
                var series = new Series(folder, cli, reader, script, simulator, server.Port, connection, rows, delay);
                for (var round = 0; round < options.Pairs; round++)
                    await series.RoundAsync(round);
                series.Print();
            }

            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Compiles a project ahead into the folder and says where its program is.</summary>
    internal static string Publish(string project, string folder)
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Parent!.Parent!.Parent!.Parent!.FullName;
        var output = Path.Combine(folder, Path.GetFileName(project));
        var system = System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier;
        Run(root, "dotnet", ["publish", project, "-c", "Release", "-r", system, "--no-self-contained", "-p:PublishReadyToRun=true",
            "-p:PackAsTool=false", "-p:RunAnalyzers=false", "-v", "quiet", "-o", output]);
        return Path.Combine(output, project.EndsWith("Cli", StringComparison.Ordinal) ? "PendoSync.Cli" : "Benchmarks");
    }

    // Null where npm cannot be had.
    private static string? Script(string folder)
    {
        var home = Directory.CreateDirectory(Path.Combine(folder, "script")).FullName;
        File.Copy(Path.Combine(AppContext.BaseDirectory, "script.mjs"), Path.Combine(home, "script.mjs"));
        try
        {
            Run(home, "npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", "pg@8"]);
            return Path.Combine(home, "script.mjs");
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            Console.Error.WriteLine("skipped the script: npm cannot install pg");
            return null;
        }
    }

    internal static double Run(string folder, string program, IEnumerable<string> arguments,
        params (string Name, string Value)[] variables) => Run(folder, program, arguments, _ => { }, variables);

    /// <summary>Runs a program to its end and gives the seconds it took.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="program">Which.</param>
    /// <param name="arguments">With what.</param>
    /// <param name="watcher">Looks at it while it runs.</param>
    /// <param name="variables">Of its environment.</param>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    internal static double Run(string folder, string program, IEnumerable<string> arguments, Action<Process> watcher,
        params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        var watch = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        watcher(process);
        process.WaitForExit();
        return process.ExitCode == 0 ? watch.Elapsed.TotalSeconds
            : throw new InvalidOperationException(
                $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {output.Result}{error.Result}");
    }

    private sealed class Series(string folder, string cli, string reader, string? script, SimulatorProcess simulator, int port,
        string connection, int rows, int delay)
    {
        private readonly Dictionary<string, List<double>> _seconds = new(StringComparer.Ordinal);

        public async Task RoundAsync(int round)
        {
            var home = Project(round);
            Add("validate", () => Ours(home, "validate"));
            Add("bare reader", () => Run(folder, reader, ["cold-reader"], ("BENCH_CONNECTION", connection)));
            if (script is not null)
            {
                await simulator.Control.ResetAsync();
                Add("script, all rows", () => Run(Path.GetDirectoryName(script)!, "node", [script], ("BENCH_CONNECTION",
                    $"postgres://postgres:{Password}@127.0.0.1:{port}/postgres"), ("BENCH_PENDO", simulator.Address.ToString())));
            }

            await simulator.Control.ResetAsync();
            Add("ours, first run", () => Ours(home, "run", "visitors"));
            Add("ours, unchanged", () => Ours(home, "run", "visitors"));
            await using var source = NpgsqlDataSource.Create(connection);
            await using (var change = source.CreateCommand("update visitors set plan = plan || '+' where right(id, 2) = '07'"))
                await change.ExecuteNonQueryAsync();
            Add("ours, 1 % changed", () => Ours(home, "run", "visitors"));
        }

        public void Print()
        {
            foreach (var (what, all) in _seconds)
                Console.WriteLine(string.Create(System.Globalization.CultureInfo.InvariantCulture,
                    $"| {what} | {rows:N0} | {delay} | {all.Order().ElementAt(all.Count / 2):0.00} |"));
        }

        private void Add(string what, Func<double> run)
        {
            if (!_seconds.TryGetValue(what, out var all))
                _seconds[what] = all = [];
            all.Add(run());
            Console.Error.WriteLine($"  {what}: {all[^1]:0.00} s");
        }

        private double Ours(string home, params IEnumerable<string> arguments) => Cold.Ours(home, cli, arguments, _ => { });

        private string Project(int round) =>
            Cold.Project(Path.Combine(folder, $"project-{rows}-{delay}-{round}"), port, simulator.Address, Engine.Visitors);
    }

    /// <summary>Runs our command line in a project of <see cref="Project"/>.</summary>
    internal static double Ours(string home, string cli, IEnumerable<string> arguments, Action<Process> watcher) =>
        Run(home, cli, arguments, watcher, ("PASSWORD", Password), ("KEY", "demo-key"), ("SECRET", "demo-secret"));

    /// <summary>Makes a project of one sync and gives its folder.</summary>
    internal static string Project(string home, int port, Uri pendo, string sync)
    {
        Directory.CreateDirectory(Path.Combine(home, "syncs"));
        File.WriteAllText(Path.Combine(home, "pendosync.yaml"), Engine.ProjectFile(
            $"{{ type: postgres, host: 127.0.0.1, port: {port}, database: postgres, user: postgres, "
            + "password: \"${secret:password}\", ssl_mode: disable }", pendo));
        File.WriteAllText(Path.Combine(home, "syncs", "visitors.yaml"), sync);
        return home;
    }
}
