using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Engine;
using PendoSync.Loading;
using PendoSync.Runs;
using PendoSync.State;
using PendoSync.Tests.Faults;
using PendoSync.Tests.Worlds;
using PendoSync.Warehouses;
using PendoSync.Web.Http;

namespace PendoSync.Tests.Web.Http;

/// <summary>What of our own is away is no fault of the request: 503, with the cause for those who may know it and in the log.</summary>
public sealed class OwnFaultTests
{
    private const string Key = "the-key";
    private static readonly Problem _away = new(ProblemKind.Transient, "Table Storage cannot be reached", "SyncCheckpoints",
        "Check StateTables.");
    private readonly MemoryTableStore _tables = new(new ManualClock());
    private readonly Lines _log = new();
    private Problem? _keyFault;
    private Problem? _queueFault;
    private Problem? _stateFault;

    [Theory]
    [InlineData("GET", "/api/syncs")]
    [InlineData("GET", "/api/syncs/people")]
    [InlineData("GET", "/api/health")]
    [InlineData("POST", "/api/syncs/people/runs")]
    [InlineData("GET", "/api/status")]
    public async Task State_that_is_away_answers_503_with_the_cause(string method, string path)
    {
        _stateFault = _away;
        var (status, body) = await SendAsync(method, path, Key);

        Assert.Equal(503, status);
        Assert.Contains(_away.Message, body, StringComparison.Ordinal);
        Assert.Contains(_away.Fix!, body, StringComparison.Ordinal);
        Assert.Contains(_log.All, l => l.Contains(_away.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Health_without_the_key_answers_503_and_only_the_log_tells_the_cause()
    {
        _stateFault = _away;
        var (status, body) = await SendAsync("GET", "/api/health", null);

        Assert.Equal(503, status);
        Assert.DoesNotContain(_away.Place!, body, StringComparison.Ordinal);
        Assert.Contains(_log.All, l => l.Contains(_away.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(ProblemKind.Transient)]
    [InlineData(ProblemKind.State)]
    [InlineData(ProblemKind.Configuration)]
    public async Task A_key_that_cannot_be_read_answers_503_and_lets_nobody_in(ProblemKind kind)
    {
        _keyFault = new Problem(kind, "the vault our-vault does not answer", "pendosync-api-key", "Check it.");
        var (status, body) = await SendAsync("GET", "/api/syncs", Key);

        Assert.Equal(503, status);
        Assert.DoesNotContain("our-vault", body, StringComparison.Ordinal);
        Assert.Contains(_log.All, l => l.Contains("our-vault", StringComparison.Ordinal));
        Assert.Equal(200, (await SendAsync("GET", "/api/health", null)).Status);
    }

    [Fact]
    public async Task A_queue_that_is_missing_is_the_servers_fault_and_the_next_request_is_taken()
    {
        _queueFault = new Problem(ProblemKind.State, "the queue does not exist or is disabled", "sync-requests", "Create it.");
        var (status, body) = await SendAsync("POST", "/api/syncs/people/runs", Key);
        Assert.Equal((503, "Create it."), (status, (string?)JsonNode.Parse(body)!["fix"]));

        _queueFault = null;
        Assert.Equal(202, (await SendAsync("POST", "/api/syncs/people/runs", Key)).Status);
        Assert.Equal(409, (await SendAsync("POST", "/api/syncs/people/runs", Key)).Status);
    }

    private async Task<(int Status, string Body)> SendAsync(string method, string path, string? key)
    {
        await using var engine = new SyncEngine(Project(), WarehouseTypes.All, new Tables(_tables, this), new Queue(this), new Nothing(),
            SyncEngine.NewHttp(), new EngineOptions());
        var options = new ApiOptions { Key = _ => _keyFault is { } fault ? throw new ProblemException(fault) : ValueTask.FromResult(Key) };
        var context =
            new DefaultHttpContext
            {
                Request = { Method = method, Path = path, Scheme = "https", Host = new HostString("app.test") },
                Response = { Body = new MemoryStream() }
            };
        if (key is not null)
            context.Request.Headers[ApiAccess.KeyHeader] = key;
        await new SyncApiHandlers(engine, options, _log).HandleAsync(context);
        context.Response.Body.Position = 0;
        return (context.Response.StatusCode, await new StreamReader(context.Response.Body).ReadToEndAsync());
    }

    private static Project Project() => ProjectLoader.Load(new Dictionary<string, string>
    {
        ["pendosync.yaml"] =
            "version: 1\npendo: { test: { region: us, integration_key: \"${secret:pendo-key}\" } }\nwarehouses: { local: { type: "
            + "sqlite, file: none.db } }\n",
        ["syncs/people.yaml"] =
            "name: people\nwarehouse: local\nmodel: { table: people }\npendo: test\nobject: visitor\nbehavior: update_or_create\nkey: "
            + "id\nfields: { plan: plan }\n",
    }, new Dictionary<string, string?>(), WarehouseTypes.All).Project!;

    private sealed class Tables(ITableStore inner, OwnFaultTests test) : PassingTables(inner)
    {
        public override Task<TableAnswer<TableRow?>> GetAsync(string table, string partition, string row, CancellationToken ct) =>
            test._stateFault is { } fault ? throw new ProblemException(fault) : base.GetAsync(table, partition, row, ct);
    }

    private sealed class Queue(OwnFaultTests test) : IBatchQueue
    {
        public Task SendAsync(RecordBatch batch, TimeSpan delay, CancellationToken ct) => Task.CompletedTask;

        public Task RequestAsync(SyncRequest request, CancellationToken ct) =>
            test._queueFault is { } fault ? throw new ProblemException(fault) : Task.CompletedTask;
    }

    private sealed class Nothing : ISecretStore
    {
        public ValueTask<string> GetAsync(string name, bool refresh, CancellationToken ct) => ValueTask.FromResult("secret");
    }

    private sealed class Lines : ILogger
    {
        public List<string> All { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) => All.Add(formatter(state, exception));
    }
}
