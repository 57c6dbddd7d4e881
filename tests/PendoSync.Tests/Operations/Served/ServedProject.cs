using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using PendoSimulator;
using PendoSync.Cli.Serving;
using PendoSync.Engine;
using PendoSync.State;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Operations.Served;

/// <summary>
/// A project that <c>pendosync serve</c> serves in this process: real Kestrel, real simulator, SQLite warehouse and state.
/// </summary>
internal sealed class ServedProject : IAsyncDisposable
{
    public const string Key = "a-key-of-the-api";

    private readonly TemporaryFolder _folder = new();
    private readonly CancellationTokenSource _stop = new();
    private ServeHost? _host;
    private Task _serving = Task.CompletedTask;

    private ServedProject(PendoSimulatorHost simulator) => Simulator = simulator;

    public PendoSimulatorHost Simulator { get; }

    public string Folder => _folder.Path;

    public Uri Address => new(_host!.Address);

    public SyncEngine Engine => _host!.Project.Engine;

    public HttpClient Http { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    /// <summary>A project with the sync <c>people</c> of so many visitors; nothing is served yet.</summary>
    public static async Task<ServedProject> CreateAsync(int visitors = 3, string more = "", string alerts = "")
    {
        var simulator =
            await PendoSimulatorHost.StartAsync(
            new SimulatorOptions { Fields = [new FieldDefinition("visitor", "custom", "plan", "string")] });
        var project = new ServedProject(simulator);
        project.Write("pendosync.yaml", $$"""
            version: 1
            pendo:
              test: { api_url: "{{simulator.BaseAddress}}", data_url: "{{simulator.BaseAddress}}", integration_key: "${secret:pendo-key}", max_calls_per_second: 1000 }
            warehouses:
              local: { type: sqlite, file: warehouse.db }
            {{alerts}}
            """);
        project.Write(".env",
            $"PENDO_KEY=demo-key\nAPI_KEY={Key}\nSIGNING=whsec_{Convert.ToBase64String("a secret of twenty-four bytes"u8)}\n");
        project.Execute(
            $"create table people(id text, plan text); with recursive n(i) as (select 1 union all select i+1 from n where i<{visitors}) "
            + "insert into people select 'v'||i, 'free' from n");
        project.Sync("people", "people", more);
        return project;
    }

    /// <summary>A project that is served already.</summary>
    public static async Task<ServedProject> StartAsync(int visitors = 3, string more = "", string? keySecret = null)
    {
        var project = await CreateAsync(visitors, more);
        await project.ServeAsync(keySecret);
        return project;
    }

    public void Sync(string name, string table, string more = "") => Write($"syncs/{name}.yaml",
        $"name: {name}\nwarehouse: local\nmodel: {{ table: {table} }}\npendo: test\nobject: visitor\nbehavior: update_or_create\nkey: "
        + $"id\nfields: {{ plan: {{ column: plan, shared: true }} }}\n{more}\n");

    public void Write(string file, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(file))!);
        File.WriteAllText(_folder.File(file), text);
    }

    public void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_folder.File("warehouse.db")};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public async Task ServeAsync(string? keySecret = null)
    {
        _host = await ServeHost.StartAsync(Folder, null, ServeOptions.Parse(null, 0, keySecret), CancellationToken.None);
        Http.BaseAddress = Address;
        _serving = _host.ServeAsync(_stop.Token);
    }

    /// <summary>Ctrl-C, and the wait for a clean end.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _serving;
    }

    public async Task<JsonNode> GetAsync(string path) => (await Http.GetFromJsonAsync<JsonNode>(path))!;

    public async Task<(int Status, JsonNode Body)> SendAsync(HttpMethod method, string path, string? body = null,
        params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : new StringContent(body) };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await Http.SendAsync(request);
        return ((int)answer.StatusCode, (await answer.Content.ReadFromJsonAsync<JsonNode>())!);
    }

    /// <summary>Starts a run over HTTP and waits for its end.</summary>
    public async Task<JsonNode> RunAsync(string sync = "people", string body = "{}")
    {
        var (status, run) = await SendAsync(HttpMethod.Post, $"/api/syncs/{sync}/runs", body);
        Assert.True(status == 202, run.ToJsonString());
        return await EndOfAsync((string)run["run_id"]!);
    }

    public async Task<JsonNode> EndOfAsync(string runId)
    {
        while (true)
        {
            var run = await GetAsync($"/api/runs/{runId}");
            if (run["ended_at"] is not null)
                return run;
            await Task.Delay(20);
        }
    }

    /// <summary>Waits until the sync's newest ended run is of this kind.</summary>
    public async Task<RunRecord> LastRunAsync(string sync, Func<RunRecord, bool> fits)
    {
        while (true)
        {
            await foreach (var run in Engine.State.Runs.ListAsync(sync, null, CancellationToken.None))
                if (run.Ended && fits(run))
                    return run;
            await Task.Delay(20);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (_host is not null)
            await _host.DisposeAsync();
        await Simulator.DisposeAsync();
        Http.Dispose();
        _stop.Dispose();
        SqliteConnection.ClearAllPools();
        _folder.Dispose();
    }
}
