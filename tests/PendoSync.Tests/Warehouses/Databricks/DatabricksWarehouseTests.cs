using Azure.Core;
using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Tests.Warehouses.PagingKit;
using PendoSync.Values;
using PendoSync.Warehouses;
using PendoSync.Warehouses.Databricks;

namespace PendoSync.Tests.Warehouses.Databricks;

public sealed class DatabricksWarehouseTests : DatabricksConformance
{
    private protected override void SpoilPage(int page, Func<StandInAnswer, StandInAnswer> change, int times) =>
        Server.Spoil(r => r.Path.StartsWith("/storage/", StringComparison.Ordinal)
            && r.Path.EndsWith($"/{page - 1}", StringComparison.Ordinal), change, times);

    // Storage holds an array and nothing else.
    protected override string WithoutMember(string json) => "[]";

    protected override string WithoutRow(string json) => HostilePages.WithoutLast(json);

    [Theory]
    [InlineData("external_link")]
    [InlineData("next_chunk_internal_link")]
    public async Task Chunk_without_its_link_is_asked_for_again(string member)
    {
        var (warehouse, model) = await WithAsync(Rows(9));
        Server.Spoil(r => r.Path.EndsWith("/chunks/1", StringComparison.Ordinal), a =>
        {
            var chunk = System.Text.Json.Nodes.JsonNode.Parse(a.Body)!;
            Assert.True(chunk["external_links"]![0]!.AsObject().Remove(member));
            return a with { Body = chunk.ToJsonString() };
        });
        Assert.Equal(Enumerable.Range(1, 9).Select(i => (long)i), (await ReadAsync(warehouse, model)).Select(r => r.Id));
    }

