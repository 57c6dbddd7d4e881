using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace PendoFunctions.Tests.Worlds;

/// <summary>A real Azurite in a process of its own, in memory, on a free port.</summary>
public sealed class AzuriteProcess : IAsyncDisposable
{
    private readonly Process _process;

    private AzuriteProcess(Process process, string service, int port) => (_process, ConnectionString) = (process,
        "AccountName=devstoreaccount1;"
        + "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;"
        + $"{char.ToUpperInvariant(service[0])}{service[1..]}Endpoint=http://127.0.0.1:{port}/devstoreaccount1;");

    /// <summary>The emulator's well-known account; not a secret.</summary>
    public string ConnectionString { get; }

    /// <summary>Starts one, and waits until it listens.</summary>
    /// <param name="service">table or blob.</param>
    /// <param name="environment">Variables of its process.</param>
    public static async Task<AzuriteProcess> StartAsync(string service, IEnumerable<KeyValuePair<string, string>> environment)
    {
        var port = FreePort();
        var start = new ProcessStartInfo(Command(service),
            ["--inMemoryPersistence", $"--{service}Host", "127.0.0.1", $"--{service}Port", $"{port}", "--skipApiVersionCheck", "--silent",
                "--disableTelemetry"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        var ready = new TaskCompletionSource();
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is { } said && (said.Contains("successfully started", StringComparison.Ordinal)
                || said.Contains("successfully listens", StringComparison.Ordinal)))
                ready.TrySetResult();
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await ready.Task.WaitAsync(TimeSpan.FromSeconds(60));
        return new AzuriteProcess(process, service, port);
    }

    /// <summary>Stops it.</summary>
    public async ValueTask DisposeAsync()
    {
        // Killed, it would lose its last seconds.
        using (var interrupt = Process.Start("sh", ["-c", $"kill -INT {_process.Id}"]))
            await interrupt.WaitForExitAsync();
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));
        _process.Dispose();
    }

    // PENDOSYNC_AZURITE names the folder (an npm .bin) or the program; else node_modules here or further up.
    private static string Command(string service)
    {
        var given = Environment.GetEnvironmentVariable("PENDOSYNC_AZURITE");
        if (!string.IsNullOrEmpty(given))
            return Directory.Exists(given) ? Path.Combine(given, "azurite-" + service) : given;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var found = Path.Combine(folder.FullName, "node_modules", ".bin", "azurite-" + service);
            if (File.Exists(found))
                return found;
        }

        throw new InvalidOperationException(
            "Azurite is not installed. Run tests/run, or `npm install azurite`, or set PENDOSYNC_AZURITE to its .bin folder.");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
