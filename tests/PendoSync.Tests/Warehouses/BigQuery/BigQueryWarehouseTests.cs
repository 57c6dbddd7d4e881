using System.Text.Json;
using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Tests.Warehouses.PagingKit;
using PendoSync.Values;
using PendoSync.Warehouses;

namespace PendoSync.Tests.Warehouses.BigQuery;

public sealed partial class BigQueryWarehouseTests : PagedWarehouseConformance, IAsyncLifetime
{
    private readonly BigQueryStandIn _server = new();
    private readonly EagerClock _clock = new();

    // The heart of the service account's key.
    protected override string PlantedSecret => BigQueryStandIn.Key.ExportPkcs8PrivateKeyPem().Split('\n')[3];

    protected override int PageSize => 3;

    public Task InitializeAsync() => _server.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    protected override Task<(IWarehouse Warehouse, Model Model)> WithAsync(IEnumerable<SuiteRow> rows)
    {
        _server.Rows = [.. rows];
        return Task.FromResult((Open(), new Model { Table = "people" }));
    }

    protected override void FailThirdPage(bool forGood) =>
        _server.Fail(r => r.Parameter("pageToken") == "page:6", Error(503, "backendError", "try again"), forGood ? int.MaxValue : 1);

    private protected override void SpoilPage(int page, Func<StandInAnswer, StandInAnswer> change, int times)
    {
        _server.Polls = 0;
        _server.Spoil(r => page == 1 ? r.Method == "POST" && r.Path.EndsWith("/queries", StringComparison.Ordinal)
            : r.Parameter("pageToken") == $"page:{(page - 1) * PageSize}", change, times);
    }

    protected override string WithoutMember(string json) => HostilePages.Without(json, "totalRows");

    protected override string WithoutRow(string json) => HostilePages.WithoutLast(json, "rows");

    [Theory]
    [InlineData("rows")]
    [InlineData("pageToken")]
    [InlineData("schema")]
    [InlineData("jobReference")]
    [InlineData("jobComplete")]
    public async Task First_page_without_one_of_its_members_never_ends_as_a_whole_read(string member)
    {
        var (warehouse, model) = await WithAsync(Rows(7));
        SpoilPage(1, a => a with { Body = HostilePages.Without(a.Body, member) }, int.MaxValue);
        AssertProblem(ProblemKind.Transient, await Assert.ThrowsAsync<ProblemException>(() => ReadAsync(warehouse, model)));
    }

