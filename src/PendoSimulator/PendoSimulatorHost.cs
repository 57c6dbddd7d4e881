using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PendoSimulator.Api;
using PendoSimulator.Control;

namespace PendoSimulator;

/// <summary>A local Pendo on one loopback port: /api/v1, /data/track and, to look inside and to break things, /simulator.</summary>
public sealed class PendoSimulatorHost : IAsyncDisposable
{
    private readonly WebApplication app;

    private PendoSimulatorHost(WebApplication app, Uri baseAddress)
    {
        this.app = app;
        BaseAddress = baseAddress;
        Control = new(baseAddress);
    }

    /// <summary>Where it listens; API and data paths share it.</summary>
    public Uri BaseAddress { get; }

    /// <summary>Looks into the simulator and sets its faults.</summary>
    public SimulatorClient Control { get; }

    public static async Task<PendoSimulatorHost> StartAsync(
        SimulatorOptions? options = null, TimeProvider? time = null, CancellationToken ct = default)
    {
        options ??= new();
        // Empty, so that no environment variable, settings file or argument of the surrounding program changes it.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(1));
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, options.Port));
        var built = builder.Build();
        var pendo = new SimulatedPendo(options, time ?? TimeProvider.System);
        new ControlEndpoints(pendo).Map(built);
        new PendoEndpoints(pendo, new(pendo, built.Lifetime.ApplicationStopping)).Map(built);
        try
        {
            await built.StartAsync(ct);
        }
        catch
        {
            await built.DisposeAsync();
            throw;
        }
        var address = built.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new(built, new Uri(address));
    }

    public async ValueTask DisposeAsync()
    {
        Control.Dispose();
        await app.StopAsync(CancellationToken.None);
        await app.DisposeAsync();
    }

    private static void Configure(KestrelServerOptions kestrel, int port)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.MaxRequestLineSize = 64 * 1024;
        kestrel.Listen(IPAddress.Loopback, port, listen => listen.Protocols = HttpProtocols.Http1);
    }
}
