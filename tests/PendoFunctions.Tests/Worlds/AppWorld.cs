using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Azure.Data.Tables;
using Azure.Messaging.ServiceBus;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PendoFunctions.Azure;
using PendoSimulator;
using PendoSync;
using PendoSync.Running;
using PendoSync.State;
using PendoSync.Tests.Worlds;
using StandIn.Functions;
using StandIn.ServiceBus;

namespace PendoFunctions.Tests.Worlds;

/// <summary>
/// A whole deployment on one machine: the app's functions, a broker with duplicate detection, a real Azurite, a Key Vault, a Pendo,
/// and a warehouse in SQLite. Names are new in each world, since all worlds share one Azurite.
/// </summary>
internal sealed class AppWorld : IAsyncDisposable
{
    public const string Key = "function-key";

    private readonly string _id = Guid.NewGuid().ToString("N")[..8];
    private readonly TemporaryFolder _folder = new();
    private readonly Azurite _azurite;
    private readonly List<IHost> _hosts = [];
    private readonly HttpClient _http = new();

    private AppWorld(Azurite azurite, PendoSimulatorHost pendo)
    {
        (_azurite, Pendo) = (azurite, pendo);
        Broker.Time = Clock.Waking;
        foreach (var queue in new[] { Batches, Requests })
        {
            queue.DuplicateDetectionWindow = TimeSpan.FromHours(1);
            queue.DeadLetteringOnMessageExpiration = true;
            queue.DefaultMessageTimeToLive = TimeSpan.FromDays(1);
        }

        Vault.Secrets["pendo-integration-key"] = "demo-key";
        Vault.Secrets[ApiKey.Secret] = Key;
        Vault.Secrets["pendo-track-web-app"] = "demo-secret";
        Directory.CreateDirectory(_folder.File("syncs"));
        WriteProject();
    }

    /// <summary>Pendo.</summary>
    public PendoSimulatorHost Pendo { get; }

    /// <summary>The clock of the app and of the broker; Azurite and Pendo keep real time.</summary>
    public ShiftedClock Clock { get; } = new();

    public FakeVault Vault { get; } = new();

    public ServiceBusBroker Broker => ServiceBusBroker.Get($"world-{_id}");

    public BrokerQueue Batches => Broker.Queue("record-batches");

    public BrokerQueue Requests => Broker.Queue("sync-requests");

    /// <summary>The same state the app has.</summary>
    public TableStorageStore State => new(new TableServiceClient(_azurite.ConnectionString));

    /// <summary>Wraps the state of apps started from now on; for faults.</summary>
    public Func<ITableStore, ITableStore> WrapState { get; set; } = store => store;

    /// <summary>Changes how apps started from now on behave.</summary>
    public Func<EngineOptions, EngineOptions> Options { get; set; } = options => options;

    private string ServiceBus => $"Endpoint=sb://world-{_id}/;SharedAccessKeyName=k;SharedAccessKey=a";

