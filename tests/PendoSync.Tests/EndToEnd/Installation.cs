using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
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
    private readonly ProjectFolder _project;
    private readonly HttpMessageInvoker _http = SyncEngine.NewHttp();
    private HttpMessageInvoker? _wire;

    private Installation(ProjectFolder project) => _project = project;

    public PendoSimulatorHost Simulator => _project.Pendo;

    public EngineOptions Options { get; set; } = new()
    {
        OnlyOwner = true,
        RetryDelay = TimeSpan.FromMilliseconds(20),
        PollInterval = TimeSpan.FromMilliseconds(20)
    };

    public AheadClock Clock { get; } = new();

    /// <summary>Sees every call to Pendo, before it is made.</summary>
    public void Watch(DelegatingHandler wire)
    {
        wire.InnerHandler = new SocketsHttpHandler();
        _wire = new HttpMessageInvoker(wire);
    }

    /// <summary>Time of what the queue holds back.</summary>
    public TimeProvider QueueClock { get; set; } = TimeProvider.System;

    public string Locks => _project.File("locks");

    public double CallsPerSecond { get; set; } = 10_000;

    /// <summary>What the connection calls the id of a parent account; null: it does not say.</summary>
    public string? ParentAccountId { get; set; }

    /// <summary>The connection 'local'; null: the SQLite file.</summary>
    public string? Warehouse { get; set; }

    /// <summary>Secrets by name; any other is demo-secret.</summary>
    public Dictionary<string, string> Secrets { get; } = new(StringComparer.Ordinal) { ["pendo-key"] = ProjectFolder.Key };

    /// <summary>Where the engine's log goes; null: nowhere.</summary>
    public ILogger? Log { get; set; }

    public string StateFile => _project.File("state.db");

    public static async Task<Installation> StartAsync(params string[] fields) => new(await ProjectFolder.CreateAsync(fields));

    public void Execute(string sql) => _project.Warehouse.Execute(sql);

    public void Sync(string name, string yaml) => _project.Sync(name, yaml);

    public Project Load()
    {
        _project.Connect(CallsPerSecond, local: Warehouse);
        if (ParentAccountId is { } name)
            _project.Write("pendosync.yaml", File.ReadAllText(_project.File("pendosync.yaml")).Replace("    max_calls_per_second",
                $"    parent_account_id: {name}\n    max_calls_per_second", StringComparison.Ordinal));
        return ProjectLoader.Load(_project.Path, new Dictionary<string, string?>(), WarehouseTypes.All).Require();
    }

    public async Task<RunRecord> RunAsync(string sync, RunMode mode = RunMode.Incremental)
    {
        await using var store = new SqliteTableStore(StateFile, Clock);
        return await RunAsync(store, sync, mode);
    }

    /// <summary>What a run would do.</summary>
    public Task<SyncPlan> PlanAsync(string sync) =>
        AskAsync(engine => new DryRun(engine).PlanAsync(sync, RunMode.Incremental, CancellationToken.None));

    /// <summary>How both sides stand to each other.</summary>
    public Task<SyncComparison> CompareAsync(string sync) => AskAsync(engine => new Comparer(engine).CompareAsync(sync, null, default));

    /// <summary>Takes over what Pendo holds.</summary>
    public Task<SyncAdoption> AdoptAsync(string sync) => AskAsync(engine => new Comparer(engine).AdoptAsync(sync, null, default));

    /// <summary>Whether a sync has what it needs.</summary>
    public Task<CheckReport> CheckAsync(string sync) => AskAsync(engine => new Checker(engine).CheckAsync(sync, default));

    /// <summary>Where a sync stands.</summary>
    public Task<SyncStatus> StatusAsync(string sync) => AskAsync(engine => new SyncService(engine).SyncAsync(sync, default));

    /// <summary>Asks the engine something.</summary>
    public async Task<T> AskAsync<T>(Func<SyncEngine, Task<T>> ask)
    {
        await using var store = new SqliteTableStore(StateFile, Clock);
        await using var engine = new SyncEngine(Load(), WarehouseTypes.All, store, new LocalQueue(TimeProvider.System),
            new FixedSecrets(Secrets), _wire ?? _http, Options with { Clock = Clock });
        return await ask(engine);
    }

    /// <summary>Somebody else writes to Pendo.</summary>
    public async Task WriteElsewhereAsync(string kind, string body)
    {
        using var http = new HttpClient { BaseAddress = Simulator.BaseAddress };
        http.DefaultRequestHeaders.Add("x-pendo-integration-key", ProjectFolder.Key);
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync($"/api/v1/metadata/{kind}/custom/value?create=true", content);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>The story of a key.</summary>
    public Task<Explanation> ExplainAsync(string sync, string key) =>
        AskAsync(engine => new Explainer(engine).ExplainAsync(sync, key, CancellationToken.None));

    public async Task<Checkpoint> CheckpointAsync(string sync)
    {
        await using var store = new SqliteTableStore(StateFile, Clock);
        return await new StateStore(store).Checkpoints.ReadAsync(sync, CancellationToken.None);
    }

    public async Task<RunRecord> RunAsync(ITableStore store, string sync, RunMode mode = RunMode.Incremental,
        CancellationToken stop = default)
    {
        var queue = new LocalQueue(QueueClock);
        await using var engine = new SyncEngine(Load(), WarehouseTypes.All, store, queue, new FixedSecrets(Secrets), _wire ?? _http,
            Options with { Owner = Guid.NewGuid().ToString("N"), Clock = Clock }, Log);
        await using var runner = new LocalRunner(engine, queue, Locks);
        return await runner.RunAsync(sync, null, mode, "cli", stop);
    }

    /// <summary>Serves until a sync succeeded, at most for 30 s.</summary>
    public async Task<Checkpoint> ServeAsync(ITableStore store, string sync, TimeProvider clock, ILogger log)
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var queue = new LocalQueue(QueueClock);
        await using var engine = new SyncEngine(Load(), WarehouseTypes.All, store, queue, new FixedSecrets(Secrets), _wire ?? _http,
            Options with { Clock = clock });
        await using var runner = new LocalRunner(engine, queue, Locks);
        await engine.RequestAsync(sync, RunMode.Incremental, "http", stop.Token);
        var serving = new LocalService(engine, queue, runner, log).ServeAsync(stop.Token);
        Checkpoint checkpoint;
        while ((checkpoint = await engine.State.Checkpoints.ReadAsync(sync, default)).LastSuccess is null && !stop.IsCancellationRequested)
            await Task.Delay(20, CancellationToken.None);
        await stop.CancelAsync();
        await serving;
        return checkpoint;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _wire?.Dispose();
        SqliteConnection.ClearAllPools();
        await _project.DisposeAsync();
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
