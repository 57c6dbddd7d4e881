using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;
using PendoFunctions.Azure;
using PendoFunctions.Tests.Worlds;
using PendoSync.Planning;
using PendoSync.Runs;
using PendoSync.Snapshot;
using PendoSync.State;

namespace Benchmarks;

/// <summary>
/// What a run of a thousand changed rows costs where many millions of records are known: processes of their own, against SQLite and
/// Azurite, with the transactions that Azure would bill. The records that are known stand in the state only.
/// </summary>
internal static class LargeState
{
    private const int Rows = 1000;
    private const int Rounds = 5;
    private const string Sync = """
        name: visitors
        warehouse: source
        pendo: test
        model: { table: visitors, cursor: rev, lookback: 0 }
        object: visitor
        behavior: update_or_create
        key: id
        fields: { plan: plan }
        """;

    /// <summary>Measures for each number of millions.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<int> millions)
    {
        using var simulator = await SimulatorProcess.StartAsync();
        Console.WriteLine("| state | records | whole base written | whole base loaded | 1,000 changed rows | peak memory |\n"
            + "| --- | --- | --- | --- | --- | --- |");
        foreach (var (name, azurite) in new[] { ("SQLite", false), ("Azurite", true) })
        {
            if (azurite && Environment.GetEnvironmentVariable("PENDOSYNC_AZURITE") is null)
            {
                await Console.Error.WriteLineAsync("skipped Azurite: PENDOSYNC_AZURITE names no folder of its programs");
                continue;
            }

            foreach (var million in millions)
            {
                var folder = Directory.CreateTempSubdirectory("pendosync-large-").FullName;
                // Its tables stand in its memory.
                await using var server = azurite ? await AzuriteProcess.StartAsync("table",
                    new Dictionary<string, string>(StringComparer.Ordinal) { ["NODE_OPTIONS"] = "--max-old-space-size=12000" }) : null;
                try
                {
                    await MeasureAsync(name, million * 1_000_000L, folder, server?.ConnectionString ?? Path.Combine(folder, "state.db"),
                        simulator);
                }
                finally
                {
                    Directory.Delete(folder, recursive: true);
                }
            }
        }

        return 0;
    }

    private static async Task MeasureAsync(string name, long records, string folder, string state, SimulatorProcess simulator)
    {
        await simulator.Control.ResetAsync();
        Fill(folder);
        await ChildAsync(folder, simulator, state);
        var (written, loaded) = await GrowAsync(state, records);
        var runs = new List<Figures>();
        for (var round = 0; round <= Rounds; round++)
        {
            Change(folder, round);
            runs.Add(await ChildAsync(folder, simulator, state));
        }

        // The first one finds the receipts of the run that filled the table.
        runs = [.. runs.Skip(1).OrderBy(r => r.Seconds)];
        var middle = runs[runs.Count / 2];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {records:N0} | {written} | {loaded} | {middle} | {runs.Max(r => r.Bytes) >> 20} MB |"));
    }

    /// <summary>The child's side: one run; prints its seconds, its peak in bytes and the transactions of the tables.</summary>
    public static async Task<int> RunChildAsync(string folder, Uri pendo, string state)
    {
        var watch = Stopwatch.StartNew();
        await using var tables = Open(state, out var transactions);
        var project = Engine.Load($"{{ type: sqlite, file: \"{Path.Combine(folder, "large.db")}\" }}", pendo, Sync);
        var run = await Engine.RunAsync(project, tables, Path.Combine(folder, "locks"));
        if (run.Counts.Accepted != Rows && run.Counts.Unchanged > 0)
            throw new InvalidOperationException($"{run.Counts.Accepted} of {Rows} records were accepted");
        Console.Write(string.Create(CultureInfo.InvariantCulture,
            $"{watch.Elapsed.TotalSeconds} {Process.GetCurrentProcess().PeakWorkingSet64} {transactions()}"));
        return 0;
    }