    public static async Task<AppWorld> CreateAsync(Azurite azurite, SimulatorOptions? pendo = null) =>
        new(azurite, await PendoSimulatorHost.StartAsync(pendo));

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
            await StopAsync(host);
        _http.Dispose();
        await Pendo.DisposeAsync();
        ServiceBusBroker.Remove($"world-{_id}");
        _folder.Dispose();
    }

    /// <summary>The name of a sync in this world.</summary>
    public string Sync(string name) => $"{name}-{_id}";

    public void WriteProject(int maxCallsPerSecond = 1000) => File.WriteAllText(_folder.File("pendosync.yaml"), $$"""
        version: 1
        pendo:
          pendo-{{_id}}:
            api_url: {{Pendo.BaseAddress.GetLeftPart(UriPartial.Authority)}}
            data_url: {{Pendo.BaseAddress.GetLeftPart(UriPartial.Authority)}}
            integration_key: ${secret:pendo-integration-key}
            track_event_secrets: { web-app: "${secret:pendo-track-web-app}" }
            max_calls_per_second: {{maxCallsPerSecond}}
        warehouses:
          w: { type: sqlite, file: warehouse.db }
        """);

    /// <summary>A sync of visitors from a table of its own; <paramref name="sql"/> takes the table's place.</summary>
    public string AddVisitors(string name, int rows, string more = "", int batchSize = 10, string? sql = null)
    {
        Warehouse($"CREATE TABLE {name} (id TEXT, plan TEXT)",
            $"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) INSERT INTO {name} SELECT '{name}-' || i, 'plan ' || i FROM n WHERE {rows} > 0");
        var model = sql is null ? $"{{ table: {name} }}" : $"{{ sql: \"{sql}\" }}";
        File.WriteAllText(_folder.File($"syncs/{name}.yaml"), $"""
            name: {Sync(name)}
            warehouse: w
            model: {model}
            pendo: pendo-{_id}
            object: visitor
            behavior: update_or_create
            key: id
            fields: {FieldsOf(name)}
            create_fields: true
            batch_size: {batchSize}
            {more}
            """);
        return Sync(name);
    }

    /// <summary>Runs statements in the warehouse.</summary>
    public void Warehouse(params string[] statements)
    {
        using var connection = new SqliteConnection($"Data Source={_folder.File("warehouse.db")};Pooling=False");
        connection.Open();
        foreach (var statement in statements)
        {
            using var command = connection.CreateCommand();
            command.CommandText = statement;
            command.ExecuteNonQuery();
        }
    }

    /// <summary>Starts one instance of the app; the timer is fired by <see cref="TickAsync"/> only.</summary>
    public async Task<IHost> StartAppAsync(params string[] settings)
    {
        var host = App.Build(
            [
                "--STAND_IN_PORT", "0", "--ServiceBusConnection", ServiceBus, "--StateTables", _azurite.ConnectionString,
                "--RecordBatchesQueue", "record-batches", "--SyncRequestsQueue", "sync-requests", "--SyncTimer", "0 0 0 1 1 *",
                "--PendoSync:ProjectDirectory", _folder.Path, .. settings,
            ],
            services =>
            {
                services.Replace(ServiceDescriptor.Singleton<TimeProvider>(Clock));
                services.Replace(ServiceDescriptor.Singleton<ISecretStore>(new KeyVaultSecrets(Vault.Client(), Clock)));
                services.Replace(ServiceDescriptor.Singleton(WrapState(State)));
                services.Replace(ServiceDescriptor.Singleton(Options(new EngineOptions { Clock = Clock, PollInterval = TimeSpan.FromMilliseconds(200) })));
                services.AddLogging(logging => logging.ClearProviders().SetMinimumLevel(LogLevel.Warning).AddProvider(Logs));
            });
        await host.StartAsync();
        _hosts.Add(host);
        return host;
    }

    /// <summary>What every instance logged, warnings and worse.</summary>
    public LogCollector Logs { get; } = new();

    public async Task StopAsync(IHost host)
    {
        if (!_stopped.Add(host))
            return;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await host.StopAsync(patience.Token);
        host.Dispose();
    }

    private readonly HashSet<IHost> _stopped = [];

    /// <summary>Fires the timer.</summary>
    public static Task TickAsync(IHost host) => StandInHost.InvokeAsync(host, "ScheduledSync");

    /// <summary>Calls the app's HTTP interface.</summary>
    public async Task<HttpResponseMessage> SendAsync(IHost host, HttpMethod method, string path, string? body = null, string? key = Key)
    {
        using var request = new HttpRequestMessage(method, new Uri(StandInHost.GetBaseAddress(host), path));
        if (key is not null)
            request.Headers.Add("x-functions-key", key);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        return await _http.SendAsync(request);
    }

    /// <summary>The JSON of a GET.</summary>
    public async Task<JsonElement> GetAsync(IHost host, string path)
    {
        using var answer = await SendAsync(host, HttpMethod.Get, path);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <summary>Asks for a run, as HTTP does; its id.</summary>
    public static async Task<string> StartRunAsync(IHost host, string sync, RunMode mode = RunMode.Incremental)
    {
        var (run, started) = await host.Services.GetRequiredService<SyncEngine>().RequestAsync(sync, mode, "http", CancellationToken.None);
        Assert.True(started);
        return run.RunId;
    }

    /// <summary>A run as it is stored.</summary>
    public async Task<RunRecord> RunAsync(string runId) =>
        await new StateStore(State).Runs.ReadAsync(RunRecord.SyncOf(runId)!, runId, CancellationToken.None) ?? throw new InvalidOperationException($"there is no run {runId}");

    /// <summary>Waits until a run has ended; <paramref name="nudge"/> is called while waiting.</summary>
    public async Task<RunRecord> EndedAsync(string runId, Func<Task>? nudge = null, int seconds = 30)
    {
        var run = await RunAsync(runId);
        await UntilAsync(async () =>
        {
            if (nudge is not null)
                await nudge();
            run = await RunAsync(runId);
            return run.Ended;
        }, $"the end of {runId}", seconds);
        return run;
    }

    /// <summary>The newest run of a sync; null when it never ran.</summary>
    public async Task<RunRecord?> LastRunAsync(string sync)
    {
        await foreach (var run in new StateStore(State).Runs.ListAsync(sync, null, CancellationToken.None))
            return run;
        return null;
    }

    /// <summary>Waits until something holds.</summary>
    public async Task UntilAsync(Func<Task<bool>> holds, string what, int seconds = 30)
    {
        var watch = Stopwatch.StartNew();
        while (!await holds())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(seconds), $"{what}: did not happen; batches: {Batches.ActiveMessageCount} active, {Batches.ScheduledMessageCount} scheduled, {Batches.DeadLetterMessageCount} dead; clock {Clock.GetUtcNow():T}\n{string.Join('\n', Logs.Lines)}");
            await Task.Delay(20);
        }
    }

    /// <summary>Takes a message out of a queue, as somebody with the portal open could.</summary>
    public async Task<ServiceBusReceivedMessage> TakeAsync(string queue)
    {
        await using var client = new ServiceBusClient(ServiceBus);
        await using var receiver = client.CreateReceiver(queue);
        var message = await receiver.ReceiveMessageAsync(TimeSpan.FromSeconds(10)) ?? throw new TimeoutException($"{queue} is empty");
        await receiver.CompleteMessageAsync(message);
        return message;
    }

    /// <summary>Puts a message into a queue.</summary>
    public async Task PutAsync(string queue, ServiceBusMessage message)
    {
        await using var client = new ServiceBusClient(ServiceBus);
        await using var sender = client.CreateSender(queue);
        await sender.SendMessageAsync(message);
    }

    /// <summary>The newest run of a sync, once it has ended.</summary>
    public async Task<RunRecord> LastEndedAsync(string sync)
    {
        RunRecord? run = null;
        await UntilAsync(async () => (run = await LastRunAsync(sync)) is { Ended: true }, $"the run of {sync}");
        return run!;
    }

    /// <summary>All visitors Pendo has.</summary>
    public async Task<int> VisitorsAsync() => (await Pendo.Control.StateAsync()).Records.GetValueOrDefault("visitor");

    // A field may be written by one sync only.
    private static string FieldsOf(string name) => "{ plan_" + name + ": plan }";
}
