using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using PendoSync.Engine;
using PendoSync.Web.Http;

namespace PendoSync.Cli.Serving;

/// <summary>Clock, planners, deliverers, API and page of one project in one process.</summary>
internal sealed class ServeHost : IAsyncDisposable
{
    private readonly WebApplication _web;
    private readonly LocalProject _project;
    private readonly LocalService _service;
    private readonly IDisposable _telemetry;

    private ServeHost(WebApplication web, LocalProject project, IDisposable telemetry)
    {
        (_web, _project, _telemetry) = (web, project, telemetry);
        var definitions = new DefinitionWatch(project.Engine, LogOf(web));
        _service = new LocalService(project.Engine, project.Queue, project.Runner, LogOf(web), () =>
        {
            project.EnsureStateIsThere();
            definitions.Look();
        });
    }

    /// <summary>Where it listens.</summary>
    public string Address => _web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>The project that is served.</summary>
    public LocalProject Project => _project;

    /// <summary>Opens the project and begins to listen; nothing runs before <see cref="ServeAsync"/>.</summary>
    public static async Task<ServeHost> StartAsync(string folder, string? stateFile, ServeOptions options, CancellationToken ct)
    {
        Outbound.KeepLoopbackDirect();
        var web = Build(options);
        var telemetry = OtlpExport.Start();
        var project = LocalProject.Open(folder, stateFile, LogOf(web));
        var host = new ServeHost(web, project, telemetry);
        try
        {
            if (options.KeySecret is { } secret)
                await project.Engine.Secrets.ReadAsync(secret, refresh: false, ct);
            var api = new ApiOptions
            {
                Key = options.KeySecret is { } name ? token =>
                project.Engine.Secrets.ReadAsync(name, refresh: false, token) : null
            };
            web.MapSyncApi(new SyncApiHandlers(project.Engine, api, LogOf(web)));
            web.MapGet("/", () => Microsoft.AspNetCore.Http.Results.Redirect("/api/status"));
            await web.StartAsync(ct);
            return host;
        }
        catch (Exception e)
        {
            await host.DisposeAsync();
            if (ListenProblem.Of(e, string.Join(", ", options.Urls.Select(u => u.Authority))) is { } problem)
                throw problem;
            throw;
        }
    }

    /// <summary>Runs syncs until <paramref name="stop"/>; the page answers until everything has ended.</summary>
    public Task ServeAsync(CancellationToken stop) => _service.ServeAsync(stop);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _web.StopAsync(CancellationToken.None);
        await _project.DisposeAsync();
        await _web.DisposeAsync();
        _telemetry.Dispose();
    }

    private static WebApplication Build(ServeOptions options)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls([.. options.Urls.Select(u => u.GetLeftPart(UriPartial.Authority))]);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Logging.ClearProviders();
        // What the host says of a start that failed, with its whole stack, the command says in a line.
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter(nameof(PendoSync), LogLevel.Information)
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        builder.Logging.AddConsole(console => console.FormatterName = LogLines.FormatterName);
        builder.Services.AddSingleton<ConsoleFormatter>(new LogLines(TimeProvider.System));
        // stdout belongs to --json.
        builder.Services.Configure<ConsoleLoggerOptions>(console =>
            console.LogToStandardErrorThreshold = LogLevel.Trace);
        OtlpExport.AddLogs(builder.Logging);
        return OtlpExport.Checked(builder.Build);
    }

    private static ILogger LogOf(WebApplication web) => web.Services.GetRequiredService<ILoggerFactory>().CreateLogger(nameof(PendoSync));

    // Signals are the command's business: it ends the runs first, and the web server after them.
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
