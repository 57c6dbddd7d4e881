using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PendoFunctions.Azure;

namespace PendoFunctions;

/// <summary>Puts the app together. Nothing here calls Azure, Pendo or a warehouse: a worker must start within seconds.</summary>
public static class App
{
    /// <summary>The app, ready to run.</summary>
    /// <param name="args">Settings as on a command line, which win over the environment's.</param>
    /// <param name="configure">Replaces services; for tests.</param>
    /// <exception cref="PendoSync.ProblemException">Configuration: every setting that is missing or wrong.</exception>
    public static IHost Build(string[] args, Action<IServiceCollection>? configure = null)
    {
        var builder = FunctionsApplication.CreateBuilder(args);
        builder.ConfigureFunctionsWebApplication();
        var settings = Settings.From(builder.Configuration);
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddAzure(settings);
        builder.Services.AddTelemetry(settings);
        configure?.Invoke(builder.Services);
        return builder.Build();
    }
}