    private static async Task<Figures> ChildAsync(string folder, SimulatorProcess simulator, string state)
    {
        var words = (await Self.RunAsync("large-run", folder, simulator.Address.ToString(), state)).Split(' ');
        var figures = new Figures(double.Parse(words[0], CultureInfo.InvariantCulture), long.Parse(words[1], CultureInfo.InvariantCulture),
            long.Parse(words[2], CultureInfo.InvariantCulture));
        await Console.Error.WriteLineAsync($"  {figures}, {figures.Bytes >> 20} MB");
        return figures;
    }

    // Adds records to the base as a run would have folded them.
    private static async Task<(Figures Written, Figures Loaded)> GrowAsync(string state, long records)
    {
        await using var tables = Open(state, out var transactions);
        var store = new StateStore(tables);
        var checkpoint = await store.Checkpoints.ReadAsync("visitors", default);
        var index = await new SnapshotLoader(store, new EngineOptions()).LoadAsync(checkpoint, events: false, default);
        index.Reserve(records, 0);
        var random = new byte[16];
        while (index.Accepted < records)
        {
            RandomNumberGenerator.Fill(random);
            index.SetAccepted(BitConverter.ToUInt64(random) | 1, BitConverter.ToUInt64(random, 8) | 1);
        }

        var (watch, before) = (Stopwatch.StartNew(), transactions());
        var part = await store.Snapshots.WriteAsync("visitors", "grown", Checkpoint.DayOf(checkpoint.ReadAt), index, seenOnly: false,
            default);
        var written = new Figures(watch.Elapsed.TotalSeconds, 0, transactions() - before);
        await store.Checkpoints.ChangeAsync("visitors", now => now.WithParts([part]) with { Ended = [] }, default);
        (watch, before) = (Stopwatch.StartNew(), transactions());
        var loaded = new SnapshotIndex(events: false);
        loaded.Reserve(records, 0);
        await store.Snapshots.LoadAsync("visitors", part, loaded, default);
        return (written, new Figures(watch.Elapsed.TotalSeconds, 0, transactions() - before));
    }

    private static ITableStore Open(string state, out Func<long> transactions)
    {
        var counted = new Counted();
        transactions = () => counted.Count;
        if (!state.StartsWith("AccountName=", StringComparison.Ordinal))
            return new SqliteTableStore(state, TimeProvider.System);
        var options = new TableClientOptions { Retry = { NetworkTimeout = TimeSpan.FromMinutes(5) } };
        options.AddPolicy(counted, HttpPipelinePosition.PerRetry);
        var service = new TableServiceClient(state, options);
        foreach (var table in Tables.All)
            service.CreateTableIfNotExists(table);
        counted.Count = 0;
        return new TableStorageStore(service);
    }

    private static void Fill(string folder) => Data.Execute(Path.Combine(folder, "large.db"), $"""
        create table visitors(id text, plan text, rev integer);
        with recursive n(i) as (select 1 union all select i + 1 from n where i < {Rows * (Rounds + 1)})
        insert into visitors select 'visitor-' || i, 'free', 1 from n
        """);

    // Other rows each time.
    private static void Change(string folder, int round) => Data.Execute(Path.Combine(folder, "large.db"),
        $"update visitors set plan = plan || '+', rev = {round + 2} where rowid > {round * Rows} and rowid <= {(round + 1) * Rows}");

    private sealed record Figures(double Seconds, long Bytes, long Transactions)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture,
            $"{Seconds:0.00} s{(Transactions > 0 ? $", {Transactions:N0} transactions" : "")}");
    }

    private sealed class Counted : HttpPipelineSynchronousPolicy
    {
        private long _count;

        public long Count
        {
            get => Interlocked.Read(ref _count);
            set => Interlocked.Exchange(ref _count, value);
        }

        public override void OnSendingRequest(HttpMessage message) => Interlocked.Increment(ref _count);
    }
}
