using Microsoft.Data.Sqlite;
using PendoSimulator;
using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Engine;
using PendoSync.Loading;
using PendoSync.Operations;
using PendoSync.Reports;
using PendoSync.Runs;
using PendoSync.State;
using PendoSync.Tests.Worlds;
using PendoSync.Warehouses;

namespace PendoSync.Tests.EndToEnd;

/// <summary>A whole small installation in one process: SQLite warehouse, real simulator over HTTP, SQLite state, the real engine.</summary>
internal sealed class Installation : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _syncs = new(StringComparer.Ordinal);
    private readonly HttpMessageInvoker _http = SyncEngine.NewHttp();
    private PendoSimulatorHost? _simulator;

    public PendoSimulatorHost Simulator => _simulator!;

    public EngineOptions Options { get; set; } = new()
    {
        OnlyOwner = true,
        RetryDelay = TimeSpan.FromMilliseconds(20),
        PollInterval = TimeSpan.FromMilliseconds(20)
    };

    public AheadClock Clock { get; } = new();

    /// <summary>Time of what the queue holds back.</summary>
    public TimeProvider QueueClock { get; set; } = TimeProvider.System;

    public string Locks => _folder.File("locks");

    public double CallsPerSecond { get; set; } = 10_000;

    /// <summary>The connection 'local'; null: the SQLite file.</summary>
    public string? Warehouse { get; set; }

    /// <summary>Secrets by name; any other is demo-secret.</summary>
    public Dictionary<string, string> Secrets { get; } = new(StringComparer.Ordinal) { ["pendo-key"] = "demo-key" };

    public string StateFile => _folder.File("state.db");

    public static async Task<Installation> StartAsync(params string[] fields)
    {
        var installation = new Installation();
        installation._simulator = await PendoSimulatorHost.StartAsync(new SimulatorOptions
        {
            Fields = [.. fields.Select(f => f.Split(':')).Select(p => new FieldDefinition(p[0], "custom", p[1], p[2]))],
        });
        return installation;
    }

    public void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_folder.File("warehouse.db")};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public void Sync(string name, string yaml) => _syncs[name] = $"name: {name}\nwarehouse: local\npendo: test\n{yaml}";

    public Project Load()
    {
        var files = _syncs.ToDictionary(s => $"syncs/{s.Key}.yaml", s => s.Value, StringComparer.Ordinal);
        files["pendosync.yaml"] = $$"""
            version: 1
            pendo:
              test:
                api_url: {{Simulator.BaseAddress}}
                data_url: {{Simulator.BaseAddress}}
                integration_key: ${secret:pendo-key}
                track_event_secrets: { web-app: "${secret:track-secret}" }
                max_calls_per_second: {{CallsPerSecond}}
            warehouses:
              local: {{Warehouse ?? $$"""{ type: sqlite, file: "{{_folder.File("warehouse.db")}}" }"""}}
            """;
        var result = ProjectLoader.Load(files, new Dictionary<string, string?>(), WarehouseTypes.All);
        Assert.True(result.Project is not null, string.Join('\n', result.Problems));
        return result.Project with { Directory = _folder.Path };
    }

    public async Task<RunRecord> RunAsync(string sync, RunMode mode = RunMode.Incremental)
    {
        await using var store = new SqliteTableStore(StateFile, Clock);
        return await RunAsync(store, sync, mode);
    }

    /// <summary>What a run would do.</summary>
    public async Task<SyncPlan> PlanAsync(string sync)
    {
        await using var store = new SqliteTableStore(StateFile, Clock);
        await using var engine = new SyncEngine(Load(), WarehouseTypes.All, store, new LocalQueue(TimeProvider.System),
            new FixedSecrets(Secrets), _http, Options with { Clock = Clock });
        return await new DryRun(engine).PlanAsync(sync, RunMode.Incremental, CancellationToken.None);
    }

    /// <summary>The story of a key.</summary>
    public async Task<Explanation> ExplainAsync(string sync, string key)
    {
        await using var store = new SqliteTableStore(StateFile, Clock);
        await using var engine = new SyncEngine(Load(), WarehouseTypes.All, store, new LocalQueue(TimeProvider.System),
            new FixedSecrets(Secrets), _http, Options with { Clock = Clock });
        return await new Explainer(engine).ExplainAsync(sync, key, CancellationToken.None);
    }

    public async Task<Checkpoint> CheckpointAsync(string sync)
    {
        await using var store = new SqliteTableStore(StateFile, Clock);
        return await new StateStore(store).Checkpoints.ReadAsync(sync, CancellationToken.None);
    }

    public async Task<RunRecord> RunAsync(ITableStore store, string sync, RunMode mode = RunMode.Incremental,
        CancellationToken stop = default)
    {
        var queue = new LocalQueue(QueueClock);
        await using var engine = new SyncEngine(Load(), WarehouseTypes.All, store, queue, new FixedSecrets(Secrets), _http,
            Options with { Owner = Guid.NewGuid().ToString("N"), Clock = Clock });
        await using var runner = new LocalRunner(engine, queue, Locks);
        return await runner.RunAsync(sync, null, mode, "cli", stop);
    }

    public async ValueTask DisposeAsync()
    {
        await Simulator.DisposeAsync();
        _http.Dispose();
        SqliteConnection.ClearAllPools();
        _folder.Dispose();
    }

    private sealed class FixedSecrets(Dictionary<string, string> secrets) : ISecretStore
    {
        public ValueTask<string> GetAsync(string name, bool refresh, CancellationToken ct) =>
            ValueTask.FromResult(secrets.GetValueOrDefault(name, "demo-secret"));
    }
}

/// <summary>Real time, moved ahead by a test.</summary>
internal sealed class AheadClock : TimeProvider
{
    public TimeSpan Ahead { get; set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;
}
