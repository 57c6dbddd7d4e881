using System.Collections.Concurrent;
using System.Diagnostics;
using Azure.Data.Tables;
using PendoFunctions.Azure;
using PendoFunctions.Tests.Worlds;
using PendoSimulator;
using PendoSync.State;
using PendoSync.Tests.Worlds;

namespace PendoFunctions.Tests.Kills;

/// <summary>A deployment whose app process is killed, again and again: the warehouse, the tables, the journal of the queue and Pendo live on.</summary>
internal sealed class KilledDeployment : IAsyncDisposable
{
    public const int Chunk = 5;

    // What a shell says of a process that a signal ended: 128 + 9.
    private const int Sigkill = 137;

    // A dead owner's intents, leases and messages have had their time after it: the deadline of a delivery and its margin are 13 min.
    private static readonly TimeSpan Between = TimeSpan.FromMinutes(14);
    private readonly string _id = Guid.NewGuid().ToString("N")[..8];
    private readonly TemporaryFolder _folder = new();
    private readonly Azurite _azurite;
    private readonly PendoSimulatorHost _pendo;
    private readonly ConcurrentQueue<string?> _said = new();
    private TimeSpan _ahead;

    private KilledDeployment(Azurite azurite, PendoSimulatorHost pendo)
    {
        (_azurite, _pendo) = (azurite, pendo);
        Warehouse = new SqliteFile(_folder.File("warehouse.db"));
        State = new StateStore(new TableStorageStore(new TableServiceClient(azurite.ConnectionString)));
        Directory.CreateDirectory(_folder.File("syncs"));
        File.WriteAllText(_folder.File(".env"), "PENDO_KEY=demo-key\nTRACK_SECRET=demo-secret\nPENDOSYNC_API_KEY=some-key\n");
        File.WriteAllText(_folder.File("pendosync.yaml"), $$"""
            version: 1
            pendo:
              pendo-{{_id}}:
                api_url: {{pendo.BaseAddress.GetLeftPart(UriPartial.Authority)}}
                data_url: {{pendo.BaseAddress.GetLeftPart(UriPartial.Authority)}}
                integration_key: ${secret:pendo-key}
                track_event_secrets: { web-app: "${secret:track-secret}" }
                max_calls_per_second: 300
            warehouses:
              w: { type: sqlite, file: warehouse.db }
            """);
        foreach (var kind in new[] { "visitor", "account" })
            AddSync(kind, $"object: {kind}\nbehavior: update_or_create\nfields: {{ plan: plan }}\ncreate_fields: true\nbatch_size: 10\n");
        foreach (var policy in new[] { "at_least_once", "at_most_once" })
        {
            AddSync(policy.Replace('_', '-'), $$"""
                object: track_event
                behavior: send
                app: web-app
                event: { name: { constant: {{policy}} }, visitor_id: plan, timestamp: at, properties: { ref: id } }
                delivery: {{policy}}
                chunk: {{Chunk}}
                concurrency: 2
                batch_size: 20
                """);
        }
    }

    public StateStore State { get; }

    public SqliteFile Warehouse { get; }

    /// <summary>The syncs, by their full names.</summary>
    public List<string> Syncs { get; } = [];

    public static async Task<KilledDeployment> StartAsync(Azurite azurite) => new(azurite, await PendoSimulatorHost.StartAsync());

    public string Sync(string name) => $"{name}-{_id}";

    /// <summary>Starts the app until <paramref name="wanted"/> of its processes were killed; each meets a warehouse that has changed.</summary>
    public async Task KillAsync(int wanted, int seed)
    {
        var random = new Random(seed);
        for (var kill = 0; kill < wanted; kill++)
        {
            Change(kill);
            using var app = StartApp();
            // Three of four moments are counted from the first call of the process, when there is most to lose; the others from its start.
            if (random.Next(4) > 0)
            {
                var before = await CallsAsync();
                await UntilAsync(app, async () => await CallsAsync() > before, "a call");
                await Task.Delay(random.Next(0, 600));
            }
            else
            {
                await Task.Delay(random.Next(0, 3000));
            }

            await KillAsync(app);
        }
    }

    /// <summary>Starts the app as often as it needs until every sync has nothing more to send.</summary>
    public async Task CompleteAsync()
    {
        for (var i = 0; i < 10; i++)
        {
            var before = await LastRunsAsync();
            using var app = StartApp();
            await UntilAsync(app, async () => (await LastRunsAsync()).Zip(before).All(runs => runs.First is { } last && last.RunId != runs.Second?.RunId && last.Ended), "a run of every sync");
            await KillAsync(app);
            if ((await LastRunsAsync()).All(run => run is { State: RunState.Completed, Counts.Planned: 0 }))
                return;
        }

        Assert.Fail(string.Join('\n', await LastRunsAsync()));
    }

