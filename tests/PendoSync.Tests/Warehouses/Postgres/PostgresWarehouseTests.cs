using Npgsql;
using PendoSync.Definitions;
using PendoSync.Sources;

namespace PendoSync.Tests.Warehouses.Postgres;

[NeedsPostgres]
[Collection(PostgresCollection.Name)]
public sealed class PostgresConformance(PostgresFixture postgres) : SqlConformance, IAsyncLifetime
{
    private IWarehouse? _warehouse;

    protected override string PlantedSecret => postgres.Password;

    protected override int ServerPort => postgres.Port;

    protected override IWarehouse Through(int port) => PostgresRows.Open(postgres, change: ("port", $"{port}"));

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_warehouse is not null)
            await _warehouse.DisposeAsync();
    }

    protected override async Task<(IWarehouse Warehouse, Model Model)> WithAsync(IEnumerable<SuiteRow> rows)
    {
        await PostgresRows.FillAsync(postgres, rows);
        return (_warehouse = PostgresRows.Open(postgres), new Model { Table = "suite.people" });
    }
}

/// <summary>Fills PostgreSQL with the suite's rows.</summary>
internal static class PostgresRows
{
    public static async Task FillAsync(PostgresFixture postgres, IEnumerable<SuiteRow> rows)
    {
        await postgres.ExecuteAsync(
            "create schema if not exists suite; drop table if exists suite.people; " +
            "create table suite.people (id bigint, name text, amount numeric(24,6), updated_at timestamptz, active boolean)");
        await using var connection = new NpgsqlConnection(postgres.ConnectionString);
        await connection.OpenAsync();
        await using var import = await connection.BeginBinaryImportAsync("copy suite.people from stdin binary");
        foreach (var row in rows)
            await import.WriteRowAsync(CancellationToken.None, row.Id, row.Name!, row.Amount!, row.UpdatedAt?.UtcDateTime!, row.Active!);
        await import.CompleteAsync();
    }

    /// <summary>A warehouse over the fixture's server; <paramref name="change"/> replaces settings.</summary>
    public static IWarehouse Open(PostgresFixture postgres, string type = "postgres", params (string Name, string Value)[] change)
    {
        var settings = new Dictionary<string, string>
        {
            ["host"] = postgres.Host,
            ["port"] = postgres.Port.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["database"] = postgres.Database,
            ["user"] = postgres.User,
            ["password"] = "${secret:warehouse-password}",
        };
        foreach (var (name, value) in change)
            settings[name] = value;
        return TestWarehouse.Make(type, settings,
            new Dictionary<string, string> { ["warehouse-password"] = postgres.Password, ["wrong"] = postgres.Password + "x" });
    }
}
