using Npgsql;
using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Tests.Cli;
using PendoSync.Tests.Warehouses.Identity;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Warehouses.Postgres;

/// <summary>TLS to a real PostgreSQL server whose certificate, made for "localhost", comes from an authority of its own.</summary>
public sealed class PostgresTlsTests : IAsyncLifetime
{
    private const string Password = "planted-tls-password";
    private readonly TemporaryFolder _folder = new();
    private PostgresServer? _server;
    private (string Certificate, string Key) _reader;
    private (string Certificate, string Key) _other;
    private (string Certificate, string Key) _strange;

    public async Task InitializeAsync()
    {
        if (PostgresServer.Binaries is null)
            return;
        using var authority = TestCertificates.Authority("Acme");
        using var stranger = TestCertificates.Authority("Stranger");
        await File.WriteAllTextAsync(_folder.File("acme.pem"), authority.ExportCertificatePem());
        await File.WriteAllTextAsync(_folder.File("stranger.pem"), stranger.ExportCertificatePem());
        (_reader, _other) = (TestCertificates.Signed(authority, "reader"), TestCertificates.Signed(authority, "other"));
        _strange = TestCertificates.Signed(stranger, "reader");
        _server = await PostgresServer.StartAsync(Password, TestCertificates.Signed(authority, "localhost"),
            authority.ExportCertificatePem());
    }

