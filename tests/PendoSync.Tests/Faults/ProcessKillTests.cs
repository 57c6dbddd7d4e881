using System.Text.Json;
using Microsoft.Data.Sqlite;
using PendoSimulator;
using PendoSync.Tests.Cli;
using PendoSync.Tests.Worlds;
using Xunit.Abstractions;

namespace PendoSync.Tests.Faults;

/// <summary>SIGKILL of the real command line at random moments of a run; then another run, and a look into the simulator's own log.</summary>
public sealed class ProcessKillTests(ITestOutputHelper output)
{
    private const int Chunk = 10;

    [Fact]
    public async Task Visitors_equal_the_warehouse_after_kills()
    {
        await using var place = await Place.StartAsync("""
            object: visitor
            behavior: update_or_create
            key: id
            fields: { plan: plan }
            batch_size: 25
            """);
        var kills = 0;
        for (var i = 0; i < Full.Count(100) / 2 + 1; i++)
        {
            place.Execute($"update rows set plan = 'p{i}' where rowid % 3 = {i % 3}");
            kills += await place.RunAndKillAsync(i) ? 1 : 0;
        }

        Assert.Equal((0, ""), (await place.RunAsync()) switch { { Code: 0 } => (0, ""), var failed => (failed.Code, failed.Error) });
        var expected = place.Query("select id, plan from rows").ToDictionary(r => r.Id, r => r.Value, StringComparer.Ordinal);
        var held = new Dictionary<string, string>(StringComparer.Ordinal);
        await foreach (var record in place.Simulator.Control.RecordsAsync("visitor"))
            held[record.GetProperty("id").GetString()!] = record.GetProperty("custom").GetProperty("plan").GetString()!;
        Assert.Equal(expected.OrderBy(r => r.Key, StringComparer.Ordinal), held.OrderBy(r => r.Key, StringComparer.Ordinal));
        output.WriteLine($"{kills} kills");
    }

    [Theory]
    [InlineData("at_least_once")]
    [InlineData("at_most_once")]
    public async Task Events_arrive_as_their_policy_says_after_kills(string delivery)
    {
        await using var place = await Place.StartAsync($$"""
            object: track_event
            behavior: send
            app: web-app
            key: id
            event: { name: { constant: used }, visitor_id: plan, timestamp: at, properties: { ref: id } }
            delivery: {{delivery}}
            chunk: {{Chunk}}
            concurrency: 4
            batch_size: 50
            """);
        var kills = 0;
        for (var i = 0; i < Full.Count(100) / 2 + 1; i++)
        {
            kills += await place.RunAndKillAsync(i + 1000) ? 1 : 0;
            place.Execute($"insert into rows select 'more{i}-' || id, plan, at from rows where id like 'r%' limit 20");
        }

        // Of a killed run the unknown ones are known when the next one has begun.
        Assert.Equal((0, ""), (await place.RunAsync()) switch { { Code: 0 } => (0, ""), var failed => (failed.Code, failed.Error) });
        var received = new List<string>();
        await foreach (var one in place.Simulator.Control.EventsAsync())
            received.Add(one.Properties!.Value.GetProperty("ref").GetString()!);
        var again = received.Count - received.Distinct(StringComparer.Ordinal).Count();
        var missing = place.Query("select id, plan from rows").Select(r => r.Id).Except(received, StringComparer.Ordinal).ToList();
        output.WriteLine($"{kills} kills, {again} again, {missing.Count} missing of {received.Count}");
        if (delivery == "at_least_once")
        {
            Assert.Empty(missing);
            Assert.InRange(again, 0, kills * Chunk * 3);
        }
        else
        {
            Assert.Equal(0, again);
            Assert.InRange(missing.Count, 0, kills * Chunk * 3);
            var listed = await place.UnknownAsync();
            Assert.All(missing, id => Assert.Contains(id, listed));
        }
    }

