using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using MySqlConnector;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Warehouses.MySql;

/// <summary>A private MariaDB server with a data folder of its own, on a free loopback port, gone when disposed.</summary>
internal sealed class MariaDbServer : IAsyncDisposable
{
    private readonly string _directory;
    private readonly string[] _options;
    private Process _process;

    private MariaDbServer(string directory, int port, string password, string[] options)
    {
        (_directory, Port, Password, _options) = (directory, port, password, options);
        _process = Start();
    }

    public int Port { get; }

    /// <summary>Of the user 'root', who may do everything and comes from 127.0.0.1.</summary>
    public string Password { get; }

    /// <summary>Null: it is installed.</summary>
    public static string? Missing { get; } = Program is null ? "MariaDB is not installed (Debian: apt-get install mariadb-server)" : null;

    private static string? Program => new[] { "/usr/sbin/mariadbd", "/usr/sbin/mysqld" }.FirstOrDefault(File.Exists);

    /// <summary>Makes a server and starts it.</summary>
    /// <param name="password">Of its root.</param>
    /// <param name="tls">PEM of the server's certificate and key; null: the server offers no TLS.</param>
    /// <param name="options">More of its options.</param>
    public static async Task<MariaDbServer> StartAsync(string password, (string Certificate, string Key)? tls = null,
        params string[] options)
    {
        var directory = Directory.CreateTempSubdirectory("pendosync-maria-").FullName;
        if (tls is { } pem)
        {
            await File.WriteAllTextAsync(Path.Combine(directory, "server.crt"), pem.Certificate);
            await File.WriteAllTextAsync(Path.Combine(directory, "server.key"), pem.Key);
            options = [.. options, $"--ssl-cert={directory}/server.crt", $"--ssl-key={directory}/server.key"];
        }

        // The server refuses to run as root, so the user that Debian's package makes has to own the folder.
        if (Environment.UserName == "root")
            await RunAsync("chown", "-R", "mysql", directory);
        await RunAsync("mariadb-install-db",
        [
            "--no-defaults", $"--datadir={directory}/data", "--auth-root-authentication-method=normal", "--skip-test-db",
            .. Environment.UserName == "root" ? (string[])["--user=mysql"] : [],
        ]);
        var server = new MariaDbServer(directory, FreePort(), password, options);
        await server.AnswersAsync("");
        await server.ExecuteAsync($"alter user root@localhost identified by '{password}'", "");
        return server;
    }

    /// <summary>Runs statements as root.</summary>
    public async Task ExecuteAsync(string sql, string? password = null)
    {
        await using var connection = new MySqlConnection(ConnectionString(password ?? Password));
        await connection.OpenAsync();
        await using var command = new MySqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The first value of a statement's first row.</summary>
    public async Task<object?> ScalarAsync(string sql)
    {
        await using var connection = new MySqlConnection(ConnectionString(Password));
        await connection.OpenAsync();
        await using var command = new MySqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    /// <summary>Kills the process, as a crash would, and starts it again.</summary>
    public async Task CrashAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.EndsAsync();
        _process.Dispose();
        _process = Start();
        await AnswersAsync(Password);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.EndsAsync();
        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private string ConnectionString(string password) =>
        new MySqlConnectionStringBuilder
        {
            Server = "127.0.0.1",
            Port = (uint)Port,
            UserID = "root",
            Password = password,
            Pooling = false,
            SslMode = MySqlSslMode.Preferred,
            AllowUserVariables = true
        }.ConnectionString;

    private Process Start()
    {
        var start = new ProcessStartInfo(Program!) { WorkingDirectory = "/", RedirectStandardError = false };
        foreach (var argument in (string[])
        [
            "--no-defaults", $"--datadir={_directory}/data", $"--port={Port}", "--bind-address=127.0.0.1", $"--socket={_directory}/s",
                $"--pid-file={_directory}/pid",
            "--skip-log-bin", "--character-set-server=utf8mb4", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M",
                "--plugin-load-add=auth_ed25519",
            $"--log-error={_directory}/data/log", .. Environment.UserName == "root" ? (string[])["--user=mysql"] : [], .. _options,
        ])
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }

    // Only the server itself can say that it is up.
    private async Task AnswersAsync(string password)
    {
        for (var watch = Stopwatch.StartNew(); ;)
        {
            try
            {
                await ExecuteAsync("select 1", password);
                return;
            }
            catch (MySqlException) when (!_process.HasExited && watch.Elapsed < TimeSpan.FromSeconds(90))
            {
                await Task.Delay(100);
            }
        }
    }

    private static async Task RunAsync(string file, params string[] arguments)
    {
        var start = new ProcessStartInfo(file)
        {
            WorkingDirectory = "/",
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync() + await process.StandardError.ReadToEndAsync();
        await process.EndsAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{file} ended with {process.ExitCode}: {output}");
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
