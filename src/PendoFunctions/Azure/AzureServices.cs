using Azure.Core;
using Azure.Data.Tables;
using Azure.Messaging.ServiceBus;
using Azure.Monitor.OpenTelemetry.Exporter;
using Azure.Security.KeyVault.Secrets;
using Azure.Storage.Blobs;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using PendoSync.Batches;
using PendoSync.Operations;
using PendoSync.State;
using PendoSync.Warehouses;

namespace PendoFunctions.Azure;

/// <summary>Registers the Azure side of the seams: one client of each kind per process, made at its first use.</summary>
internal static class AzureServices
{
    // A connection that is silent ends after its time and five seconds more, whatever token is given. Somebody waits for the answer to a
    // request: two tries take 17 s.
    internal static readonly ServiceBusRetryOptions ForRequests =
        new() { TryTimeout = TimeSpan.FromSeconds(3), MaxRetries = 1, Delay = TimeSpan.FromSeconds(0.5) };
    private static readonly ServiceBusRetryOptions ForBatches = new()
    {
        TryTimeout = TimeSpan.FromSeconds(15),
        MaxRetries = 3,
        Delay = TimeSpan.FromSeconds(0.8)
    };

    public static void AddAzure(this IServiceCollection services, Settings settings)
    {
        services.AddSingleton(_ => AzureIdentity.Credential(null, settings.IdentityClientId));
        services.AddSingleton(provider =>
            new ServiceBusBatchQueue(ServiceBus(settings, provider, ForBatches), ServiceBus(settings, provider, ForRequests),
            settings.RecordBatchesQueue, settings.SyncRequestsQueue, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IBatchQueue>(provider => provider.GetRequiredService<ServiceBusBatchQueue>());
        services.AddSingleton<ITableStore>(provider => new TableStorageStore(StateTables(settings, provider)));
        if (settings.HostStorage is not null || settings.HostBlobsUri is not null)
            services.AddSingleton<IMarkStore>(provider => new BlobMarks(Marks(settings, provider)));
        if (settings.KeyVaultUri is { } vault)
        {
            services.AddSingleton<ISecretStore>(provider => new KeyVaultSecrets(
                new SecretClient(vault, provider.GetRequiredService<TokenCredential>(), Patient(new SecretClientOptions())),
                    provider.GetRequiredService<TimeProvider>()));
        }
        else
        {
            services.AddSingleton<ISecretStore>(new EnvironmentSecrets(settings.ProjectDirectory));
        }
    }

    public static void AddTelemetry(this IServiceCollection services, Settings settings)
    {
        var telemetry = services.AddOpenTelemetry().UseFunctionsWorkerDefaults()
            .WithTracing(tracing => tracing.AddSource(Telemetry.Name))
            .WithMetrics(metrics => metrics.AddMeter(Telemetry.Name));
        if (settings.ApplicationInsights is null)
            return;
        telemetry.UseAzureMonitorExporter(options =>
        {
            options.ConnectionString = settings.ApplicationInsights;
            if (settings.IdentityClientId is not null)
                options.Credential = AzureIdentity.Credential(null, settings.IdentityClientId);
        });
    }

    private static ServiceBusClient ServiceBus(Settings settings, IServiceProvider provider, ServiceBusRetryOptions retries)
    {
        var options = new ServiceBusClientOptions { RetryOptions = retries };
        return settings.ServiceBusConnection is { } connection
            ? new ServiceBusClient(connection, options)
            : new ServiceBusClient(settings.ServiceBusNamespace!, provider.GetRequiredService<TokenCredential>(), options);
    }

    // For work in the background: half a minute of refusals, or a minute and a half of silence. Where somebody waits, Caller ends it
    // earlier.
    internal static T Patient<T>(T options)
        where T : ClientOptions
    {
        options.Retry.Mode = RetryMode.Exponential;
        options.Retry.MaxRetries = 6;
        options.Retry.Delay = TimeSpan.FromSeconds(0.3);
        options.Retry.MaxDelay = TimeSpan.FromSeconds(10);
        options.Retry.NetworkTimeout = TimeSpan.FromSeconds(10);
        return options;
    }

    // The page waits for it too.
    private static BlobContainerClient Marks(Settings settings, IServiceProvider provider)
    {
        var options = new BlobClientOptions();
        options.Retry.MaxRetries = 2;
        options.Retry.Delay = TimeSpan.FromSeconds(0.3);
        options.Retry.NetworkTimeout = TimeSpan.FromSeconds(5);
        return (settings.HostBlobsUri is { } address
            ? new BlobServiceClient(address, provider.GetRequiredService<TokenCredential>(), options)
            : new BlobServiceClient(settings.HostStorage, options)).GetBlobContainerClient(BlobMarks.Container);
    }

    private static TableServiceClient StateTables(Settings settings, IServiceProvider provider)
    {
        var options = Patient(new TableClientOptions());
        return settings.StateTables is { } connection
            ? new TableServiceClient(connection, options)
            : new TableServiceClient(settings.StateTablesUri!, provider.GetRequiredService<TokenCredential>(), options);
    }
}
