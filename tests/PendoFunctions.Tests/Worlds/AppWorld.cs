using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Azure.Data.Tables;
using Azure.Messaging.ServiceBus;
using FunctionsHost;
using Microsoft.Extensions.Logging;
using PendoFunctions.Azure;
using PendoSimulator;
using PendoSync.Batches;
using PendoSync.State;
using PendoSync.Tests.Worlds;
using ServiceBusBroker;

namespace PendoFunctions.Tests.Worlds;

/// <summary>
/// A whole deployment on one machine: the published app in processes of its own, each with a Functions host; a Service Bus broker, a real
/// Azurite, a Key Vault with the app's identity, a Pendo, and a warehouse in SQLite. Names are new in each world: worlds may share an
/// Azurite.
/// </summary>
internal sealed class AppWorld : IAsyncDisposable
{
    public const string Key = "function-key";

    private readonly string _id = Guid.NewGuid().ToString("N")[..8];
    private readonly ProjectFolder _project;
    private readonly Azurite _azurite;
    private readonly VaultServer _vault;
    private readonly List<AppHost> _hosts = [];
    private readonly HttpClient _http = new();

    private AppWorld(Azurite azurite, ProjectFolder project, FakeVault vault, VaultServer server)
    {
        (_azurite, _project, Vault, _vault) = (azurite, project, vault, server);
        Broker = new Broker(azurite.Clock);
        foreach (var queue in new[] { Batches, Requests })
        {
            queue.DuplicateDetectionWindow = TimeSpan.FromHours(1);
            queue.DeadLetteringOnMessageExpiration = true;
            queue.DefaultMessageTimeToLive = TimeSpan.FromDays(1);
            queue.LockDuration = TimeSpan.FromMinutes(5);
        }

        Vault.Secrets["pendo-key"] = ProjectFolder.Key;
        Vault.Secrets[ApiKey.Secret] = Key;
        Vault.Secrets["track-secret"] = "demo-secret";
        WriteProject();
    }

    /// <summary>Pendo; it keeps real time.</summary>
    public PendoSimulatorHost Pendo => _project.Pendo;

    /// <summary>The clock of the app, the broker and Azurite.</summary>
    public TestClock Clock => _azurite.Clock;

    public SqliteFile Warehouse => _project.Warehouse;

    public FakeVault Vault { get; }

    public Broker Broker { get; }

    public BrokerQueue Batches => Broker.Queue("record-batches");

    public BrokerQueue Requests => Broker.Queue("sync-requests");

    /// <summary>The state of the app.</summary>
    public StateStore State => new(new TableStorageStore(new TableServiceClient(_azurite.ConnectionString)));

    /// <summary>What every instance of the app logged and printed.</summary>
    public IEnumerable<LogLine> Logs => _hosts.SelectMany(h => h.Logs);