    // {"error_code": 403, "message": "Invalid access token."}: https://github.com/databricks/databricks-sdk-go/issues/873
    [Fact]
    public async Task Token_that_is_refused_with_403_is_read_afresh_and_then_named()
    {
        var (warehouse, model) = await WithAsync(Rows(1));
        var refused = StandInAnswer.Json(new { error_code = 403, message = "Invalid access token." }, 403);
        Server.Fail(r => r.Method == "POST", refused);
        Assert.Single(await ReadAsync(warehouse, model));
        Server.Fail(r => r.Method == "POST", refused, int.MaxValue);
        var error = await Assert.ThrowsAsync<ProblemException>(() => ReadAsync(warehouse, model));
        AssertProblem(ProblemKind.Configuration, error);
        Assert.Contains("access token", error.Problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_endpoint_that_is_down_is_waited_for_and_says_nothing_about_the_secret()
    {
        var warehouse = Make(new() { ["client_id"] = "app-id", ["client_secret"] = "${secret:token}" }, DatabricksStandIn.ClientSecret);
        Server.Fail(r => r.Path == "/oidc/v1/token", new StandInAnswer(503, "busy"));
        Server.Fail(r => r.Path == "/oidc/v1/token", new StandInAnswer(200, "<html>Sign in</html>"));
        await warehouse.CheckAsync(null, default);
        Server.Fail(r => r.Path == "/oidc/v1/token", new StandInAnswer(500, "down"), int.MaxValue);
        var other = Make(new() { ["client_id"] = "app-id", ["client_secret"] = "${secret:token}" }, DatabricksStandIn.ClientSecret);
        AssertProblem(ProblemKind.Transient, await Assert.ThrowsAsync<ProblemException>(() => other.CheckAsync(null, default)));
    }

    [Fact]
    public async Task Links_are_fetched_without_our_authorization_and_with_their_own_headers()
    {
        var (warehouse, model) = await WithAsync(Rows(4));
        Assert.Equal(4, (await ReadAsync(warehouse, model)).Count);
        var downloads = Server.Seen.Where(r => r.Path.StartsWith("/storage/", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, downloads.Count);
        Assert.All(downloads, r => Assert.Null(r.Header("Authorization")));
    }

    [Fact]
    public async Task Link_that_has_expired_is_asked_for_afresh()
    {
        var (warehouse, model) = await WithAsync(Rows(9));
        Server.Fail(r => r.Path.EndsWith("/1", StringComparison.Ordinal) && r.Path.StartsWith("/storage/", StringComparison.Ordinal),
            new StandInAnswer(403, "<Error/>"));
        Assert.Equal(Enumerable.Range(1, 9).Select(i => (long)i), (await ReadAsync(warehouse, model)).Select(r => r.Id));
        Assert.Equal(2, Server.Seen.Count(r => r.Path.EndsWith("/chunks/1", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Storage_that_refuses_every_link_is_a_problem_that_does_not_show_the_link()
    {
        var (warehouse, model) = await WithAsync(Rows(1));
        Server.Fail(r => r.Path.StartsWith("/storage/", StringComparison.Ordinal), new StandInAnswer(403, "<Error/>"), int.MaxValue);
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
    public async Task Key_is_looked_for_without_the_padding_of_a_column_of_fixed_length()
    {
        var (warehouse, model) = await WithAsync(Rows(3));
        await ReadAsync(warehouse, model, ReadFrom.OneKey("name", "Person 2  "));
        Assert.Contains("where rtrim(cast(`name` as string)) = ", Submission().GetProperty("statement").GetString(),
            StringComparison.Ordinal);
        Assert.Equal("Person 2", Submission().GetProperty("parameters")[0].GetProperty("value").GetString());
    }

    [Fact]
    public async Task Stopped_warehouse_is_waited_for()
    {
        var (warehouse, model) = await WithAsync(Rows(3));
        Server.Polls = 60;
        Assert.Equal(3, (await ReadAsync(warehouse, model)).Count);
        Assert.True(Clock.Pauses.Sum(p => p.TotalSeconds) > 120, "a start of some minutes was not waited for");
    }

    [Fact]
    public async Task Service_principal_logs_in_once()
    {
        var (_, model) = await WithAsync(Rows(9));
        var warehouse = Make(new() { ["client_id"] = "app-id", ["client_secret"] = "${secret:token}" }, DatabricksStandIn.ClientSecret);
        Assert.Equal(9, (await ReadAsync(warehouse, model)).Count);
        Assert.Single(Server.Seen, r => r.Path == "/oidc/v1/token");
    }

    [Fact]
    public async Task Wrong_secret_of_a_service_principal_is_a_configuration_problem()
    {
        var warehouse = Make(new() { ["client_id"] = "app-id", ["client_secret"] = "${secret:token}" }, PlantedSecret);
        AssertProblem(ProblemKind.Configuration, await Assert.ThrowsAsync<ProblemException>(() => warehouse.CheckAsync(null, default)));
    }

    [Fact]
    public async Task Entra_token_is_asked_for_with_the_scope_of_azure_databricks()
    {
        var credential = new FixedCredential();
        var type = WarehouseTypes.Find("databricks")!;
        var settings = Settings(new() { ["auth"] = "entra" });
        var connection = new WarehouseConnection
        {
            Name = "analytics",
            Type = "databricks",
            Settings = settings.ToDictionary(s => s.Key, s => new SecretText(s.Value))
        };
        await using var warehouse =
            DatabricksWarehouse.Make(new WarehouseContext(connection, ".", null!, Clock) { Type = type }, credential);
        await warehouse.CheckAsync(null, default);
        Assert.Equal(["2ff814a6-3304-4ab8-85cb-cd0e6f879c1d/.default"], credential.Scopes);
    }

    [Fact]
    public async Task Refused_token_is_a_configuration_problem_after_one_fresh_look_at_the_secret()
    {
        var warehouse = Make(new() { ["token"] = "${secret:token}" }, "old-" + PlantedSecret);
        AssertProblem(ProblemKind.Configuration, await Assert.ThrowsAsync<ProblemException>(() => warehouse.CheckAsync(null, default)));
        Assert.Equal(2, Server.Seen.Count);
    }

    [Fact]
    public async Task Wrong_warehouse_id_is_a_configuration_problem() =>
        AssertProblem(ProblemKind.Configuration,
            await Assert.ThrowsAsync<ProblemException>(() => Open(("warehouse_id", "nope")).CheckAsync(null, default)));

    [Fact]
    public async Task Cancelling_a_running_statement_cancels_it_in_databricks()
    {
        Server.Polls = int.MaxValue;
        using var cancel = new CancellationTokenSource();
        var open = Open().OpenAsync(new Model { Table = "people" }, null, cancel.Token);
        await Server.SawAsync(r => r.Method == "GET");
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => open);
        Assert.Single(Server.Cancelled);
    }

    [Theory]
    [InlineData(401, "UNAUTHENTICATED", ProblemKind.Configuration)]
    [InlineData(403, "PERMISSION_DENIED", ProblemKind.Configuration)]
    [InlineData(400, "INVALID_PARAMETER_VALUE", ProblemKind.Configuration)]
    [InlineData(404, "RESOURCE_DOES_NOT_EXIST", ProblemKind.Configuration)]
    [InlineData(404, "", ProblemKind.Connection)]
    [InlineData(429, "REQUEST_LIMIT_EXCEEDED", ProblemKind.Throttled)]
    [InlineData(408, "", ProblemKind.Transient)]
    [InlineData(425, "", ProblemKind.Transient)]
    [InlineData(500, "INTERNAL_ERROR", ProblemKind.Transient)]
    [InlineData(503, "TEMPORARILY_UNAVAILABLE", ProblemKind.Transient)]
    public async Task Refused_submissions_become_problems(int status, string code, object kind)
    {
        Server.Fail(r => r.Method == "POST", Error(status, code), int.MaxValue);
        AssertProblem((ProblemKind)kind, await Assert.ThrowsAsync<ProblemException>(() => Open().CheckAsync(null, default)));
    }

    [Theory]
    [InlineData("FAILED", "BAD_REQUEST", "42501", "[INSUFFICIENT_PERMISSIONS] User lacks SELECT", ProblemKind.Configuration)]
    [InlineData("FAILED", "BAD_REQUEST", "22018", "[CAST_INVALID_INPUT] The value 'dapi-S3cret' of the type", ProblemKind.Configuration)]
    [InlineData("FAILED", "RESOURCE_EXHAUSTED", null, "Inline byte limit exceeded", ProblemKind.Configuration)]
    [InlineData("FAILED", "INTERNAL_ERROR", null, "dapi-S3cret", ProblemKind.Transient)]
    [InlineData("FAILED", "IO_ERROR", null, "dapi-S3cret", ProblemKind.Transient)]
    [InlineData("FAILED", "WORKSPACE_TEMPORARILY_UNAVAILABLE", null, "", ProblemKind.Transient)]
    [InlineData("FAILED", "UNAUTHENTICATED", null, "", ProblemKind.Configuration)]
    [InlineData("FAILED", "UNKNOWN", "XXKST", "dapi-S3cret", ProblemKind.Configuration)]
    [InlineData("CANCELED", null, null, null, ProblemKind.Transient)]
    [InlineData("CLOSED", null, null, null, ProblemKind.Transient)]
    public async Task Statements_that_fail_become_problems(string state, string? code, string? sqlState, string? message, object kind)
    {
        Server.Fail(r => r.Method == "POST",
            StandInAnswer.Json(new
            {
                statement_id = "s",
                status = new { state, sql_state = sqlState, error = code is null ? null : new { error_code = code, message } }
            }));
        AssertProblem((ProblemKind)kind, await Assert.ThrowsAsync<ProblemException>(() => Open().CheckAsync(null, default)));
    }

    [Theory]
    [InlineData("give one of token, client_id with client_secret, or auth: entra.")]
    [InlineData("give one of token, client_id with client_secret, or auth: entra.", "token", "auth")]
    [InlineData("client_id and client_secret belong together.", "client_id")]
    [InlineData("auth: entra takes no client_secret.", "auth", "client_id", "client_secret")]
    public void Settings_that_contradict_each_other_are_refused(string sentence, params string[] given) =>
        Assert.Contains(sentence, WarehouseTypes.Find("databricks")!.Rules(given.ToDictionary(n => n, n => new SecretText("x"))));

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
