using System.Diagnostics;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Npgsql;
using PendoSync.Engine;
using PendoSync.Tests.Warehouses;
using PendoSync.Tests.Warehouses.Postgres;

namespace Benchmarks;

/// <summary>All figures, each a ratio to a bare loop of the same run: absolute times say little on a shared machine.</summary>
internal static class Suite
{
    // What a connection has by default.
    private const int ParallelCalls = 10;

    public static async Task<int> RunAsync(BenchmarkOptions options)
    {
        var folder = Directory.CreateTempSubdirectory("pendosync-bench-").FullName;
        try
        {
            using var simulator = await SimulatorProcess.StartAsync();
            if (options.Wants("unchanged") || options.Wants("first") || options.Wants("calls"))
                await WithPostgresAsync(options, simulator, folder);
            if (options.Wants("events"))
                await EventsAsync(options, simulator, folder);
            if (options.Wants("memory"))
                await PeakMemory.MeasureAsync(options, simulator, folder);
            if (options.Wants("events_memory"))
                await PeakMemory.MeasureEventsAsync(options, simulator, folder);
            if (options.Wants("compare"))
                await PeakMemory.MeasureCompareAsync(options, simulator, folder);
            return 0;
        }
        finally
        {
            SqliteConnection.ClearAllPools();
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <param name="figure">Its name.</param>
    /// <param name="value">The ratio.</param>
    /// <param name="limit">What it may be; null: it only explains another.</param>
    /// <param name="details">What it was made of.</param>
    public static void Print(string figure, double value, double? limit, object details) =>
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            figure,
            value = Math.Round(value, 3),
            limit,
            within = limit is null ? (bool?)null
            : value <= limit,
            details
        }));

    private static async Task WithPostgresAsync(BenchmarkOptions options, SimulatorProcess simulator, string folder)
    {
        if (PostgresServer.Binaries is null)
        {
            await Console.Error.WriteLineAsync(
                "skipped unchanged, first and calls: PostgreSQL is not installed (Debian: apt-get install postgresql)");
            return;
        }

        const string password = "bench";
        Environment.SetEnvironmentVariable("BENCH_PASSWORD", password);
        await using var server = await PostgresServer.StartAsync(password);
        await using var source =
            NpgsqlDataSource.Create(Data.ConnectionTo(server.Port, password));
        await Console.Error.WriteLineAsync($"filling {options.Rows} rows");
        await Data.FillAsync(source, options.Rows);
        var project =
            Engine.Load($"{{ type: postgres, host: 127.0.0.1, port: {server.Port}, database: postgres, user: postgres, password: "
            + $"\"${{secret:password}}\", ssl_mode: disable }}", simulator.Address, Engine.Visitors);
        var bodies = await BodiesAsync(project, simulator, folder);
        await FirstAsync(options, simulator, source, project, bodies, folder);
        await UnchangedAsync(options, source, project, folder);
        await CallsAsync(options, source, project, folder);
    }

    private static async Task FirstAsync(BenchmarkOptions options, SimulatorProcess simulator, NpgsqlDataSource source,
        PendoSync.Definitions.Project project, List<byte[]> bodies, string folder)
    {
        // The bare loop posts one body after the other. The stricter figures explain it: posting with as many calls at a time as a run
        // has, and both bare loops at once, below which no program can go where they share the processors with server and simulator.
        var (run, read, post, parallel, both) =
            (new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>());
        var uri = new Uri(simulator.Address, "/api/v1/metadata/visitor/custom/value?create=true");
        Task PostAsync(int concurrency) => Baselines.PostAsync(uri, bodies, concurrency, "demo-key");
        for (var pair = options.Wants("first") ? 0 : options.Pairs; pair <= options.Pairs; pair++)
        {
            read.Add(await TimeAsync(() => Baselines.ReadAsync(source)));
            await simulator.Control.ResetAsync();
            post.Add(await TimeAsync(() => PostAsync(1)));
            await simulator.Control.ResetAsync();
            parallel.Add(await TimeAsync(() => PostAsync(ParallelCalls)));
            await simulator.Control.ResetAsync();
            both.Add(await TimeAsync(() => Task.WhenAll(Task.Run(() => Baselines.ReadAsync(source)), PostAsync(ParallelCalls))));
            await simulator.Control.ResetAsync();
            run.Add(await TimeAsync(() => Engine.RunAsync(project, Path.Combine(folder, $"first-{pair}.db"))));
        }

        if (!options.Wants("first"))
            return;
        // The first pair warms up.
        var pairs = Enumerable.Range(1, options.Pairs).ToList();
        double Ratio(List<double> over, List<double> under) => Median([.. pairs.Select(i => over[i] / Math.Max(read[i], under[i]))]);
        double Seconds(List<double> all) => Median(all[1..]);
        Print("first_run", Ratio(run, post), 1.4, new
        {
            rows = options.Rows,
            seconds = Seconds(run),
            read_seconds = Seconds(read),
            post_seconds = Seconds(post),
            pairs = options.Pairs
        });
        Print("first_run_beside_parallel_posting", Ratio(run, parallel), null,
            new { rows = options.Rows, calls_at_a_time = ParallelCalls, post_seconds = Seconds(parallel) });
        Print("both_bare_loops_at_once_beside_parallel_posting", Ratio(both, parallel), null,
            new { rows = options.Rows, seconds = Seconds(both), processors = Environment.ProcessorCount });
    }

    private static async Task UnchangedAsync(BenchmarkOptions options, NpgsqlDataSource source,
        PendoSync.Definitions.Project project, string folder)
    {
        if (!options.Wants("unchanged"))
            return;
        var state = Path.Combine(folder, $"first-{options.Pairs}.db");
        var (ratios, runs, reads) = (new List<double>(), new List<double>(), new List<double>());
        for (var pair = 0; pair <= options.Pairs; pair++)
        {
            var read = await TimeAsync(() => Baselines.ReadAsync(source));
            var run = await TimeAsync(async () =>
            {
                var record = await Engine.RunAsync(project, state);
                if (record.Counts.Unchanged != options.Rows)
                    throw new InvalidOperationException($"{record.Counts.Unchanged} of {options.Rows} were unchanged");
            });
            if (pair == 0)
                continue;
            runs.Add(run);
            reads.Add(read);
            ratios.Add(run / read);
        }

        Print("unchanged_run", Median(ratios), 1.45,
            new { rows = options.Rows, seconds = Median(runs), read_seconds = Median(reads), pairs = options.Pairs });
    }

    private static async Task CallsAsync(BenchmarkOptions options, NpgsqlDataSource source,
        PendoSync.Definitions.Project project, string folder)
    {
        if (!options.Wants("calls"))
            return;
        await using (var change = source.CreateCommand("update visitors set plan = plan || '+' where right(id, 2) = '07'"))
            await change.ExecuteNonQueryAsync();
        var run = await Engine.RunAsync(project, Path.Combine(folder, $"first-{options.Pairs}.db"));
        var least = Math.Ceiling(run.Counts.Accepted / 1000.0);
        Print("calls", run.Counts.Calls / least, 1, new { changed = run.Counts.Accepted, calls = run.Counts.Calls });
    }

    private static async Task EventsAsync(BenchmarkOptions options, SimulatorProcess simulator, string folder)
    {
        var file = Path.Combine(folder, "events.db");
        Data.FillEvents(file, options.Events);
        var project = Engine.Load($"{{ type: sqlite, file: \"{file}\" }}", simulator.Address, Engine.Events);
        var bodies = new List<byte[]>(options.Events);
        for (var i = 1; i <= options.Events; i++)
            bodies.Add(JsonSerializer.SerializeToUtf8Bytes(new
            {
                type = "track",
                @event = "thing_done",
                visitorId = $"visitor-{i % 5000}",
                accountId = $"account-{i % 300}",
                timestamp = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(),
                properties = new { amount = i % 1000 / 4.0, plan = "team" },
                context = new { }
            }));
        var (ratios, runs, posts) = (new List<double>(), new List<double>(), new List<double>());
        for (var pair = 0; pair <= options.Pairs; pair++)
        {
            await simulator.Control.ResetAsync();
            var post = await TimeAsync(() => Baselines.PostAsync(new Uri(simulator.Address, "/data/track"), bodies, 16, "demo-secret"));
            await simulator.Control.ResetAsync();
            var run = await TimeAsync(() => Engine.RunAsync(project, Path.Combine(folder, $"events-{pair}.db")));
            if (pair == 0)
                continue;
            runs.Add(run);
            posts.Add(post);
            ratios.Add(run / post);
        }

        Print("events", Median(ratios), 1.3,
            new { events = options.Events, seconds = Median(runs), post_seconds = Median(posts), pairs = options.Pairs });
    }

    // The bodies are the product's own, so that both sides send the same bytes.
    private static async Task<List<byte[]>> BodiesAsync(PendoSync.Definitions.Project project, SimulatorProcess simulator, string folder)
    {
        await simulator.Control.ResetAsync();
        await Engine.RunAsync(project, Path.Combine(folder, "bodies.db"));
        var bodies = new List<byte[]>();
        var body = new MemoryStream();
        var count = 0;
        await foreach (var record in simulator.Control.RecordsAsync("visitor"))
        {
            body.WriteByte(count == 0 ? (byte)'[' : (byte)',');
            JsonSerializer.Serialize(body, new { visitorId = record.GetProperty("id").GetString(), values = record.GetProperty("custom") });
            if (++count < 1000)
                continue;
            body.WriteByte((byte)']');
            bodies.Add(body.ToArray());
            body.SetLength(0);
            count = 0;
        }

        return bodies;
    }

    private static async Task<double> TimeAsync(Func<Task> work)
    {
        var watch = Stopwatch.StartNew();
        var before = Environment.CpuUsage.TotalTime;
        await work();
        var seconds = watch.Elapsed.TotalSeconds;
        // On a shared machine the processor's time says more than the clock's.
        await Console.Error.WriteLineAsync(
            $"  {seconds:0.00} s, {(Environment.CpuUsage.TotalTime - before).TotalSeconds:0.00} s of this process");
        return seconds;
    }

    private static double Median(List<double> values) => Math.Round(values.Order().ElementAt(values.Count / 2), 3);
}
