using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace PendoSync.Tests.Warehouses.Postgres;

/// <summary>A private PostgreSQL server of its own cluster in a temporary folder, on a free loopback port, gone when disposed.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private readonly string _directory;

    private PostgresServer(string directory, int port) => (_directory, Port) = (directory, port);

    public int Port { get; }

    /// <summary>The folder with initdb and pg_ctl of the newest installed version; null when PostgreSQL is not installed.</summary>
    public static string? Binaries { get; } = Directory.Exists("/usr/lib/postgresql")
        ? Directory.EnumerateDirectories("/usr/lib/postgresql").OrderByDescending(d => int.TryParse(Path.GetFileName(d), out var v) ? v : 0)
            .Select(d => Path.Combine(d, "bin")).FirstOrDefault(d => File.Exists(Path.Combine(d, "initdb")))
        : null;

    /// <summary>
    /// Makes a cluster whose superuser is postgres/<paramref name="password"/> and starts it; logins need their password.
    /// </summary>
    /// <param name="password">Of the superuser.</param>
    /// <param name="tls">PEM of the server's certificate and key; null: the server offers no TLS.</param>
    /// <param name="authority">PEM of who signs the certificate by which the user 'reader' has to log in.</param>
    public static async Task<PostgresServer> StartAsync(string password, (string Certificate, string Key)? tls = null,
        string? authority = null)
    {
        var directory = Directory.CreateTempSubdirectory("pendosync-pg-").FullName;
        var server = new PostgresServer(directory, FreePort());
        var passwordFile = Path.Combine(directory, "password");
        await File.WriteAllTextAsync(passwordFile, password + "\n");
        var data = Path.Combine(directory, "data");
        var (certificate, key) = (Path.Combine(directory, "server.crt"), Path.Combine(directory, "server.key"));
        if (tls is { } pem)
        {
            await File.WriteAllTextAsync(certificate, pem.Certificate);
            await File.WriteAllTextAsync(key, pem.Key);
            // The server takes no key that others may read.
            await RunAsync("chmod", "600", key);
        }

        // The server refuses to run as root, so the postgres user that Debian's package makes has to own the folder.
        if (Environment.UserName == "root")
            await RunAsync("chown", "-R", "postgres", directory);
        await server.ServerToolAsync("initdb", "-D", data, "-U", "postgres", "-A", "scram-sha-256", "--pwfile", passwordFile, "-E", "UTF8",
            "--locale=C", "--no-sync");
        var signers = Path.Combine(directory, "signers.crt");
        if (authority is not null)
        {
            await File.WriteAllTextAsync(signers, authority);
            var rules = Path.Combine(data, "pg_hba.conf");
            await File.WriteAllTextAsync(rules, "hostssl all reader 127.0.0.1/32 cert\n" + await File.ReadAllTextAsync(rules));
        }

        await server.ServerToolAsync("pg_ctl", "-D", data, "-w", "-t", "60", "-l", Path.Combine(directory, "log"), "-o",
            $"-p {server.Port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -c "
            + "full_page_writes=off -c max_connections=60"
            + (tls is null ? "" : $" -c ssl=on -c ssl_cert_file={certificate} -c ssl_key_file={key}")
            + (authority is null ? "" : $" -c ssl_ca_file={signers}"), "start");
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await ServerToolAsync("pg_ctl", "-D", Path.Combine(_directory, "data"), "-m", "immediate", "stop");
        Directory.Delete(_directory, recursive: true);
    }

    public async Task RestartAsync() =>
        await ServerToolAsync("pg_ctl", "-D", Path.Combine(_directory, "data"), "-m", "immediate", "-w", "-l",
            Path.Combine(_directory, "log"), "restart");

    private Task ServerToolAsync(string tool, params string[] arguments)
    {
        var path = Path.Combine(Binaries!, tool);
        return Environment.UserName == "root"
            ? RunAsync("runuser", ["-u", "postgres", "--", path, .. arguments])
            : RunAsync(path, arguments);
    }

    private async static Task RunAsync(string file, params string[] arguments)
    {
        // pg_ctl leaves the server behind with the output it was given: nothing is redirected but to the null device.
        var start = new ProcessStartInfo("sh") { WorkingDirectory = "/" };
        foreach (var argument in (string[])["-c", "exec \"$@\" >/dev/null 2>&1 </dev/null", "sh", file, .. arguments])
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(3));
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{file} {string.Join(' ', arguments)} ended with {process.ExitCode}");
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