    /// <summary>What Pendo holds in the field plan.</summary>
    public async Task<Dictionary<string, string>> HeldAsync(string kind)
    {
        var held = new Dictionary<string, string>(StringComparer.Ordinal);
        await foreach (var record in _pendo.Control.RecordsAsync(kind))
            if (record.GetProperty("custom").TryGetProperty("plan", out var plan))
                held[record.GetProperty("id").GetString()!] = plan.GetString()!;
        return held;
    }

    /// <summary>Ids of the events of a name that Pendo took, each as often as it was taken.</summary>
    public async Task<List<string>> ReceivedAsync(string name)
    {
        var received = new List<string>();
        await foreach (var one in _pendo.Control.EventsAsync())
            if (one.Name == name)
                received.Add(one.Properties!.Value.GetProperty("ref").GetString()!);
        return received;
    }

    public async ValueTask DisposeAsync()
    {
        await _pendo.DisposeAsync();
        _folder.Dispose();
    }

    private void AddSync(string name, string more)
    {
        var table = name.Replace('-', '_');
        Warehouse.Execute($"create table {table}(id text, plan text, at text)");
        Insert(table, "r", 60);
        File.WriteAllText(_folder.File($"syncs/{name}.yaml"), $"name: {Sync(name)}\nwarehouse: w\nmodel: {{ table: {table} }}\npendo: pendo-{_id}\nkey: id\nevery: 1m\n{more}");
        Syncs.Add(Sync(name));
    }

    private void Change(int number)
    {
        foreach (var table in new[] { "visitor", "account" })
            Warehouse.Execute($"update {table} set plan = 'p{number}' where rowid % 2 = {number % 2}");
        foreach (var table in new[] { "at_least_once", "at_most_once" })
            Insert(table, $"m{number}-", 20);
    }

    private void Insert(string table, string prefix, int rows) => Warehouse.Execute(
        $"with recursive n(i) as (select 1 union all select i + 1 from n where i < {rows}) insert into {table} select '{prefix}' || i, 'v' || i, '{DateTimeOffset.UtcNow.AddHours(-1):yyyy-MM-ddTHH:mm:ssZ}' from n");

    private async Task<List<RunRecord?>> LastRunsAsync()
    {
        var last = new List<RunRecord?>();
        foreach (var sync in Syncs)
            last.Add((await State.Checkpoints.ReadAsync(sync, CancellationToken.None)) is { Active: null, LastRun: { } id } ? await State.Runs.ReadAsync(sync, id, CancellationToken.None) : null);
        return last;
    }

    private Process StartApp()
    {
        _ahead += Between;
        var start = new ProcessStartInfo("dotnet",
        [
            typeof(KilledDeployment).Assembly.Location, "app", _folder.File("journal"), _ahead.ToString("c"),
            "--STAND_IN_PORT", "0", "--ServiceBusConnection", $"Endpoint=sb://{KilledApp.Namespace}/;SharedAccessKeyName=k;SharedAccessKey=a", "--StateTables", _azurite.ConnectionString,
            "--RecordBatchesQueue", "record-batches", "--SyncRequestsQueue", "sync-requests", "--SyncTimer", "* * * * * *", "--PendoSync:ProjectDirectory", _folder.Path,
        ])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var app = Process.Start(start)!;
        _said.Clear();
        app.OutputDataReceived += (_, line) => _said.Enqueue(line.Data);
        app.ErrorDataReceived += (_, line) => _said.Enqueue(line.Data);
        app.BeginOutputReadLine();
        app.BeginErrorReadLine();
        return app;
    }

    private async Task KillAsync(Process app)
    {
        app.Kill();
        await app.WaitForExitAsync();
        Assert.True(app.ExitCode == Sigkill, $"the app ended by itself with {app.ExitCode}:\n{string.Join('\n', _said)}");
    }

    private async Task UntilAsync(Process app, Func<Task<bool>> holds, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!await holds())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(90) && !app.HasExited, $"{what}: did not happen\n{string.Join('\n', _said)}");
            await Task.Delay(20);
        }
    }

    private async Task<long> CallsAsync() => (await _pendo.Control.StateAsync()).Calls.Total;
}
