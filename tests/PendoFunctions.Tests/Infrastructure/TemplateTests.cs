using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using PendoFunctions.Tests.Worlds;
using PendoSync.State;

namespace PendoFunctions.Tests.Infrastructure;

/// <summary>What a deployment makes, as the compiler evaluates the templates.</summary>
public sealed class TemplateTests
{
    private const string BlobOwner = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b";
    private const string TableContributor = "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3";
    private const string BusSender = "69a216fc-b8fb-44d8-bc22-1f3c2cd27a39";
    private const string BusReceiver = "4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0";
    private const string BusOwner = "090c5cfd-751d-490a-894a-3ce6f1109419";
    private const string SecretsUser = "4633458b-17de-408a-b874-0445c86b69e6";
    private const string SecretsOfficer = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7";
    private const string MetricsPublisher = "3913510d-42f4-4e42-8a64-420c390055eb";

    private static readonly Lazy<Task<PredictedDeployment>> Default = new(() => PredictedDeployment.OfAsync());

    private static readonly Lazy<Task<PredictedDeployment>> Other = new(() => PredictedDeployment.OfAsync(
        "param privateNetwork = true", "param targetBasedScaling = false",
            "param operatorPrincipalId = '11111111-1111-1111-1111-111111111111'",
        "param alwaysReady = { http: 1, scheduledSync: 2, requestedSync: 3, deliverBatch: 4, deadLetteredBatch: 5 }"));

    [BicepFact]
    public async Task Keys_and_passwords_are_off_and_TLS_is_at_least_1_2()
    {
        var made = await Default.Value;

        var account = made.Only("Microsoft.Storage/storageAccounts");
        Assert.False((bool)account["allowSharedKeyAccess"]!);
        Assert.False((bool)account["allowBlobPublicAccess"]!);
        Assert.Equal("TLS1_2", (string)account["minimumTlsVersion"]!);
        var bus = made.Only("Microsoft.ServiceBus/namespaces");
        Assert.True((bool)bus["disableLocalAuth"]!);
        Assert.Equal("1.2", (string)bus["minimumTlsVersion"]!);
        Assert.True((bool)made.Only("Microsoft.Insights/components")["DisableLocalAuth"]!);
        Assert.True((bool)made.Only("Microsoft.OperationalInsights/workspaces")["features"]!["disableLocalAuth"]!);
        Assert.True((bool)made.Only("Microsoft.Web/sites")["httpsOnly"]!);
        Assert.Equal(["ftp", "scm"], made.Names("Microsoft.Web/sites/basicPublishingCredentialsPolicies"));
        Assert.All(made.All("Microsoft.Web/sites/basicPublishingCredentialsPolicies"), policy =>
            Assert.False((bool)policy["properties"]!["allow"]!));
    }

    [BicepFact]
    public async Task Queues_keep_what_the_engine_counts_on()
    {
        var queues = (await Default.Value).All("Microsoft.ServiceBus/namespaces/queues").ToList();

        Assert.Equal(["record-batches", "sync-requests"], queues.Select(q => ((string)q["name"]!).Split('/')[1]));
        Assert.All(queues.Select(q => q["properties"]!), queue =>
        {
            Assert.True((bool)queue["requiresDuplicateDetection"]!);
            Assert.Equal("PT1H", (string)queue["duplicateDetectionHistoryTimeWindow"]!);
            Assert.Equal("PT5M", (string)queue["lockDuration"]!);
            Assert.Equal(10, (int)queue["maxDeliveryCount"]!);
            Assert.Equal("P1D", (string)queue["defaultMessageTimeToLive"]!);
            Assert.True((bool)queue["deadLetteringOnMessageExpiration"]!);
        });
    }

    [BicepFact]
    public async Task Every_table_of_the_state_is_made() =>
        Assert.Equal(Tables.All.Order(), (await Default.Value).Names("Microsoft.Storage/storageAccounts/tableServices/tables").Order());

    [BicepFact]
    public async Task The_app_starts_with_the_settings_that_are_deployed()
    {
        var deployed = (await Default.Value).AppSettings();

        var configuration = new ConfigurationBuilder().AddInMemoryCollection(deployed.ToDictionary(
            s => s.Key.Replace("__", ":", StringComparison.Ordinal), s => (string?)Known(s.Key, s.Value), StringComparer.Ordinal)).Build();
        var settings = Settings.From(configuration);

        Assert.Equal("record-batches", settings.RecordBatchesQueue);
        Assert.Equal("sync-requests", settings.SyncRequestsQueue);
        Assert.NotNull(settings.KeyVaultUri);
        Assert.NotNull(settings.IdentityClientId);
        string[] ofTheHost = ["AzureWebJobsStorage__blobServiceUri", "AzureWebJobsStorage__queueServiceUri",
            "AzureWebJobsStorage__tableServiceUri",
            "AzureWebJobsStorage__credential", "AzureWebJobsStorage__clientId", "ServiceBusConnection__credential",
                "ServiceBusConnection__clientId",
            "APPLICATIONINSIGHTS_AUTHENTICATION_STRING"];
        Assert.All(ofTheHost, name => Assert.Contains(name, deployed.Keys));
    }

