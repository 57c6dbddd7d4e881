using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Tests.Warehouses.PagingKit;
using PendoSync.Values;
using PendoSync.Warehouses;

namespace PendoSync.Tests.Warehouses.Snowflake;

public sealed class SnowflakeWarehouseTests : PagedWarehouseConformance, IAsyncLifetime
{
    private readonly SnowflakeStandIn _server = new();
    private readonly EagerClock _clock = new();

    protected override string PlantedSecret => SnowflakeStandIn.Pat;

    protected override int PageSize => 3;

    public Task InitializeAsync() => _server.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    protected override Task<(IWarehouse Warehouse, Model Model)> WithAsync(IEnumerable<SuiteRow> rows)
    {
        _server.Rows = [.. rows];
        return Task.FromResult((Open(), new Model { Table = "people" }));
    }

    protected override void FailThirdPage(bool forGood) =>
        _server.Fail(r => r.Parameter("partition") == "2", StandInAnswer.Json(new { code = "390", message = "unavailable" }, 503),
            forGood ? int.MaxValue : 1);

    private protected override void SpoilPage(int page, Func<StandInAnswer, StandInAnswer> change, int times)
    {
        _server.Polls = 0;
        _server.Spoil(r => r.Method == "GET" && r.Parameter("partition") == (page == 1 ? null : $"{page - 1}"), change, times);
    }

    protected override bool AcceptedMeansRunning => true;

    protected override string WithoutMember(string json) => HostilePages.Without(json, "data");

    protected override string WithoutRow(string json) => HostilePages.WithoutLast(json, "data");

    [Theory]
    [InlineData("rowType")]
    [InlineData("numRows")]
    public async Task Description_of_the_result_is_waited_for(string member)
    {
        var (warehouse, model) = await WithAsync(Rows(2));
        _server.Polls = 0;
        _server.Spoil(r => r.Method == "GET", a => a with { Body = HostilePages.Without(a.Body, "resultSetMetaData", member) });
        Assert.Equal(2, (await ReadAsync(warehouse, model)).Count);
    }

    [Fact]
    public async Task Result_whose_partitions_are_fewer_than_its_rows_is_no_result()
    {
        var (warehouse, model) = await WithAsync(Rows(9));
        _server.Polls = 0;
        _server.Spoil(r => r.Method == "GET", a =>
            a with { Body = HostilePages.WithoutLast(a.Body, "resultSetMetaData", "partitionInfo") });
        AssertProblem(ProblemKind.Transient, await Assert.ThrowsAsync<ProblemException>(() => ReadAsync(warehouse, model)));
    }

