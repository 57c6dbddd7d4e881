using Azure.Core;
using Azure.Data.Tables;
using Azure.Identity;
using Azure.Messaging.ServiceBus;
using Azure.Monitor.OpenTelemetry.Exporter;
using Azure.Security.KeyVault.Secrets;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using PendoSync.Batches;
using PendoSync.Operations;
using PendoSync.State;

namespace PendoFunctions.Azure;

/// <summary>Registers the Azure side of the seams: one client of each kind per process, made at its first use.</summary>
internal static class AzureServices
{
    public static void AddAzure(this IServiceCollection services, Settings settings)
    {
        services.AddSingleton<TokenCredential>(_ => Credential(settings));
        services.AddSingleton(provider => ServiceBus(settings, provider));
        services.AddSingleton(provider => new ServiceBusBatchQueue(provider.GetRequiredService<ServiceBusClient>(),
            settings.RecordBatchesQueue, settings.SyncRequestsQueue, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IBatchQueue>(provider => provider.GetRequiredService<ServiceBusBatchQueue>());
        services.AddSingleton<ITableStore>(provider => new TableStorageStore(StateTables(settings, provider)));
        if (settings.KeyVaultUri is { } vault)
        {
            services.AddSingleton<ISecretStore>(provider => new KeyVaultSecrets(
                new SecretClient(vault, provider.GetRequiredService<TokenCredential>()), provider.GetRequiredService<TimeProvider>()));
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
                options.Credential = Credential(settings);
        });
    }

    // The environment variables of DefaultAzureCredential are not used in Azure: AZURE_CLIENT_ID would change every binding's identity
    // (https://learn.microsoft.com/azure/azure-functions/manage-connections).
    private static TokenCredential Credential(Settings settings) => settings.IdentityClientId is { } clientId
        ? new ManagedIdentityCredential(ManagedIdentityId.FromUserAssignedClientId(clientId))
        : new DefaultAzureCredential();

    private static ServiceBusClient ServiceBus(Settings settings, IServiceProvider provider) => settings.ServiceBusConnection is { } connection
        ? new ServiceBusClient(connection)
        : new ServiceBusClient(settings.ServiceBusNamespace!, provider.GetRequiredService<TokenCredential>());

    private static TableServiceClient StateTables(Settings settings, IServiceProvider provider)
    {
        var options = new TableClientOptions();
        options.Retry.Mode = RetryMode.Exponential;
        options.Retry.MaxRetries = 6;
        options.Retry.Delay = TimeSpan.FromSeconds(0.3);
        options.Retry.MaxDelay = TimeSpan.FromSeconds(10);
        options.Retry.NetworkTimeout = TimeSpan.FromSeconds(30);
        return settings.StateTables is { } connection
            ? new TableServiceClient(connection, options)
            : new TableServiceClient(settings.StateTablesUri!, provider.GetRequiredService<TokenCredential>(), options);
    }
}
