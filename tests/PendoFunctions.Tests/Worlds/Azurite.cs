using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace PendoFunctions.Tests.Worlds;

/// <summary>
/// A real Azurite for tables, in memory on a free port, with a clock that a test may move ahead; one for each class of tests.
/// </summary>
public class Azurite : IAsyncLifetime
{
    private Process? _process;

    /// <summary>The service it is: table or blob.</summary>
    protected virtual string Service => "table";

    /// <summary>The time it tells in its answers and stamps on entities.</summary>
    public TestClock Clock { get; } = new();

    /// <summary>The emulator's well-known account; not a secret.</summary>
    public string ConnectionString { get; private set; } = "";

    public async Task InitializeAsync()
    {
        var port = FreePort();
        ConnectionString = "AccountName=devstoreaccount1;"
            + "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;"
            + $"{char.ToUpperInvariant(Service[0])}{Service[1..]}Endpoint=http://127.0.0.1:{port}/devstoreaccount1;";
        var start = new ProcessStartInfo(Command(Service),
            ["--inMemoryPersistence", $"--{Service}Host", "127.0.0.1", $"--{Service}Port", $"{port}", "--skipApiVersionCheck", "--silent",
                "--disableTelemetry"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in Clock.Environment)
            start.Environment[name] = value;
        _process = Process.Start(start)!;
        var ready = new TaskCompletionSource();
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is { } said && (said.Contains("successfully started", StringComparison.Ordinal)
                || said.Contains("successfully listens", StringComparison.Ordinal)))
                ready.TrySetResult();
        };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await ready.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    public async Task DisposeAsync()
    {
        if (_process is not null)
        {
            // Killed, it would lose its last seconds.
            using (var interrupt = Process.Start("sh", ["-c", $"kill -INT {_process.Id}"]))
                await interrupt.WaitForExitAsync();
            await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));
            _process.Dispose();
        }

        Clock.Dispose();
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

/// <summary>A real Azurite for blobs.</summary>
public sealed class AzuriteBlobs : Azurite
{
    protected override string Service => "blob";
}