    [Fact]
    public async Task Statements_carry_a_tag_and_a_time_limit()
    {
        var (_, model) = await WithAsync(Rows(1));
        await ReadAsync(Open(("query_tag", "growth"), ("statement_timeout", "90")), model);
        var body = _server.Seen.Last(r => r.Method == "POST").Json;
        Assert.Equal(("growth", 90),
            (body.GetProperty("parameters").GetProperty("query_tag").GetString(), body.GetProperty("timeout").GetInt32()));
        Assert.Contains("statement_timeout is a whole number of seconds from 1 to 604800.",
            WarehouseTypes.Find("snowflake")!.Rules(new Dictionary<string, SecretText>
            {
                ["token"] = new("x"),
                ["statement_timeout"] = new("0")
            }));
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public async Task Token_that_needs_a_network_policy_is_explained(int status)
    {
        var (warehouse, model) = await WithAsync(Rows(1));
        _server.Fail(r => r.Method == "POST", StandInAnswer.Json(new { code = "395092", message = "Network policy is required." }, status),
            int.MaxValue);
        var error = await Assert.ThrowsAsync<ProblemException>(() => warehouse.OpenAsync(model, null, default));
        AssertProblem(ProblemKind.Connection, error);
        Assert.Contains("network policy", error.Problem.Message, StringComparison.Ordinal);
        Assert.Contains("programmatic access token", error.Problem.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Statement_carries_session_names_fixed_formats_and_a_bound_cursor()
    {
        var (_, model) = await WithAsync(Rows(1));
        var warehouse = Open(("role", "R"), ("warehouse", "WH"), ("database", "DB"), ("schema", "S"));
        await ReadAsync(warehouse, model, ReadFrom.At("updated_at", CursorValue.Of(Noon)));
        var body = _server.Seen.Last(r => r.Method == "POST").Json;
        Assert.Equal(["R", "WH", "DB", "S"], ((string[])["role", "warehouse", "database", "schema"])
            .Select(n => body.GetProperty(n).GetString()));
        Assert.Equal("UTC", body.GetProperty("parameters").GetProperty("timezone").GetString());
        Assert.Equal("HEX", body.GetProperty("parameters").GetProperty("binary_output_format").GetString());
        Assert.DoesNotContain("2026", body.GetProperty("statement").GetString(), StringComparison.Ordinal);
        Assert.Equal("2026-03-01T12:00:00.0000000+00:00", body.GetProperty("bindings").GetProperty("1").GetProperty("value").GetString());
    }

    [Fact]
    public async Task Repeated_submission_keeps_its_id_and_says_so()
    {
        var (warehouse, model) = await WithAsync(Rows(2));
        _server.Fail(r => r.Method == "POST", StandInAnswer.Json(new { message = "busy" }, 503));
        Assert.Equal(2, (await ReadAsync(warehouse, model)).Count);
        var posts = _server.Seen.Where(r => r.Method == "POST").ToList();
        Assert.Equal([null, "true"], posts.Select(p => p.Parameter("retry")));
        Assert.Equal(posts[0].Parameter("requestId"), posts[1].Parameter("requestId"));
    }

    [Fact]
    public async Task Key_pair_logs_in_and_one_line_secrets_are_understood()
    {
        _server.Rows = [.. Rows(1)];
        var settings = Settings(("account", SnowflakeStandIn.Account), ("user", "reader"), ("private_key", "${secret:key}"));
        var pem = SnowflakeStandIn.Key.ExportPkcs8PrivateKeyPem().Replace("\n", "\\n");
        var warehouse = TestWarehouse.Make("snowflake", settings, new Dictionary<string, string> { ["key"] = pem }, clock: _clock);
        Assert.Single(await ReadAsync(warehouse, new Model { Table = "people" }));
    }

    [Fact]
    public async Task Unreadable_key_is_a_configuration_problem_that_does_not_show_it()
    {
        var settings = Settings(("account", SnowflakeStandIn.Account), ("user", "reader"), ("private_key", "${secret:key}"));
        var warehouse = TestWarehouse.Make("snowflake", settings, new Dictionary<string, string> { ["key"] = SnowflakeStandIn.Pat },
            clock: _clock);
        AssertProblem(ProblemKind.Configuration, await Assert.ThrowsAsync<ProblemException>(() => warehouse.CheckAsync(null, default)));
    }

    [Fact]
    public async Task Refused_token_is_a_configuration_problem_after_one_fresh_look_at_the_secret()
    {
        var settings = Settings(("account", "a"), ("token", "${secret:token}"));
        var warehouse =
            TestWarehouse.Make("snowflake", settings, new Dictionary<string, string> { ["token"] = "old-" + SnowflakeStandIn.Pat },
            clock: _clock);
        AssertProblem(ProblemKind.Configuration, await Assert.ThrowsAsync<ProblemException>(() => warehouse.CheckAsync(null, default)));
        Assert.Equal(2, _server.Seen.Count);
    }

    [Fact]
    public async Task Wrong_warehouse_is_a_configuration_problem() =>
        AssertProblem(ProblemKind.Configuration,
            await Assert.ThrowsAsync<ProblemException>(() => Open(("warehouse", "NOPE")).CheckAsync(null, default)));

    [Fact]
    public async Task Cancelling_a_running_statement_cancels_it_in_snowflake()
    {
        _server.Polls = int.MaxValue;
        using var cancel = new CancellationTokenSource();
        var open = Open().OpenAsync(new Model { Table = "people" }, null, cancel.Token);
        await _server.SawAsync(r => r.Method == "GET");
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => open);
        Assert.Single(_server.Cancelled);
    }

    [Fact]
    public async Task Partitions_come_compressed_and_one_ahead()
    {
        var (warehouse, model) = await WithAsync(Rows(10));
        await using var reader = await warehouse.OpenAsync(model, null, CancellationToken.None);
        Assert.True(await reader.ReadAsync());
        await _server.SawAsync(r => r.Parameter("partition") == "1");
        Assert.DoesNotContain(_server.Seen, r => r.Parameter("partition") == "2");
        Assert.All(_server.Seen, r => Assert.Contains("gzip", r.Header("Accept-Encoding"), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(401, "390144", null, ProblemKind.Configuration)]
    [InlineData(403, "390422", null, ProblemKind.Connection)]
    [InlineData(404, "391904", null, ProblemKind.Transient)]
    [InlineData(408, "000630", "57014", ProblemKind.Transient)]
    [InlineData(422, "000606", "57P03", ProblemKind.Configuration)]
    [InlineData(422, "003001", "42501", ProblemKind.Configuration)]
    [InlineData(422, "000604", "57014", ProblemKind.Transient)]
    [InlineData(422, "000709", "02000", ProblemKind.Transient)]
    [InlineData(422, "100038", "22018", ProblemKind.Configuration)]
    [InlineData(429, null, null, ProblemKind.Throttled)]
    [InlineData(425, null, null, ProblemKind.Transient)]
    [InlineData(503, null, null, ProblemKind.Transient)]
    public async Task Answers_become_problems(int status, string? code, string? state, object kind)
    {
        var (warehouse, model) = await WithAsync(Rows(1));
        _server.Fail(r => r.Method == "GET",
            StandInAnswer.Json(new { code, sqlState = state, message = $"Value '{PlantedSecret}'\nis not recognized" }, status),
            int.MaxValue);
        var error = await Assert.ThrowsAsync<ProblemException>(() => warehouse.OpenAsync(model, null, default));
        Assert.Equal((ProblemKind)kind, error.Problem.Kind);
        // Messages about names are shown; those about values are not.
        if (state != "42501")
            AssertProblem((ProblemKind)kind, error);
    }

    [Fact]
    public async Task Throttled_calls_wait_as_long_as_they_are_told()
    {
        var (warehouse, model) = await WithAsync(Rows(1));
        _server.Fail(r =>
            r.Method == "POST", StandInAnswer.Json(new { message = "slow down" }, 429) with { Headers = new() { ["Retry-After"] = "11" } });
        await ReadAsync(warehouse, model);
        Assert.Contains(_clock.Pauses, p => p == TimeSpan.FromSeconds(11));
    }

    [Fact]
    public async Task Connection_cut_in_the_middle_of_a_partition_is_read_again()
    {
        var (warehouse, model) = await WithAsync(Rows(9));
        _server.Fail(r => r.Parameter("partition") == "1",
            StandInAnswer.Json(new { data = new[] { new[] { "1" } } }) with { CutOff = true });
        Assert.Equal(Enumerable.Range(1, 9).Select(i => (long)i), (await ReadAsync(warehouse, model)).Select(r => r.Id));
    }

    [Theory]
    [InlineData("private_key needs user.", "private_key")]
    [InlineData("give one of user and private_key, token, or auth: entra.")]
    [InlineData("give one of user and private_key, token, or auth: entra.", "token", "private_key", "user")]
    [InlineData("token_type needs token.", "token_type", "private_key", "user")]
    [InlineData("auth: entra and entra_audience belong together.", "auth")]
    [InlineData("client_id needs auth: entra.", "client_id", "token")]
    public void Settings_that_contradict_each_other_are_refused(string sentence, params string[] given) =>
        Assert.Contains(sentence, WarehouseTypes.Find("snowflake")!.Rules(given.ToDictionary(n => n, n => new SecretText("x"))));

    private static Dictionary<string, string> Join(Dictionary<string, string> settings, (string Name, string Value)[] more)
    {
        foreach (var (name, value) in more)
            settings[name] = value;
        return settings;
    }

    private Dictionary<string, string> Settings(params (string Name, string Value)[] more) =>
        Join(new() { ["endpoint"] = _server.Url }, more);

    private IWarehouse Open(params (string Name, string Value)[] more) => TestWarehouse.Make("snowflake",
        Join(Settings(("account", "a"), ("token", "${secret:token}")), more),
        new Dictionary<string, string> { ["token"] = SnowflakeStandIn.Pat }, clock: _clock);
}
