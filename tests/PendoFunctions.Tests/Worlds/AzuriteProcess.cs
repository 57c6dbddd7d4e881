using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Benchmarks;

/// <summary>A real Azurite for tables, in memory.</summary>
internal sealed class AzuriteProcess : IDisposable
{
    private readonly Process _process;

    private AzuriteProcess(Process process, int port) => (_process, ConnectionString) = (process,
        "AccountName=devstoreaccount1;"
        + "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;"
        + $"TableEndpoint=http://127.0.0.1:{port}/devstoreaccount1;");

    /// <summary>The emulator's well-known account; not a secret.</summary>
    public string ConnectionString { get; }

    /// <summary>Starts one; PENDOSYNC_AZURITE names the folder of its programs.</summary>
    public static AzuriteProcess Start()
    {
        var port = FreePort();
        var process = Process.Start(new ProcessStartInfo(
            Path.Combine(Environment.GetEnvironmentVariable("PENDOSYNC_AZURITE")!, "azurite-table"),
            ["--inMemoryPersistence", "--tableHost", "127.0.0.1", "--tablePort", $"{port}",
                "--skipApiVersionCheck", "--silent", "--disableTelemetry"])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
            Environment = { ["NODE_OPTIONS"] = "--max-old-space-size=12000" },
        })!;
        while (process.StandardOutput.ReadLine() is { } line)
            if (line.Contains("successfully", StringComparison.Ordinal))
                break;
        return new AzuriteProcess(process, port);
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