    public async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _folder.Dispose();
    }

    [PostgresFact]
    public async Task Certificate_is_checked_as_the_mode_says()
    {
        Assert.Equal("t", await UsesTlsAsync("localhost", "verify-full", "acme.pem"));
        Assert.Equal("t", await UsesTlsAsync("127.0.0.1", "verify-ca", "acme.pem"));
        Assert.Equal("t", await UsesTlsAsync("127.0.0.1", "require", null));
        Assert.Equal("f", await UsesTlsAsync("localhost", "disable", null));

        await AssertRefusedAsync("127.0.0.1", "verify-full", "acme.pem");
        await AssertRefusedAsync("localhost", "verify-full", "stranger.pem");
        await AssertRefusedAsync("localhost", "verify-ca", "stranger.pem");
        await AssertRefusedAsync("localhost", "verify-full", null);
        await AssertRefusedAsync("localhost", "verify-ca", null);
    }

    [PostgresFact]
    public async Task Authority_file_that_cannot_be_read_is_a_configuration_problem()
    {
        await File.WriteAllTextAsync(_folder.File("empty.pem"), "no certificate");
        foreach (var file in new[] { "missing.pem", "empty.pem" })
        {
            await using var warehouse = Open("localhost", "verify-full", file);
            var error = await Assert.ThrowsAsync<ProblemException>(() => warehouse.CheckAsync(null, default));
            Assert.Equal((ProblemKind.Configuration, "warehouse 'analytics'"), (error.Problem.Kind, error.Problem.Place));
            Assert.Contains(file, error.Message, StringComparison.Ordinal);
            Assert.Contains("ca_file", error.Problem.Fix, StringComparison.Ordinal);
        }
    }

    [PostgresFact]
    public async Task User_logs_in_by_a_certificate_and_its_key()
    {
        await ExecuteAsync("create role reader login");
        await CheckAsync(_reader.Certificate, _reader.Key);
        foreach (var (certificate, key) in ((string, string)[])[_strange, _other])
        {
            var refused = await Assert.ThrowsAsync<ProblemException>(() => CheckAsync(certificate, key));
            // Of a signer that it does not know a server may only break off.
            Assert.Contains(refused.Problem.Kind, new[] { ProblemKind.Configuration, ProblemKind.Connection });
            Assert.Equal("warehouse 'analytics'", refused.Problem.Place);
        }

        foreach (var (certificate, key) in ((string, string)[])[(_reader.Certificate, _other.Key), (_reader.Certificate, "no key"),
            ("no certificate", _reader.Key)])
        {
            var wrong = await Assert.ThrowsAsync<ProblemException>(() => CheckAsync(certificate, key));
            Assert.Equal(ProblemKind.Configuration, wrong.Problem.Kind);
            Assert.Contains("client_key", wrong.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(key, wrong.ToString(), StringComparison.Ordinal);
        }
    }

    // The server knows no Entra: its role has the token for a password.
    [PostgresTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Token_of_the_identity_is_the_password(bool inConnection)
    {
        await using var endpoint = new IdentityEndpoint();
        await endpoint.StartAsync();
        await ExecuteAsync($"create role app login password '{IdentityEndpoint.TokenFor("https://ossrdbms-aad.database.windows.net")}'; "
            + "create table people (id int, name text, amount int, updated_at timestamptz, active boolean); grant select on people to app");
        await using var world = await WarehouseWorld.CreateAsync("postgres");
        world.Connect([("host", "localhost"), ("port", $"{_server!.Port}"), ("database", "postgres"), ("user", "app"),
            .. world.TakeIdentity(endpoint, inConnection)], "unused");
        (await world.RunAsync("check")).Ended(0);
        Assert.NotEmpty(endpoint.Seen);

        world.Variables["IDENTITY_HEADER"] = "another";
        await world.AssertCheckRefusedAsync(3, "no Entra ID token could be had", IdentityEndpoint.Header);
    }

    private async Task CheckAsync(string certificate, string key)
    {
        await File.WriteAllTextAsync(_folder.File("reader.pem"), certificate);
        var settings = new Dictionary<string, string>
        {
            ["host"] = "localhost",
            ["port"] = $"{_server!.Port}",
            ["database"] = "postgres",
            ["user"] = "reader",
            ["ssl_mode"] = "verify-full",
            ["ca_file"] = _folder.File("acme.pem"),
            ["client_certificate"] = _folder.File("reader.pem"),
            ["client_key"] = "${secret:key}",
        };
        await using var warehouse = TestWarehouse.Make("postgres", settings, new Dictionary<string, string> { ["key"] = key });
        await warehouse.CheckAsync(null, default);
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(
            $"Host=127.0.0.1;Port={_server!.Port};Username=postgres;Password={Password};Database=postgres;Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private async Task AssertRefusedAsync(string host, string mode, string? authority)
    {
        await using var warehouse = Open(host, mode, authority);
        var error = await Assert.ThrowsAsync<ProblemException>(() => warehouse.CheckAsync(null, default));
        Assert.Equal((ProblemKind.Connection, "warehouse 'analytics'"), (error.Problem.Kind, error.Problem.Place));
        Assert.Contains("certificate", error.Message, StringComparison.Ordinal);
        Assert.Contains("ca_file", error.Problem.Fix, StringComparison.Ordinal);
        Assert.Equal(mode == "verify-full", error.Problem.Fix!.Contains("'host'", StringComparison.Ordinal));
        Assert.DoesNotContain('\n', error.Message + error.Problem.Fix);
        Assert.DoesNotContain(Password, error.ToString(), StringComparison.Ordinal);
    }

    // What the server itself says of its connection.
    private async Task<object> UsesTlsAsync(string host, string mode, string? authority)
    {
        await using var warehouse = Open(host, mode, authority);
        var rows = await warehouse.ReadAsync(
            new Model { Sql = "select case when ssl then 't' else 'f' end from pg_stat_ssl where pid = pg_backend_pid()" });
        return Assert.Single(rows)[0];
    }

    private IWarehouse Open(string host, string mode, string? authority)
    {
        var settings = new Dictionary<string, string>
        {
            ["host"] = host,
            ["port"] = $"{_server!.Port}",
            ["database"] = "postgres",
            ["user"] = "postgres",
            ["password"] = "${secret:pg}",
            ["ssl_mode"] = mode,
        };
        if (authority is not null)
            settings["ca_file"] = _folder.File(authority);
        return TestWarehouse.Make("postgres", settings, new Dictionary<string, string> { ["pg"] = Password });
    }
}
