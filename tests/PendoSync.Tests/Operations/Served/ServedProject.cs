using System.Net.Http.Json;
using System.Runtime.CompilerServices;
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

    private readonly ProjectFolder _project;
    private readonly CancellationTokenSource _stop = new();
    private ServeHost? _host;
    private Task _serving = Task.CompletedTask;

    private ServedProject(ProjectFolder project) => _project = project;

    public PendoSimulatorHost Simulator => _project.Pendo;

    public string Folder => _project.Path;

    public Uri Address => new(_host!.Address);

    public SyncEngine Engine => _host!.Project.Engine;

    public HttpClient Http { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    /// <summary>A project with the sync <c>people</c> of so many visitors; nothing is served yet.</summary>
    public static async Task<ServedProject> CreateAsync(int visitors = 3, string more = "", string alerts = "")
    {
        var project = new ServedProject(await ProjectFolder.CreateAsync("visitor:plan:string"));
        project._project.Connect(more: alerts);
        project.Write(".env", $"PENDO_KEY={ProjectFolder.Key}\nTRACK_SECRET=demo-secret\nAPI_KEY={Key}\n"
            + $"SIGNING=whsec_{Convert.ToBase64String("a secret of twenty-four bytes"u8)}\n");
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

    public void Sync(string name, string table, string more = "") => _project.Sync(name,
        $"model: {{ table: {table} }}\nobject: visitor\nbehavior: update_or_create\nkey: id\n"
        + $"fields: {{ plan: {{ column: plan, shared: true }} }}\n{more}");

    public void Write(string file, string text) => _project.Write(file, text);

    public void Execute(string sql) => _project.Warehouse.Execute(sql);

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

    /// <summary>Waits until it ends by itself; the problem that ended it.</summary>
    public async Task<ProblemException> EndsAsync()
    {
        var ended = await Assert.ThrowsAsync<ProblemException>(() => _serving);
        _serving = Task.CompletedTask;
        return ended;
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
        JsonNode run = new JsonObject();
        await Until.HoldsAsync(async () => (run = await GetAsync($"/api/runs/{runId}"))["ended_at"] is not null, $"{runId} has ended");
        return run;
    }

    /// <summary>Waits until the sync's newest ended run is of this kind.</summary>
    public async Task<RunRecord> LastRunAsync(string sync, Func<RunRecord, bool> fits,
        [CallerArgumentExpression(nameof(fits))] string what = "")
    {
        RunRecord? found = null;
        await Until.HoldsAsync(async () => (found = await Engine.State.Runs.ListAsync(sync, null, CancellationToken.None)
            .FirstOrDefaultAsync(run => run.Ended && fits(run))) is not null, $"a run of {sync} has ended, {what}");
        return found!;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (_host is not null)
            await _host.DisposeAsync();
        Http.Dispose();
        _stop.Dispose();
        SqliteConnection.ClearAllPools();
        await _project.DisposeAsync();
    }
}
