using Azure.Core;
using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Tests.Warehouses.PagingKit;
using PendoSync.Warehouses;
using PendoSync.Warehouses.Databricks;

namespace PendoSync.Tests.Warehouses.Databricks;

[Collection(OneAtATime.Name)]
public sealed class DatabricksWarehouseTests : PagedWarehouseConformance, IAsyncLifetime
{
    private readonly DatabricksStandIn _server = new();
    private readonly EagerClock _clock = new();

    protected override string PlantedSecret => DatabricksStandIn.Token;

    protected override int PageSize => 3;

    public Task InitializeAsync() => _server.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    protected override Task<(IWarehouse Warehouse, Model Model)> WithAsync(IEnumerable<SuiteRow> rows)
    {
        _server.Rows = [.. rows];
        return Task.FromResult((Open(), new Model { Table = "people" }));
    }

    protected override void FailThirdPage(bool forGood) =>
        _server.Fail(r => r.Path.EndsWith("/chunks/2", StringComparison.Ordinal), Error(503, "TEMPORARILY_UNAVAILABLE"), forGood ? int.MaxValue : 1);

    [Fact]
    public async Task Links_are_fetched_without_our_authorization_and_with_their_own_headers()
    {
        var (warehouse, model) = await WithAsync(Rows(4));
        Assert.Equal(4, (await ReadAsync(warehouse, model)).Count);
        var downloads = _server.Seen.Where(r => r.Path.StartsWith("/storage/", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, downloads.Count);
        Assert.All(downloads, r => Assert.Null(r.Header("Authorization")));
    }

    [Fact]
    public async Task Link_that_has_expired_is_asked_for_afresh()
    {
        var (warehouse, model) = await WithAsync(Rows(9));
        _server.Fail(r => r.Path.EndsWith("/1", StringComparison.Ordinal) && r.Path.StartsWith("/storage/", StringComparison.Ordinal), new StandInAnswer(403, "<Error/>"));
        Assert.Equal(Enumerable.Range(1, 9).Select(i => (long)i), (await ReadAsync(warehouse, model)).Select(r => r.Id));
        Assert.Equal(2, _server.Seen.Count(r => r.Path.EndsWith("/chunks/1", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Storage_that_refuses_every_link_is_a_problem_that_does_not_show_the_link()
    {
        var (warehouse, model) = await WithAsync(Rows(1));
        _server.Fail(r => r.Path.StartsWith("/storage/", StringComparison.Ordinal), new StandInAnswer(403, "<Error/>"), int.MaxValue);
        var error = await Assert.ThrowsAsync<ProblemException>(() => ReadAsync(warehouse, model));
        AssertProblem(ProblemKind.Transient, error);
        Assert.DoesNotContain("sig=", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("inline")]
    [InlineData("external_links")]
    public async Task Both_dispositions_give_the_same_rows(string disposition)
    {
        var (_, model) = await WithAsync(Rows(10));
        Assert.Equal(Rows(10), await ReadAsync(Open(("disposition", disposition)), model));
        Assert.Equal(disposition.ToUpperInvariant(), Submission().GetProperty("disposition").GetString());
    }

    [Fact]
    public async Task One_key_comes_inline_and_a_whole_table_by_links()
    {
        var (warehouse, model) = await WithAsync(Rows(3));
        await ReadAsync(warehouse, model, ReadFrom.OneKey("id", "2"));
        Assert.Equal("INLINE", Submission().GetProperty("disposition").GetString());
        await ReadAsync(warehouse, model);
        Assert.Equal("EXTERNAL_LINKS", Submission().GetProperty("disposition").GetString());
    }

    [Fact]
    public async Task Stopped_warehouse_is_waited_for()
    {
        var (warehouse, model) = await WithAsync(Rows(3));
        _server.Polls = 60;
        Assert.Equal(3, (await ReadAsync(warehouse, model)).Count);
        Assert.True(_clock.Pauses.Sum(p => p.TotalSeconds) > 120, "a start of some minutes was not waited for");
    }

    [Fact]
    public async Task Service_principal_logs_in_once()
    {
        var (_, model) = await WithAsync(Rows(9));
        var warehouse = Make(new() { ["client_id"] = "app-id", ["client_secret"] = "${secret:token}" }, DatabricksStandIn.ClientSecret);
        Assert.Equal(9, (await ReadAsync(warehouse, model)).Count);
        Assert.Single(_server.Seen, r => r.Path == "/oidc/v1/token");
    }

    [Fact]
    public async Task Wrong_secret_of_a_service_principal_is_a_connection_problem()
    {
        var warehouse = Make(new() { ["client_id"] = "app-id", ["client_secret"] = "${secret:token}" }, PlantedSecret);
        AssertProblem(ProblemKind.Connection, await Assert.ThrowsAsync<ProblemException>(() => warehouse.CheckAsync(null, default)));
    }

    [Fact]
    public async Task Entra_token_is_asked_for_with_the_scope_of_azure_databricks()
    {
        var credential = new FixedCredential();
        var type = WarehouseTypes.Find("databricks")!;
        var settings = Settings(new() { ["auth"] = "entra" });
        var connection = new WarehouseConnection { Name = "analytics", Type = "databricks", Settings = settings.ToDictionary(s => s.Key, s => new SecretText(s.Value)) };
        await using var warehouse = DatabricksWarehouse.Make(new WarehouseContext(connection, ".", null!, _clock) { Type = type }, credential);
        await warehouse.CheckAsync(null, default);
        Assert.Equal(["2ff814a6-3304-4ab8-85cb-cd0e6f879c1d/.default"], credential.Scopes);
    }

    [Fact]
    public async Task Refused_token_is_a_connection_problem_after_one_fresh_look_at_the_secret()
    {
        var warehouse = Make(new() { ["token"] = "${secret:token}" }, "old-" + PlantedSecret);
        AssertProblem(ProblemKind.Connection, await Assert.ThrowsAsync<ProblemException>(() => warehouse.CheckAsync(null, default)));
        Assert.Equal(2, _server.Seen.Count);
    }

    [Fact]
    public async Task Wrong_warehouse_id_is_a_configuration_problem() =>
        AssertProblem(ProblemKind.Configuration, await Assert.ThrowsAsync<ProblemException>(() => Open(("warehouse_id", "nope")).CheckAsync(null, default)));

    [Fact]
    public async Task Cancelling_a_running_statement_cancels_it_in_databricks()
    {
        _server.Polls = int.MaxValue;
        using var cancel = new CancellationTokenSource();
        var open = Open().OpenAsync(new Model { Table = "people" }, null, cancel.Token);
        await _server.SawAsync(r => r.Method == "GET");
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => open);
        Assert.Single(_server.Cancelled);
    }

    [Theory]
    [InlineData(401, "UNAUTHENTICATED", ProblemKind.Connection)]
    [InlineData(403, "PERMISSION_DENIED", ProblemKind.Configuration)]
    [InlineData(400, "INVALID_PARAMETER_VALUE", ProblemKind.Configuration)]
    [InlineData(404, "RESOURCE_DOES_NOT_EXIST", ProblemKind.Configuration)]
    [InlineData(404, "", ProblemKind.Connection)]
    [InlineData(429, "REQUEST_LIMIT_EXCEEDED", ProblemKind.Throttled)]
    [InlineData(500, "INTERNAL_ERROR", ProblemKind.Transient)]
    [InlineData(503, "TEMPORARILY_UNAVAILABLE", ProblemKind.Transient)]
    public async Task Refused_submissions_become_problems(int status, string code, object kind)
    {
        _server.Fail(r => r.Method == "POST", Error(status, code), int.MaxValue);
        AssertProblem((ProblemKind)kind, await Assert.ThrowsAsync<ProblemException>(() => Open().CheckAsync(null, default)));
    }

    [Theory]
    [InlineData("FAILED", "BAD_REQUEST", "42501", "[INSUFFICIENT_PERMISSIONS] User lacks SELECT", ProblemKind.Configuration)]
    [InlineData("FAILED", "BAD_REQUEST", "22018", "[CAST_INVALID_INPUT] The value 'dapi-S3cret' of the type", ProblemKind.Configuration)]
    [InlineData("FAILED", "RESOURCE_EXHAUSTED", null, "Inline byte limit exceeded", ProblemKind.Configuration)]
    [InlineData("FAILED", "INTERNAL_ERROR", null, "dapi-S3cret", ProblemKind.Transient)]
    [InlineData("FAILED", "IO_ERROR", null, "dapi-S3cret", ProblemKind.Transient)]
    [InlineData("FAILED", "WORKSPACE_TEMPORARILY_UNAVAILABLE", null, "", ProblemKind.Transient)]
    [InlineData("FAILED", "UNAUTHENTICATED", null, "", ProblemKind.Connection)]
    [InlineData("FAILED", "UNKNOWN", "XXKST", "dapi-S3cret", ProblemKind.Configuration)]
    [InlineData("CANCELED", null, null, null, ProblemKind.Transient)]
    [InlineData("CLOSED", null, null, null, ProblemKind.Transient)]
    public async Task Statements_that_fail_become_problems(string state, string? code, string? sqlState, string? message, object kind)
    {
        _server.Fail(r => r.Method == "POST", StandInAnswer.Json(new { statement_id = "s", status = new { state, sql_state = sqlState, error = code is null ? null : new { error_code = code, message } } }));
        AssertProblem((ProblemKind)kind, await Assert.ThrowsAsync<ProblemException>(() => Open().CheckAsync(null, default)));
    }

    [Theory]
    [InlineData("give one of token, client_id with client_secret, or auth: entra.")]
    [InlineData("give one of token, client_id with client_secret, or auth: entra.", "token", "auth")]
    [InlineData("client_id and client_secret belong together.", "client_id")]
    public void Settings_that_contradict_each_other_are_refused(string sentence, params string[] given) =>
        Assert.Contains(sentence, WarehouseTypes.Find("databricks")!.Rules(given.ToDictionary(n => n, n => new SecretText("x"))));

    private static StandInAnswer Error(int status, string code) => StandInAnswer.Json(new { error_code = code, message = DatabricksStandIn.Token }, status);

    private System.Text.Json.JsonElement Submission() => _server.Seen.Last(r => r.Method == "POST").Json;

    private IWarehouse Open(params (string Name, string Value)[] more)
    {
        var settings = new Dictionary<string, string> { ["token"] = "${secret:token}" };
        foreach (var (name, value) in more)
            settings[name] = value;
        return Make(settings, DatabricksStandIn.Token);
    }

    private IWarehouse Make(Dictionary<string, string> settings, string secret) =>
        TestWarehouse.Make("databricks", Settings(settings), new Dictionary<string, string> { ["token"] = secret }, clock: _clock);

    private Dictionary<string, string> Settings(Dictionary<string, string> settings)
    {
        settings.TryAdd("host", "adb-1.azuredatabricks.net");
        settings.TryAdd("warehouse_id", "wh1");
        settings["endpoint"] = _server.Url;
        return settings;
    }

    private sealed class FixedCredential : TokenCredential
    {
        public string[] Scopes { get; private set; } = [];

        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            Scopes = requestContext.Scopes;
            return new AccessToken("entra-token", DateTimeOffset.MaxValue);
        }

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            ValueTask.FromResult(GetToken(requestContext, cancellationToken));
    }
}
