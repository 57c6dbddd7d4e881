using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Tests.Warehouses.BigQuery;
using PendoSync.Tests.Warehouses.Databricks;
using PendoSync.Tests.Warehouses.GoogleSheets;
using PendoSync.Tests.Warehouses.PagingKit;
using PendoSync.Tests.Warehouses.Snowflake;
using PendoSync.Values;
using PendoSync.Warehouses;
using PendoSync.Warehouses.BigQuery;
using PendoSync.Warehouses.GoogleSheets;
using PendoSync.Warehouses.Rest;

namespace PendoSync.Tests.Warehouses.Identity;

/// <summary>
/// The app's identity in place of keys, as in the deployed app: Azure.Identity's own ManagedIdentityCredential asks the stand-in of the
/// identity endpoint, and Google's own library exchanges the token with the stand-in of the token exchange.
/// </summary>
[Collection(OneAtATime.Name)]
public sealed class IdentityTests : IAsyncLifetime
{
    private const string Audience = "api://pendosync-google";
    private readonly IdentityEndpoint _azure = new();
    private readonly Dictionary<string, string?> _before = [];

    public async Task InitializeAsync()
    {
        await _azure.StartAsync();
        Set("IDENTITY_ENDPOINT", _azure.Url + "/msi/token");
        Set("IDENTITY_HEADER", IdentityEndpoint.Header);
        Set("ManagedIdentity__ClientId", null);
    }