    [BicepFact]
    public async Task No_setting_is_deployed_that_Flex_Consumption_forbids()
    {
        // https://learn.microsoft.com/azure/azure-functions/functions-app-settings#flex-consumption-plan-deprecations
        var forbidden = new Regex("^(FUNCTIONS_WORKER_RUNTIME|FUNCTIONS_EXTENSION_VERSION|WEBSITE_RUN_FROM_PACKAGE|WEBSITE_CONTENT.*|" +
            "SCM_DO_BUILD_DURING_DEPLOYMENT|ENABLE_ORYX_BUILD|"
            + "WEBSITE_MAX_DYNAMIC_APPLICATION_SCALE_OUT|WEBSITE_TIME_ZONE|TZ|AZURE_CLIENT_ID)$");
        var made = await Default.Value;

        Assert.DoesNotContain(made.AppSettings().Keys, name => forbidden.IsMatch(name));
        Assert.Null(made.Only("Microsoft.Web/sites")["siteConfig"]!["linuxFxVersion"]);
        Assert.Null(made.Only("Microsoft.Web/sites")["siteConfig"]!["healthCheckPath"]);
        Assert.Equal("""{"name":"dotnet-isolated","version":"10.0"}""",
            made.Only("Microsoft.Web/sites")["functionAppConfig"]!["runtime"]!.ToJsonString());
    }

    [BicepFact]
    public async Task The_identity_may_do_what_the_app_does_and_on_nothing_larger()
    {
        var roles = (await Default.Value).Roles().Select(r => (r.Role, Kind(r.On))).ToList();

        Assert.Equal(
            [
                (BlobOwner, "Microsoft.Storage/storageAccounts"), (TableContributor, "Microsoft.Storage/storageAccounts"),
                (BusOwner, "Microsoft.ServiceBus/namespaces/queues"), (BusOwner, "Microsoft.ServiceBus/namespaces/queues"),
                (SecretsUser, "Microsoft.KeyVault/vaults"), (MetricsPublisher, "Microsoft.Insights/components"),
            ],
            roles);
    }

    [BicepFact]
    public async Task Without_target_based_scaling_the_identity_may_send_and_receive_only_and_an_operator_may_write_secrets()
    {
        var roles = (await Other.Value).Roles().Select(r => r.Role).ToList();

        Assert.DoesNotContain(BusOwner, roles);
        Assert.Equal(2, roles.Count(r => r == BusSender));
        Assert.Equal(2, roles.Count(r => r == BusReceiver));
        Assert.Single(roles, SecretsOfficer);
    }

    [BicepFact]
    public async Task Every_group_that_Azure_scales_can_be_kept_warm_by_its_name()
    {
        var warm = (await Other.Value).Only("Microsoft.Web/sites")["functionAppConfig"]!["scaleAndConcurrency"]!["alwaysReady"]!.AsArray()
            .Select(g => (string)g!["name"]!);

        // https://learn.microsoft.com/azure/azure-functions/event-driven-scaling#per-function-scaling
        Assert.Equal(FunctionsOfTheApp().Select(m => IsHttp(m) ? "http" : "function:" + Name(m).ToLowerInvariant())
            .Distinct(StringComparer.Ordinal).Order(), warm.Order());
        Assert.Empty((await Default.Value).Only(
            "Microsoft.Web/sites")["functionAppConfig"]!["scaleAndConcurrency"]!["alwaysReady"]!.AsArray());
    }

    [BicepFact]
    public async Task In_a_private_network_nothing_but_the_app_is_public()
    {
        var made = await Other.Value;

        Assert.Equal("Disabled", (string)made.Only("Microsoft.Storage/storageAccounts")["publicNetworkAccess"]!);
        Assert.Equal("Disabled", (string)made.Only("Microsoft.ServiceBus/namespaces")["publicNetworkAccess"]!);
        Assert.Equal("Premium", (string)Assert.Single(made.All("Microsoft.ServiceBus/namespaces"))["sku"]!["name"]!);
        Assert.Equal(5, made.All("Microsoft.Network/privateEndpoints").Count());
        Assert.NotNull((string?)made.Only("Microsoft.Web/sites")["virtualNetworkSubnetId"]);
    }

    [BicepFact]
    public async Task The_README_names_every_parameter_of_the_template_and_no_other()
    {
        var parameters = (await BicepCompiler.BuiltAsync())["parameters"]!.AsObject().Select(p => p.Key);
        var section = (await File.ReadAllTextAsync(Path.Combine(BicepCompiler.Templates, "README.md"))).Split("\n## Parameters\n")[1]
            .Split("\n## ")[0];
        var described = section.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .SelectMany(line => Regex.Matches(line.Split('|')[1], "`([A-Za-z]+)`").Select(m => m.Groups[1].Value));

        Assert.Equal(parameters.Order(), described.Order());
    }

    private static string Known(string name, string value) => !value.StartsWith('[') ? value
        : name.EndsWith("clientId", StringComparison.OrdinalIgnoreCase) ? "6f9619ff-8b86-d011-b42d-00cf4fc964ff"
        : name.EndsWith("uri", StringComparison.OrdinalIgnoreCase) ? "https://known.example/" : "known";

    // Microsoft.ServiceBus/namespaces/NAME/queues/NAME -> Microsoft.ServiceBus/namespaces/queues
    private static string Kind(string scope) => string.Join('/', scope.Split('/').Where((_, i) => i == 0 || i % 2 == 1));

    private static IEnumerable<MethodInfo> FunctionsOfTheApp() =>
        typeof(App).Assembly.GetTypes().SelectMany(t => t.GetMethods()).Where(m => m.GetCustomAttribute<FunctionAttribute>() is not null);

    private static string Name(MethodInfo function) => function.GetCustomAttribute<FunctionAttribute>()!.Name;

    private static bool IsHttp(MethodInfo function) => function.GetParameters()
        .Any(p => p.GetCustomAttribute<HttpTriggerAttribute>() is not null);
}
