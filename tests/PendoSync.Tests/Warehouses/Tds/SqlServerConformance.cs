using PendoSync.Definitions;
using PendoSync.Sources;

namespace PendoSync.Tests.Warehouses.Tds;

/// <summary>The suite by the real driver, over the wire.</summary>
public abstract class TdsConformance(string type) : SqlConformance, IAsyncLifetime
{
    private readonly List<TdsServer> _servers = [];
    private readonly List<IDisposable> _data = [];

    protected override string PlantedSecret => "planted-tds-password";

    protected override int ServerPort => _servers[^1].Port;

    protected override bool LeavesReads => false;

    protected override IWarehouse Through(int port) => TdsWarehouse.Open(_servers[^1], type, PlantedSecret, ("port", $"{port}"));

    // The driver's decimals of this width are read as text; the suite's largest time fits.
    protected override SuiteRow Big => base.Big with { UpdatedAt = Noon.AddTicks(1_234_567) };

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var server in _servers)
            await server.DisposeAsync();
        foreach (var data in _data)
            data.Dispose();
    }

    protected override Task<(IWarehouse Warehouse, Model Model)> WithAsync(IEnumerable<SuiteRow> rows)
    {
        var data = new TdsOverSqlite(rows);
        var server = new TdsServer(data.Answer);
        _data.Add(data);
        _servers.Add(server);
        return Task.FromResult((TdsWarehouse.Open(server, type, PlantedSecret), new Model { Table = "people" }));
    }
}

public sealed class SqlServerConformance() : TdsConformance("sqlserver");

public sealed class SynapseConformance() : TdsConformance("synapse");

/// <summary>Connections to the server of the tests.</summary>
internal static class TdsWarehouse
{
    /// <summary>The settings of a connection to it; an empty value takes a setting away.</summary>
    public static Dictionary<string, string> Settings(TdsServer server, params (string Name, string Value)[] change)
    {
        var settings = new Dictionary<string, string>
        {
            ["host"] = "localhost",
            ["port"] = $"{server.Port}",
            ["database"] = "analytics",
            ["user"] = "reader",
            ["password"] = "${secret:warehouse}",
            ["encrypt"] = server.Certificate is null ? "false" : "true",
        };
        foreach (var (name, value) in change)
        {
            if (value.Length == 0)
                settings.Remove(name);
            else
                settings[name] = value;
        }

        return settings;
    }

    public static IWarehouse Open(TdsServer server, string type = "sqlserver", string password = "pw",
        params (string Name, string Value)[] change) =>
        TestWarehouse.Make(type, Settings(server, change), new Dictionary<string, string> { ["warehouse"] = password });
}
