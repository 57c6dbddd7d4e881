using System.Collections.Concurrent;
using System.Net;
using FunctionsHost.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FunctionsHost;

/// <summary>
/// A Functions host on this machine: runs a published app as its own worker process, as Azure does, and calls its functions by timer, by
/// Service Bus message and by HTTP. It outlives its worker.
/// </summary>
public sealed class AppHost : IAsyncDisposable
{
    private readonly HostSettings _settings;
    private const string PortTaken = "address already in use";

    private readonly WorkerConnections _connections = new();
    private readonly List<IListener> _listeners = [];
    private readonly List<HttpListener> _http = [];
    private readonly Dictionary<string, TimerListener> _timers = new(StringComparer.Ordinal);
    private readonly WebApplication _web;
    private Dictionary<string, TriggeredFunction> _functions = [];
    private WorkerProcess? _process;
    private WorkerChannel _channel;
    private Task<WorkerChannel> _ready;
    private volatile bool _stopping;

    private AppHost(AppHostOptions options)
    {
        Options = options;
        _settings = new HostSettings(options);
        _channel = new WorkerChannel(Log);
        _ready = Task.FromResult(_channel);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Protocols = HttpProtocols.Http2);
            kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = grpc.MaxSendMessageSize = null);
        builder.Services.AddSingleton(_connections).AddSingleton(Settlements);
        _web = builder.Build();
        _web.MapGrpcService<WorkerConnections>();
        _web.MapGrpcService<Settlements>();
        _web.Map("/{**path}", HandleAsync);
    }

    /// <summary>What it runs.</summary>
    public AppHostOptions Options { get; }

    /// <summary>Where HTTP requests go.</summary>
    public Uri BaseAddress => new(_web.Urls.Last());

    /// <summary>All that the app logged or printed, and what went wrong in the host.</summary>
    public ConcurrentQueue<LogLine> Logs { get; } = new();

    /// <summary>The id of the worker's process.</summary>
    public int ProcessId => _process!.Id;

    /// <summary>How each worker that had begun ended: 0 by itself when it was asked to, 137 by SIGKILL.</summary>
    public ConcurrentQueue<int> ExitCodes { get; } = new();

    internal Settlements Settlements { get; } = new();

    /// <summary>Starts the app; it takes events when this returns.</summary>
    /// <exception cref="FunctionFailedException">The worker ended or could not load its functions, with all it said.</exception>
    public static async Task<AppHost> StartAsync(AppHostOptions options)
    {
        var host = new AppHost(options);
        try
        {
            await host._web.StartAsync();
            await (host._ready = host.StartWorkerAsync());
            host.AddListeners();
            foreach (var listener in host._listeners)
                await listener.StartAsync();
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Fires a timer's function now, and waits for its end.</summary>
    public Task FireAsync(string function) => _timers[function].FireAsync();

    /// <summary>Kills the worker (SIGKILL); what it was doing fails. A new one is started, where the options say so.</summary>
    public async Task KillAsync()
    {
        await _ready;
        var process = _process!;
        process.Kill();
        await process.Exited;
    }

    /// <summary>Ends once there is a worker that takes calls.</summary>
    public Task ReadyAsync() => _ready;

    /// <summary>
    /// Stops as Azure does when it takes an instance away: nothing new, running functions are asked to end, then the worker is.
    /// </summary>
    public async Task StopAsync()
    {
        if (_stopping)
            return;
        _stopping = true;
        await Task.WhenAll(_listeners.Select(l => l.StopAsync()));
        if (_process is { } process)
        {
            _channel.Terminate(Options.Grace);
            if (await Task.WhenAny(process.Exited, Task.Delay(Options.Grace)) != process.Exited)
            {
                Log(new LogLine(LogLevel.Error, "Host", $"the worker did not end within {Options.Grace} and was killed"));
                process.Kill();
            }

            await process.Exited;
        }

        await _web.StopAsync();
    }

    /// <summary>
    /// The instance is gone at once, as when its machine fails: what it was doing is lost, and messages it had stay locked.
    /// </summary>
    public async Task LoseAsync()
    {
        _stopping = true;
        await Task.WhenAll(_listeners.Select(l => l.LoseAsync()));
        _process!.Kill();
        await _process.Exited;
        await _web.StopAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        foreach (var http in _http)
            http.Dispose();
        _process?.Dispose();
        await _web.DisposeAsync();
    }

    internal void Log(LogLine line) => Logs.Enqueue(line);

    /// <summary>Calls a function, once there is a worker.</summary>
    internal async Task InvokeAsync(TriggeredFunction function, TypedData input, CancellationToken cancel, string? invocationId = null)
    {
        var channel = await _ready;
        await channel.InvokeAsync(function.Metadata, invocationId ?? Guid.NewGuid().ToString(), function.Parameter, input, cancel);
    }

    internal async Task<Uri> HttpUriAsync() =>
        (await _ready).HttpUri ?? throw new InvalidOperationException("The worker takes no HTTP requests.");

    // The worker looks for a free port and then takes it: somebody may be quicker. Azure's host starts a worker again that ended.
    private async Task<WorkerChannel> StartWorkerAsync()
    {
        for (var tries = 1; ; tries++)
        {
            var said = Logs.Count;
            try
            {
                return await StartOnceAsync();
            }
            catch (FunctionFailedException) when (tries < 5
                && Logs.Skip(said).Any(l => l.Message.Contains(PortTaken, StringComparison.Ordinal)))
            {
                _process!.Dispose();
            }
        }
    }

    private async Task<WorkerChannel> StartOnceAsync()
    {
        var channel = _channel = new WorkerChannel(Log);
        var id = Guid.NewGuid().ToString();
        _connections.Expect(id, channel);
        var process = _process = new WorkerProcess(Options, id, new Uri(_web.Urls.First()).Port, Log);
        _ = WatchAsync(process, channel);
        try
        {
            var functions = await channel.BeginAsync(Options.AppDirectory);
            _functions = functions.Select(f => new TriggeredFunction(f)).ToDictionary(f => f.Name, StringComparer.Ordinal);
            return channel;
        }
        catch (Exception e) when (e is FunctionFailedException or TimeoutException)
        {
            // Its connection ends before its last words are read, and they tell why.
            process.Kill();
            await process.Exited;
            throw new FunctionFailedException($"{e.Message}\n{string.Join('\n', Logs)}");
        }
    }

    private async Task WatchAsync(WorkerProcess process, WorkerChannel channel)
    {
        await process.Exited;
        if (channel.Began)
            ExitCodes.Enqueue(process.ExitCode);
        // Calls wait for the new worker; those that the old one had fail.
        if (!_stopping && Options.RestartsWorker && _ready.IsCompletedSuccessfully)
            _ready = StartWorkerAsync();
        channel.Close();
    }

    private void AddListeners()
    {
        foreach (var function in _functions.Values.Where(f => !_settings.IsDisabled(f.Name)))
        {
            switch (function.Type)
            {
                case "serviceBusTrigger":
                    _listeners.Add(new ServiceBusListener(this, function, _settings));
                    break;
                case "timerTrigger":
                    _listeners.Add(_timers[function.Name] = new TimerListener(this, function, _settings));
                    break;
                case "httpTrigger":
                    _http.Add(new HttpListener(this, function, _settings));
                    break;
                default:
                    throw new NotSupportedException($"{function.Name} has a {function.Type}, which this host does not have.");
            }
        }
    }

    private Task HandleAsync(HttpContext context)
    {
        if (_http.Find(h => h.Takes(context.Request)) is { } http)
            return http.HandleAsync(context);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}
