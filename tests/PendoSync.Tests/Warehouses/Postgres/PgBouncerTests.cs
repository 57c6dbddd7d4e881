using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Tests.Worlds;
using PendoSync.Values;

namespace PendoSync.Tests.Warehouses.Postgres;

/// <summary>PgBouncer in transaction mode in front of PostgreSQL: a connection of its own lasts for a transaction only.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PgBouncerTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const string Program = "/usr/sbin/pgbouncer";
    private readonly TemporaryFolder _folder = new();
    private Process? _process;
    private int _port;

    public async Task InitializeAsync()
    {
        if (BouncerFactAttribute.Missing is not null)
            return;
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            _port = ((IPEndPoint)probe.LocalEndpoint).Port;
        }

        await File.WriteAllTextAsync(_folder.File("users"), $"\"{postgres.User}\" \"{postgres.Password}\"\n");
        await File.WriteAllTextAsync(_folder.File("ini"), $"""
            [databases]
            postgres = host=127.0.0.1 port={postgres.Port} dbname=postgres
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {_port}
            unix_socket_dir =
            auth_type = scram-sha-256
            auth_file = {_folder.File("users")}
            pool_mode = transaction
            default_pool_size = 2

            """);
        // It refuses to run as root.
        var root = Environment.UserName == "root";
        if (root)
            await Process.Start("chown", ["-R", "postgres", _folder.Path]).EndsAsync();
        _process = root ? Process.Start("runuser", ["-u", "postgres", "--", Program, "-q", _folder.File("ini")])
            : Process.Start(Program, ["-q", _folder.File("ini")]);
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromSeconds(20);)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, _port);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(50);
            }
        }
    }

    public async Task DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill(entireProcessTree: true);
            await _process.EndsAsync();
            _process.Dispose();
        }

        _folder.Dispose();
    }

    [BouncerFact]
    public async Task Reads_of_every_kind_work_side_by_side()
    {
        await using var warehouse = PostgresRows.Open(postgres, change: ("port", $"{_port}"));
        var model = new Model { Sql = "select n, 'key ' || n as key, n::numeric / 3 as part from generate_series(1, 5000) n order by n;" };
        await warehouse.CheckAsync(model, default);
        var reads = Enumerable.Range(0, 6).Select(i => (i % 3) switch
        {
            0 => warehouse.ReadAsync(model),
            1 => warehouse.ReadAsync(model, ReadFrom.At("n", CursorValue.Of(1m))),
            _ => warehouse.ReadAsync(model, ReadFrom.OneKey("key", "key 7")),
        });
        Assert.Equal([5000, 5000, 1, 5000, 5000, 1], (await Task.WhenAll(reads)).Select(rows => rows.Count));
    }

    [BouncerFact]
    public async Task Reader_closed_early_and_a_cancelled_one_stop_the_query_on_the_server()
    {
        await using var warehouse = PostgresRows.Open(postgres, change: ("port", $"{_port}"));
        for (var i = 0; i < 4; i++)
        {
            await using var reader = await warehouse.OpenAsync(
                new Model
                {
                    Sql = "select n as bounced, repeat('x', 500) as pad from generate_series(1, 1000) n, generate_series(1, 50000) m",
                },
                null, default);
            Assert.True(await reader.ReadAsync());
        }

        using var cancel = new CancellationTokenSource();
        var opening = warehouse.OpenAsync(new Model { Sql = "select 'stop-bounced' as t, pg_sleep(120)::text as s" }, null, cancel.Token);
        await ActiveAsync("stop-bounced", 1);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await (await opening).ReadAsync(cancel.Token));
        await ActiveAsync("bounced", 0);
    }

    // Waits for a state of the server, which tells it only when asked.
    private async Task ActiveAsync(string marker, long expected)
    {
        for (var watch = Stopwatch.StartNew(); ;)
        {
            await using var connection = new Npgsql.NpgsqlConnection(postgres.ConnectionString);
            await connection.OpenAsync();
            await using var command = new Npgsql.NpgsqlCommand(
                $"select count(*) from pg_stat_activity where state = 'active' and pid <> pg_backend_pid() and query like '%{marker}%'",
                    connection);
            if ((long)(await command.ExecuteScalarAsync())! == expected)
                return;
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(15), $"{marker}: not {expected} running");
        }
    }

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class BouncerFactAttribute : FactAttribute
    {
        public static string? Missing { get; } = Requirement.Missing
            ?? (File.Exists(Program) ? null : "PgBouncer is not installed (Debian: apt-get install pgbouncer)");

        public BouncerFactAttribute() => Skip = Missing;
    }
}
