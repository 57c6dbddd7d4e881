using PendoSync.Sources;
using PendoSync.Tests.Worlds;

namespace PendoSync.Tests.Warehouses.MySql;

/// <summary>
/// One MariaDB server for all tests of <see cref="MariaDbCollection"/>, with TLS; started only where MariaDB is
/// installed.
/// </summary>
public sealed class MariaDbFixture : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private MariaDbServer? _server;

    public string Password { get; } = "planted-" + Guid.NewGuid().ToString("N");

    public int Port => _server!.Port;

    /// <summary>PEM of the authority that signed the server's certificate, made for "localhost".</summary>
    public string Authority => _folder.File("authority.pem");

    /// <summary>PEM of one that did not.</summary>
    public string Stranger => _folder.File("stranger.pem");

    public async Task InitializeAsync()
    {
        if (MariaDbServer.Missing is not null)
            return;
        using var authority = TestCertificates.Authority("Acme");
        using var stranger = TestCertificates.Authority("Stranger");
        await File.WriteAllTextAsync(Authority, authority.ExportCertificatePem());
        await File.WriteAllTextAsync(Stranger, stranger.ExportCertificatePem());
        _server = await MariaDbServer.StartAsync(Password, TestCertificates.Signed(authority, "localhost"));
        await ExecuteAsync("create database shop; set global sql_mode = ''");
    }

    /// <summary>Runs statements as root.</summary>
    public Task ExecuteAsync(string sql) => _server!.ExecuteAsync(sql);

    /// <summary>The first value of a statement.</summary>
    public Task<object?> ScalarAsync(string sql) => _server!.ScalarAsync(sql);

    /// <summary>Breaks every connection and comes back on the same port.</summary>
    public Task CrashAsync() => _server!.CrashAsync();

    /// <summary>A warehouse over it; <paramref name="change"/> replaces settings.</summary>
    internal IWarehouse Open(params (string Name, string Value)[] change)
    {
        var settings = Settings().ToDictionary(s => s.Name, s => s.Value, StringComparer.Ordinal);
        foreach (var (name, value) in change)
            settings[name] = value;
        var secrets = new Dictionary<string, string> { ["warehouse"] = Password, ["wrong"] = Password + "x" };
        return TestWarehouse.Make("mysql", settings, secrets);
    }

    /// <summary>The settings of a connection to it.</summary>
    internal IEnumerable<(string Name, string Value)> Settings() =>
        [("host", "127.0.0.1"), ("port", $"{Port}"), ("database", "shop"), ("user", "root"), ("password", "${secret:warehouse}")];

    public async Task DisposeAsync()
    {
        await MySqlConnector.MySqlConnection.ClearAllPoolsAsync();
        if (_server is not null)
            await _server.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>Tests that share the server run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class MariaDbCollection : ICollectionFixture<MariaDbFixture>
{
    public const string Name = "MariaDB";
}

/// <summary>A fact that needs MariaDB; skipped with the reason where it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MariaDbFactAttribute : FactAttribute
{
    public MariaDbFactAttribute() => Skip = MariaDbServer.Missing;
}

/// <summary>A theory that needs MariaDB; skipped with the reason where it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MariaDbTheoryAttribute : TheoryAttribute
{
    public MariaDbTheoryAttribute() => Skip = MariaDbServer.Missing;
}
