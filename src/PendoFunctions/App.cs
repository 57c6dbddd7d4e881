using System.Collections;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PendoFunctions.Azure;
using PendoSync.Batches;
using PendoSync.Definitions;
using PendoSync.Engine;
using PendoSync.Loading;
using PendoSync.Runs;
using PendoSync.State;
using PendoSync.Warehouses;
using PendoSync.Web.Http;

namespace PendoFunctions;

/// <summary>Puts the app together. Nothing here calls Azure, Pendo or a warehouse: a worker must start within seconds.</summary>
public static class App
{
    /// <summary>The app, ready to run.</summary>
    /// <param name="args">Settings as on a command line, which win over the environment's.</param>
    /// <param name="configure">Replaces services; for tests.</param>
    /// <exception cref="ProblemException">Configuration: every setting that is missing or wrong.</exception>
    public static IHost Build(string[] args, Action<IServiceCollection>? configure = null)
    {
        var builder = FunctionsApplication.CreateBuilder(args);
        builder.ConfigureFunctionsWebApplication();
        // Four lines a request, paid by the gigabyte, that tell what the host tells already. And an instance that starts for the first time
        // warns of the keys it makes, by which nothing here is protected.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning)
            .AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        var settings = Settings.From(builder.Configuration);
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddAzure(settings);
        builder.Services.AddEngine(ProjectOf(settings));
        builder.Services.AddTelemetry(settings);
        configure?.Invoke(builder.Services);
        return builder.Build();
    }

    // One definition that cannot be used is shown as failing. What no sync can do without stops the app here, with its messages safe in the
    // queue.
    private static Project ProjectOf(Settings settings)
    {
        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToDictionary(v => (string)v.Key, v => (string?)v.Value, StringComparer.Ordinal);
        var loaded = ProjectLoader.Load(settings.ProjectDirectory, environment, WarehouseTypes.All);
        return loaded.Runnable ?? throw new ProblemException(ProblemKind.Configuration,
            $"the project has {loaded.Problems.Count} problems:{string.Concat(loaded.Problems.Select(p => "\n" + p))}",
            settings.ProjectDirectory,
            "Correct them and deploy again; `pendosync validate` shows the same before.");
    }

    private static void AddEngine(this IServiceCollection services, Project project)
    {
        services.AddSingleton(provider => new EngineOptions { Clock = provider.GetRequiredService<TimeProvider>() });
        services.AddSingleton(provider =>
            new SyncEngine(project, WarehouseTypes.All, provider.GetRequiredService<ITableStore>(),
            provider.GetRequiredService<IBatchQueue>(),
            provider.GetRequiredService<ISecretStore>(), SyncEngine.NewHttp(), provider.GetRequiredService<EngineOptions>(),
            provider.GetRequiredService<ILogger<SyncEngine>>(), provider.GetService<IMarkStore>()));
        services.AddSingleton(provider => new PlanSlots(provider.GetRequiredService<Settings>().PlansAtOnce));
        services.AddSingleton(provider => new Scheduler(provider.GetRequiredService<SyncEngine>(), Scheduler.LongestPlanningOnTheClock,
            provider.GetRequiredService<ILogger<Scheduler>>(), provider.GetRequiredService<PlanSlots>()));
        services.AddSingleton<ApiKey>();
        services.AddSingleton(provider => new SyncApiHandlers(provider.GetRequiredService<SyncEngine>(),
            new ApiOptions { Key = provider.GetRequiredService<ApiKey>().GetAsync, Clock = provider.GetRequiredService<TimeProvider>() },
            provider.GetRequiredService<ILogger<SyncApiHandlers>>()));
    }
}