    /// <summary>A project in a folder, with the real simulator.</summary>
    private sealed class Place : IAsyncDisposable
    {
        private const string Sync = "killed";
        private readonly TemporaryFolder _folder = new();

        private Place(PendoSimulatorHost simulator) => Simulator = simulator;

        public PendoSimulatorHost Simulator { get; }

        public static async Task<Place> StartAsync(string sync)
        {
            var place = new Place(await PendoSimulatorHost.StartAsync(new SimulatorOptions { Fields = [new FieldDefinition("visitor", "custom", "plan", "string")] }));
            await File.WriteAllTextAsync(place._folder.File("pendosync.yaml"), $$"""
                version: 1
                pendo:
                  test:
                    api_url: {{place.Simulator.BaseAddress}}
                    data_url: {{place.Simulator.BaseAddress}}
                    integration_key: ${secret:pendo-key}
                    track_event_secrets: { web-app: "${secret:track-secret}" }
                    max_calls_per_second: 300
                warehouses:
                  local: { type: sqlite, file: warehouse.db }
                """);
            Directory.CreateDirectory(place._folder.File("syncs"));
            await File.WriteAllTextAsync(place._folder.File($"syncs/{Sync}.yaml"), $"name: {Sync}\nwarehouse: local\npendo: test\nmodel: {{ table: rows }}\n{sync}");
            await File.WriteAllTextAsync(place._folder.File(".env"), "PENDO_KEY=demo-key\nTRACK_SECRET=demo-secret\n");
            place.Execute($"create table rows(id text, plan text, at text); with recursive n(i) as (select 1 union all select i + 1 from n where i < 300) insert into rows select 'r' || i, 'visitor', '{DateTimeOffset.UtcNow.AddDays(-1):yyyy-MM-ddTHH:mm:ssZ}' from n");
            return place;
        }

        public void Execute(string sql)
        {
            using var connection = Open();
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }

        public List<(string Id, string Value)> Query(string sql)
        {
            using var connection = Open();
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            using var reader = command.ExecuteReader();
            var rows = new List<(string, string)>();
            while (reader.Read())
                rows.Add((reader.GetString(0), reader.GetString(1)));
            return rows;
        }

        /// <summary>Kills the run at a moment drawn from the seed, counted from its first call; false when it was over before.</summary>
        public async Task<bool> RunAndKillAsync(int seed)
        {
            var random = new Random(seed);
            var before = (await Simulator.Control.StateAsync()).Calls.Total;
            using var run = CliProcess.Start(["run", Sync, "--project", _folder.Path]);
            var ended = run.EndAsync();
            while (!ended.IsCompleted && (await Simulator.Control.StateAsync()).Calls.Total == before)
                await Task.Delay(1);
            await Task.WhenAny(ended, Task.Delay(random.Next(0, 400)));
            if (ended.IsCompleted)
                return false;
            await run.SignalAsync("KILL");
            await ended;
            return true;
        }

        public Task<CliResult> RunAsync() => CliProcess.RunAsync(["run", Sync, "--project", _folder.Path]);

        public async Task<HashSet<string>> UnknownAsync()
        {
            var list = await CliProcess.RunAsync(["rejected", Sync, "--json", "--limit", "1000", "--project", _folder.Path]);
            using var answer = JsonDocument.Parse(list.Output);
            Assert.True(answer.RootElement.TryGetProperty("items", out _), list.Output);
            return [.. answer.RootElement.GetProperty("items").EnumerateArray().Where(i => i.GetProperty("outcome").GetString() == "unknown").Select(i => i.GetProperty("key").GetString()!)];
        }

        public async ValueTask DisposeAsync()
        {
            await Simulator.DisposeAsync();
            SqliteConnection.ClearAllPools();
            _folder.Dispose();
        }

        private SqliteConnection Open()
        {
            var connection = new SqliteConnection($"Data Source={_folder.File("warehouse.db")};Pooling=false");
            connection.Open();
            return connection;
        }
    }
}