    [Theory]
    [InlineData(400, "invalidQuery",
        "Cannot query over table 'acme-data.ds.people' without a filter over column(s) 'day' that can be used for partition elimination",
        "partition column", "where")]
    [InlineData(403, "accessDenied", "Access Denied: BigQuery BigQuery: Permission denied while getting Drive credentials.",
        "Google Drive", "drive: true")]
    [InlineData(403, "accessNotConfigured", "BigQuery API has not been used in project 1 before or it is disabled.", "API is disabled",
        "gcloud services enable")]
    [InlineData(403, "forbidden", "BigQuery API has not been used in project 1 before or it is disabled.", "API is disabled",
        "gcloud services enable")]
    [InlineData(400, "bytesBilledLimitExceeded", "Query exceeded limit for bytes billed: 1000. 10485760 or higher required.", "more bytes",
        "maximum_bytes_billed")]
    public async Task Cause_has_a_sentence_of_its_own(int status, string reason, string message, string says, string fix)
    {
        var (warehouse, model) = await WithAsync(Rows(1));
        _server.Fail(r => r.Path.EndsWith("/queries", StringComparison.Ordinal), Error(status, reason, message), int.MaxValue);
        var error = await Assert.ThrowsAsync<ProblemException>(() => warehouse.OpenAsync(model, null, default));
        AssertProblem(ProblemKind.Configuration, error);
        Assert.Contains(says, error.Problem.Message, StringComparison.Ordinal);
        Assert.Contains(fix, error.Problem.Fix, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Limit_of_bytes_and_labels_go_with_every_query()
    {
        var (_, model) = await WithAsync(Rows(1));
        await ReadAsync(Open(("maximum_bytes_billed", "1000000000000"), ("labels", "team=growth, app=pendosync")), model);
        var body = Queries().Last();
        Assert.Equal("1000000000000", body.GetProperty("maximumBytesBilled").GetString());
        Assert.Equal(("growth", "pendosync"), (body.GetProperty("labels").GetProperty("team").GetString(), body.GetProperty("labels")
            .GetProperty("app").GetString()));
    }

    [Theory]
    [InlineData("maximum_bytes_billed", "10 GB")]
    [InlineData("labels", "Team=growth")]
    [InlineData("labels", "team")]
    public void Limit_and_labels_of_another_form_are_refused(string name, string value) =>
        Assert.Single(WarehouseTypes.Find("bigquery")!.Rules(new Dictionary<string, SecretText> { [name] = new(value) }));

    [Theory]
    [InlineData("false", "https://www.googleapis.com/auth/bigquery")]
    [InlineData("true", "https://www.googleapis.com/auth/bigquery https://www.googleapis.com/auth/drive.readonly")]
    public async Task Scope_of_drive_is_asked_for_only_when_it_is_wanted(string drive, string scopes)
    {
        _server.Scopes = scopes;
        var (_, model) = await WithAsync(Rows(1));
        Assert.Single(await ReadAsync(Open(("drive", drive)), model));
    }

    [Fact]
    public async Task Token_endpoint_that_is_down_is_waited_for_and_says_nothing_about_the_key()
    {
        var (warehouse, _) = await WithAsync(Rows(1));
        _server.Fail(r => r.Path == "/token", new StandInAnswer(503, "<html>busy</html>"), 1);
        await warehouse.CheckAsync(null, default);
        _server.Fail(r => r.Path == "/token", StandInAnswer.Json(new { error = "internal_failure" }, 500), int.MaxValue);
        AssertProblem(ProblemKind.Transient, await Assert.ThrowsAsync<ProblemException>(() => Open().CheckAsync(null, default)));
    }

    [Fact]
    public async Task Query_is_standard_sql_with_names_completed_and_a_bound_cursor()
    {
        var (_, model) = await WithAsync(Rows(1));
        await ReadAsync(Open(("dataset", "ds"), ("location", "EU")), model, ReadFrom.At("updated_at", CursorValue.Of(Noon.AddTicks(19))));
        var body = Queries().Last();
        Assert.Equal((BigQueryStandIn.Project, "ds"),
            (body.GetProperty("defaultDataset").GetProperty("projectId").GetString(), body.GetProperty("defaultDataset")
            .GetProperty("datasetId").GetString()));
        Assert.Equal("EU", body.GetProperty("location").GetString());
        Assert.True(body.GetProperty("useQueryCache").GetBoolean());
        Assert.DoesNotContain("2026", body.GetProperty("query").GetString(), StringComparison.Ordinal);
        // Microseconds, cut and not rounded up.
        Assert.Equal("2026-03-01T12:00:00.000001Z", body.GetProperty("queryParameters")[0].GetProperty("parameterValue")
            .GetProperty("value").GetString());
    }

    [Fact]
    public async Task Estimate_is_a_dry_run_and_says_the_bytes()
    {
        var (warehouse, model) = await WithAsync(Rows(1));
        Assert.Equal("12.3 GB processed", await warehouse.EstimateAsync(model, default));
        Assert.True(Queries().Single().GetProperty("dryRun").GetBoolean());
    }

    [Fact]
    public async Task Check_costs_nothing()
    {
        var (warehouse, model) = await WithAsync(Rows(1));
        await warehouse.CheckAsync(model, default);
        Assert.All(Queries(), q => Assert.True(q.GetProperty("dryRun").GetBoolean()));
    }

    [Fact]
    public async Task Quick_query_answers_with_its_first_page()
    {
        var (warehouse, model) = await WithAsync(Rows(2));
        _server.Polls = 0;
        Assert.Equal(2, (await ReadAsync(warehouse, model)).Count);
        Assert.DoesNotContain(_server.Seen, r => r.Method == "GET");
    }

    [Fact]
    public async Task Slow_job_is_waited_for()
    {
        var (warehouse, model) = await WithAsync(Rows(2));
        _server.Polls = 5;
        Assert.Equal(2, (await ReadAsync(warehouse, model)).Count);
    }

    [Fact]
    public async Task Token_is_fetched_once_and_again_when_it_is_refused()
    {
        var (warehouse, model) = await WithAsync(Rows(9));
        await using var reader = await warehouse.OpenAsync(model, null, default);
        Assert.True(await reader.ReadAsync());
        Assert.Single(_server.Seen, r => r.Path == "/token");
        await _server.SawAsync(r => r.Parameter("pageToken") == "page:3");
        _server.ExpireToken();
        var rows = 1;
        while (await reader.ReadAsync())
            rows++;
        Assert.Equal((9, 2), (rows, _server.Seen.Count(r => r.Path == "/token")));
    }

    [Fact]
    public async Task Refused_credentials_are_a_configuration_problem()
    {
        _server.Fail(r => r.Path == "/token", StandInAnswer.Json(new { error = "invalid_grant", error_description = PlantedSecret }, 400),
            int.MaxValue);
        AssertProblem(ProblemKind.Configuration, await Assert.ThrowsAsync<ProblemException>(() => Open().CheckAsync(null, default)));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{}")]
    [InlineData("""{"type":"authorized_user","refresh_token":"x"}""")]
    [InlineData("""{"type":"service_account","client_email":"a@b","private_key":"PLANTED","token_uri":"http://localhost"}""")]
    public async Task Unreadable_credentials_are_a_configuration_problem_that_does_not_show_them(string json)
    {
        var warehouse = Make(json.Replace("PLANTED", PlantedSecret));
        AssertProblem(ProblemKind.Configuration, await Assert.ThrowsAsync<ProblemException>(() => warehouse.CheckAsync(null, default)));
    }

    [Fact]
    public async Task Workload_identity_federation_exchanges_a_token_of_the_machine()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "subject-token");
            _server.Fail(r => r.Path == "/sts" && r.Body.Contains("subject-token", StringComparison.Ordinal),
                StandInAnswer.Json(new
                {
                    access_token = _server.Token,
                    issued_token_type = "urn:ietf:params:oauth:token-type:access_token",
                    token_type = "Bearer",
                    expires_in = 3600
                }));
            var warehouse = Make(JsonSerializer.Serialize(new
            {
                type = "external_account",
                audience = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x",
                subject_token_type = "urn:ietf:params:oauth:token-type:jwt",
                token_url = _server.Url + "/sts",
                credential_source = new { file },
            }));
            await warehouse.CheckAsync(null, default);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Cancelling_a_running_job_cancels_it_in_bigquery()
    {
        _server.Polls = int.MaxValue;
        using var cancel = new CancellationTokenSource();
        var open = Open().OpenAsync(new Model { Table = "people" }, null, cancel.Token);
        await _server.SawAsync(r => r.Method == "GET");
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => open);
        Assert.Single(_server.Cancelled);
    }

    // https://cloud.google.com/bigquery/docs/error-messages
    private static StandInAnswer Error(int status, string reason, string message) => StandInAnswer.Json(
        new { error = new { code = status, message, errors = new[] { new { message, domain = "global", reason } } } }, status);

    private IEnumerable<JsonElement> Queries() =>
        _server.Seen.Where(r => r.Path.EndsWith("/queries", StringComparison.Ordinal)).Select(r => r.Json);

    private IWarehouse Open(params (string Name, string Value)[] more) => Make(_server.Credentials, more);

    private IWarehouse Make(string credentials, params (string Name, string Value)[] more)
    {
        var settings = new Dictionary<string, string>
        {
            ["project"] = BigQueryStandIn.Project,
            ["credentials"] = "${secret:google}",
            ["endpoint"] = _server.Url
        };
        foreach (var (name, value) in more)
            settings[name] = value;
        return TestWarehouse.Make("bigquery", settings, new Dictionary<string, string> { ["google"] = credentials }, clock: _clock);
    }
}