    public static async Task<AppWorld> CreateAsync(Azurite azurite, SimulatorOptions? pendo = null)
    {
        var vault = new FakeVault();
        return new AppWorld(azurite, await ProjectFolder.CreateAsync(pendo), vault, await VaultServer.StartAsync(vault));
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_hosts.Select(h => h.DisposeAsync().AsTask()));
        _http.Dispose();
        await _vault.DisposeAsync();
        await Broker.DisposeAsync();
        await _project.DisposeAsync();
    }

    /// <summary>The name of a sync in this world.</summary>
    public string Sync(string name) => $"{name}-{_id}";

    public void WriteProject(int maxCallsPerSecond = 1000) => _project.Connect(maxCallsPerSecond, Connection);

    private string Connection => $"pendo-{_id}";

    /// <summary>A sync of visitors from a table of its own; <paramref name="sql"/> takes the table's place.</summary>
    public string AddVisitors(string name, int rows, string more = "", int batchSize = 10, string? sql = null)
    {
        Warehouse.Execute($"CREATE TABLE {name} (id TEXT, plan TEXT)");
        Warehouse.Execute($"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) "
            + $"INSERT INTO {name} SELECT '{name}-' || i, 'plan ' || i FROM n WHERE {rows} > 0");
        // A field may be written by one sync only.
        return AddSync(name, $$"""
            model: {{(sql is null ? $"{{ table: {name} }}" : $"{{ sql: \"{sql}\" }}")}}
            object: visitor
            behavior: update_or_create
            key: id
            fields: { plan_{{name}}: plan }
            create_fields: true
            batch_size: {{batchSize}}
            {{more}}
            """);
    }

    /// <summary>A sync by the rest of its definition; its full name.</summary>
    public string AddSync(string name, string definition)
    {
        _project.Sync(Sync(name), definition, Connection);
        return Sync(name);
    }

    /// <summary>Settings that switch functions off.</summary>
    public static Dictionary<string, string> Without(params string[] functions) =>
        functions.ToDictionary(f => $"AzureWebJobs.{f}.Disabled", _ => "true", StringComparer.Ordinal);

    /// <summary>
    /// Starts one instance of the app with the project as it is now; without <c>SyncTimer</c> its timer is fired by hand only.
    /// </summary>
    public async Task<AppHost> StartAppAsync(IReadOnlyDictionary<string, string>? settings = null)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ServiceBusConnection"] = Broker.ConnectionString,
            ["StateTables"] = _azurite.ConnectionString,
            ["RecordBatchesQueue"] = Batches.Name,
            ["SyncRequestsQueue"] = Requests.Name,
            ["SyncTimer"] = "0 0 0 1 1 *",
            ["PendoSync__ProjectDirectory"] = _project.Path,
            ["PendoSync__PlansAtOnce"] = "16",
        };
        foreach (var (name, value) in _vault.Settings.Concat(Clock.Environment).Concat(settings ?? Without()))
            all[name] = value;
        var host = await AppHost.StartAsync(new AppHostOptions { AppDirectory = await PublishedApp.FolderAsync(), Settings = all });
        _hosts.Add(host);
        return host;
    }

    /// <summary>Fires the timer.</summary>
    public static Task TickAsync(AppHost host) => host.FireAsync(nameof(ScheduledSync));

    /// <summary>Calls the app's HTTP interface.</summary>
    public async Task<HttpResponseMessage> SendAsync(AppHost host, HttpMethod method, string path, string? body = null, string? key = Key)
    {
        using var request = new HttpRequestMessage(method, new Uri(host.BaseAddress, path));
        if (key is not null)
            request.Headers.Add("x-functions-key", key);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        return await _http.SendAsync(request);
    }

    /// <summary>The JSON of a GET.</summary>
    public async Task<JsonElement> GetAsync(AppHost host, string path)
    {
        using var answer = await SendAsync(host, HttpMethod.Get, path);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}\n{Troubles}");
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <summary>Asks for a run by HTTP; its id.</summary>
    public async Task<string> StartRunAsync(AppHost host, string sync, RunMode mode = RunMode.Incremental)
    {
        using var answer = await SendAsync(host, HttpMethod.Post, $"/api/syncs/{sync}/runs",
            $$"""{"mode":"{{mode.ToString().ToLowerInvariant()}}"}""");
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.Accepted, $"{(int)answer.StatusCode} {text}\n{Troubles}");
        return JsonDocument.Parse(text).RootElement.GetProperty("run_id").GetString()!;
    }

    /// <summary>A run as it is stored.</summary>
    public async Task<RunRecord> RunAsync(string runId) =>
        await State.Runs.ReadAsync(RunRecord.SyncOf(runId)!, runId, CancellationToken.None)
            ?? throw new InvalidOperationException($"there is no run {runId}");

    /// <summary>Waits until a run has ended; <paramref name="nudge"/> is called while waiting.</summary>
    public async Task<RunRecord> EndedAsync(string runId, Func<Task>? nudge = null, int seconds = 180)
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
        await foreach (var run in State.Runs.ListAsync(sync, null, CancellationToken.None))
            return run;
        return null;
    }

    /// <summary>Waits until something holds.</summary>
    public async Task UntilAsync(Func<Task<bool>> holds, string what, int seconds = 180, Func<Task<string>>? tell = null)
    {
        var watch = Stopwatch.StartNew();
        while (!await holds())
        {
            if (watch.Elapsed > TimeSpan.FromSeconds(seconds))
                Assert.Fail($"{what}: did not happen; batches: {Batches.ActiveMessageCount} active, {Batches.ScheduledMessageCount} "
                    + $"scheduled, {Batches.DeadLetterMessageCount} dead; "
                    + $"clock {Clock.GetUtcNow():T}\n{(tell is null ? "" : await tell() + "\n")}{Troubles}");
            await Task.Delay(20);
        }
    }

    /// <summary>Waits until something of the broker holds.</summary>
    public Task UntilAsync(Func<bool> holds, string what) => UntilAsync(() => Task.FromResult(holds()), what);

    /// <summary>Takes a message out of a queue, as somebody with the portal open could.</summary>
    public async Task<ServiceBusReceivedMessage> TakeAsync(string queue)
    {
        await using var client = new ServiceBusClient(Broker.ConnectionString);
        await using var receiver = client.CreateReceiver(queue);
        var message = await receiver.ReceiveMessageAsync(TimeSpan.FromSeconds(10)) ?? throw new TimeoutException($"{queue} is empty");
        await receiver.CompleteMessageAsync(message);
        return message;
    }

    /// <summary>Puts a message into a queue.</summary>
    public async Task PutAsync(string queue, ServiceBusMessage message)
    {
        await using var client = new ServiceBusClient(Broker.ConnectionString);
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

    private string Troubles => string.Join('\n', Logs.Where(l => l.Level >= LogLevel.Warning || l.Category is "stdout" or "stderr"));

    /// <summary>All visitors Pendo has.</summary>
    public async Task<int> VisitorsAsync() => (await Pendo.Control.StateAsync()).Records.GetValueOrDefault("visitor");
}
