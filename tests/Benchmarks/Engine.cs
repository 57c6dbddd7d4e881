using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Engine;
using PendoSync.Loading;
using PendoSync.Operations;
using PendoSync.Reports;
using PendoSync.Runs;
using PendoSync.State;
using PendoSync.Warehouses;

namespace Benchmarks;

/// <summary>The product as the CLI composes it.</summary>
internal static class Engine
{
    private static readonly HttpMessageInvoker _http = SyncEngine.NewHttp();

    public static readonly string Visitors = VisitorsOf("\"*\"");

    public const string Events = """
        name: events
        warehouse: source
        pendo: test
        model: { table: events }
        object: track_event
        behavior: send
        app: web-app
        key: id
        event:
          name: { constant: thing_done }
          visitor_id: visitor_id
          account_id: account_id
          timestamp: at
          properties: { amount: amount, plan: plan }
        """;

    /// <summary>The sync of the measured table, with fields as YAML.</summary>
    public static string VisitorsOf(string fields) => $$"""
        name: visitors
        warehouse: source
        pendo: test
        model: { table: visitors }
        object: visitor
        behavior: update_or_create
        key: id
        fields: {{fields}}
        """;

    public static Project Load(string warehouse, Uri pendo, string sync)
    {
        var files = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["syncs/sync.yaml"] = sync,
            ["pendosync.yaml"] = ProjectFile(warehouse, pendo),
        };
        var result = ProjectLoader.Load(files, new Dictionary<string, string?>(), WarehouseTypes.All);
        return (result.Project
            ?? throw new InvalidOperationException(string.Join('\n', result.Problems))) with
        { Directory = Path.GetTempPath() };
    }

    public static string ProjectFile(string warehouse, Uri pendo) => $$"""
        version: 1
        pendo:
          test:
            api_url: "{{pendo}}"
            data_url: "{{pendo}}"
            integration_key: "${secret:key}"
            track_event_secrets: { web-app: "${secret:secret}" }
            max_calls_per_second: 1000000
        warehouses:
          source: {{warehouse}}
        """;

    public static async Task<RunRecord> RunAsync(Project project, string stateFile)
    {
        await using var store = new SqliteTableStore(stateFile, TimeProvider.System);
        return await RunAsync(project, store, stateFile + ".locks");
    }

    public static async Task<RunRecord> RunAsync(Project project, ITableStore store, string locks)
    {
        var queue = new LocalQueue(TimeProvider.System);
        await using var engine = new SyncEngine(project, WarehouseTypes.All, store, queue, new Secrets(), _http,
            new EngineOptions { OnlyOwner = true, RetryDelay = TimeSpan.FromSeconds(1) });
        await using var runner = new LocalRunner(engine, queue, locks);
        var run = await runner.RunAsync(project.Syncs[0].Name, null, RunMode.Incremental, "cli", CancellationToken.None);
        return run.State == RunState.Completed ? run : throw new InvalidOperationException($"the run ended as {run.State}: {run.Error}");
    }

    public static Task<SyncComparison> CompareAsync(Project project, string stateFile) =>
        AskAsync(project, stateFile, (service, sync) => service.CompareAsync(sync, null, CancellationToken.None));

    public static Task<SyncAdoption> AdoptAsync(Project project, string stateFile) =>
        AskAsync(project, stateFile, (service, sync) => service.AdoptAsync(sync, null, CancellationToken.None));

    private static async Task<T> AskAsync<T>(Project project, string stateFile, Func<SyncService, string, Task<T>> ask)
    {
        await using var store = new SqliteTableStore(stateFile, TimeProvider.System);
        await using var engine = new SyncEngine(project, WarehouseTypes.All, store, new LocalQueue(TimeProvider.System), new Secrets(),
            _http, new EngineOptions { OnlyOwner = true });
        return await ask(new SyncService(engine), project.Syncs[0].Name);
    }

    private sealed class Secrets : ISecretStore
    {
        public ValueTask<string> GetAsync(string name, bool refresh, CancellationToken ct) => ValueTask.FromResult(name switch
        {
            "key" => "demo-key",
            "secret" => "demo-secret",
            _ => Environment.GetEnvironmentVariable("BENCH_PASSWORD")!,
        });
    }
}