    public async Task DisposeAsync()
    {
        foreach (var (name, value) in _before)
            Environment.SetEnvironmentVariable(name, value);
        await _azure.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Databricks_takes_the_token_of_the_identity_that_the_connection_or_the_app_names(bool ofTheApp)
    {
        await using var databricks = new DatabricksStandIn { Bearer = IdentityEndpoint.TokenFor("2ff814a6-3304-4ab8-85cb-cd0e6f879c1d") };
        await databricks.StartAsync();
        await using var warehouse = Make("databricks", databricks.Url, ofTheApp, ("host", "adb-1.azuredatabricks.net"),
            ("warehouse_id", "wh1"), ("auth", "entra"));
        await warehouse.CheckAsync(null, default);
        Assert.Equal(_azure.ClientId, Assert.Single(_azure.Seen).Parameter("client_id"));
    }

    [Fact]
    public async Task App_with_an_identity_takes_no_other_one_from_the_environment()
    {
        // The credentials of a service principal would come first.
        Set("AZURE_CLIENT_ID", Guid.NewGuid().ToString());
        Set("AZURE_TENANT_ID", Guid.NewGuid().ToString());
        Set("AZURE_CLIENT_SECRET", "other");
        await Databricks_takes_the_token_of_the_identity_that_the_connection_or_the_app_names(ofTheApp: true);
    }

    [Fact]
    public async Task Identity_that_the_app_does_not_have_is_a_configuration_problem()
    {
        await using var databricks = new DatabricksStandIn();
        await databricks.StartAsync();
        await using var warehouse = Make("databricks", databricks.Url, ofTheApp: false, ("host", "adb-1.azuredatabricks.net"),
            ("warehouse_id", "wh1"), ("auth", "entra"), ("client_id", Guid.NewGuid().ToString()));
        var error = await Assert.ThrowsAsync<ProblemException>(() => warehouse.CheckAsync(null, default));
        Assert.Equal(ProblemKind.Connection, error.Problem.Kind);
        Assert.Contains("client_id", error.Problem.Fix, StringComparison.Ordinal);
        Assert.DoesNotContain(IdentityEndpoint.Header, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Snowflake_takes_the_token_of_the_identity_as_external_oauth()
    {
        await using var snowflake = new SnowflakeStandIn { OAuth = IdentityEndpoint.TokenFor("api://snowflake-resource") };
        await snowflake.StartAsync();
        await using var warehouse = Make("snowflake", snowflake.Url, ofTheApp: true, ("account", "a"), ("auth", "entra"),
            ("entra_audience", "api://snowflake-resource"));
        await warehouse.CheckAsync(null, default);
        Assert.All(snowflake.Seen, r => Assert.Equal("OAUTH", r.Header("X-Snowflake-Authorization-Token-Type")));
        snowflake.OAuth = "another";
        await using var refused = Make("snowflake", snowflake.Url, ofTheApp: true, ("account", "a"), ("auth", "entra"),
            ("entra_audience", "api://snowflake-resource"));
        var error = await Assert.ThrowsAsync<ProblemException>(() => refused.CheckAsync(null, default));
        Assert.Contains("external_oauth", error.Problem.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "federated-https://www.googleapis.com/auth/bigquery")]
    [InlineData(IdentityEndpoint.ServiceAccount, "impersonated-https://www.googleapis.com/auth/bigquery")]
    public async Task BigQuery_takes_the_identity_by_workload_identity_federation(string? account, string token)
    {
        await using var google = new BigQueryStandIn { Bearer = token };
        await google.StartAsync();
        await using var warehouse =
            BigQueryWarehouse.Make(Context("bigquery", google.Url, Federated(account, ("project", BigQueryStandIn.Project))), Endpoints);
        await warehouse.CheckAsync(null, default);
        Assert.Equal(["/msi/token", "/sts/v1/token"], _azure.Seen.Select(r => r.Path).Take(2));
    }

    [Theory]
    [InlineData(null, "federated-https://www.googleapis.com/auth/spreadsheets.readonly")]
    [InlineData(IdentityEndpoint.ServiceAccount, "impersonated-https://www.googleapis.com/auth/spreadsheets.readonly")]
    public async Task Sheets_take_the_identity_by_workload_identity_federation(string? account, string token)
    {
        await using var google = new SheetsStandIn([]) { Bearer = token };
        await google.StartAsync();
        await using var warehouse =
            GoogleSheetsWarehouse.Make(Context("google_sheets", google.Url, Federated(account, ("spreadsheet", SheetsStandIn.Spreadsheet))),
            Endpoints);
        await warehouse.CheckAsync(null, default);
    }

    [Fact]
    public async Task Exchange_that_refuses_the_token_says_what_to_check_and_one_that_is_down_is_waited_for()
    {
        await using var google = new BigQueryStandIn { Bearer = "federated-https://www.googleapis.com/auth/bigquery" };
        await google.StartAsync();
        var settings = Federated(null, ("project", BigQueryStandIn.Project));
        _azure.Fail(r => r.Path == "/sts/v1/token", new StandInAnswer(503, "busy"));
        await using (var warehouse = BigQueryWarehouse.Make(Context("bigquery", google.Url, settings), Endpoints))
            await warehouse.CheckAsync(null, default);
        settings["workload_identity"] = "projects/2/locations/global/workloadIdentityPools/other/providers/app";
        await using var refused = BigQueryWarehouse.Make(Context("bigquery", google.Url, settings), Endpoints);
        var error = await Assert.ThrowsAsync<ProblemException>(() => refused.CheckAsync(null, default));
        Assert.Equal(ProblemKind.Connection, error.Problem.Kind);
        Assert.Contains("workload_identity", error.Problem.Fix, StringComparison.Ordinal);
        Assert.DoesNotContain("entra-token", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bigquery", "give credentials or workload_identity, not both.", "credentials", "workload_identity", "entra_audience")]
    [InlineData("bigquery", "workload_identity and entra_audience belong together.", "workload_identity")]
    [InlineData("bigquery", "service_account and client_id need workload_identity.", "service_account")]
    [InlineData("google_sheets", "give credentials, or workload_identity.")]
    public void Settings_that_contradict_each_other_are_refused(string type, string sentence, params string[] given) =>
        Assert.Contains(sentence, WarehouseTypes.Find(type)!.Rules(given.ToDictionary(n => n, n => new SecretText("x"))));

    private GoogleEndpoints Endpoints => new(_azure.Url + "/sts/v1/token", _azure.Url);

    private Dictionary<string, string> Federated(string? account, (string Name, string Value) more)
    {
        var settings = new Dictionary<string, string>
        {
            [more.Name] = more.Value,
            ["workload_identity"] = IdentityEndpoint.Provider,
            ["entra_audience"] = Audience,
            ["client_id"] = _azure.ClientId
        };
        if (account is not null)
            settings["service_account"] = account;
        return settings;
    }

    private IWarehouse Make(string type, string url, bool ofTheApp, params (string Name, string Value)[] more)
    {
        var settings = more.ToDictionary(m => m.Name, m => m.Value);
        if (ofTheApp)
            Set("ManagedIdentity__ClientId", _azure.ClientId);
        else
            settings.TryAdd("client_id", _azure.ClientId);
        return WarehouseTypes.Find(type)!.Create(Context(type, url, settings));
    }

    private static WarehouseContext Context(string type, string url, Dictionary<string, string> settings)
    {
        settings["endpoint"] = url;
        var kind = WarehouseTypes.Find(type)!;
        Assert.All(settings.Keys, name => Assert.Contains(kind.Settings, s => s.Name == name));
        Assert.Empty(kind.Rules(settings.ToDictionary(s => s.Key, s => new SecretText(s.Value))));
        var connection = new WarehouseConnection
        {
            Name = "analytics",
            Type = type,
            Settings = settings.ToDictionary(s => s.Key, s => new SecretText(s.Value), StringComparer.Ordinal)
        };
        return new WarehouseContext(connection, ".", null!, new EagerClock()) { Type = kind };
    }

    private void Set(string name, string? value)
    {
        _before.TryAdd(name, Environment.GetEnvironmentVariable(name));
        Environment.SetEnvironmentVariable(name, value);
    }
}
