using System.Globalization;
using PendoSync.Definitions;
using PendoSync.Sources;

namespace PendoSync.Tests.Warehouses.MySql;

/// <summary>The suite on a real MariaDB.</summary>
[NeedsMariaDb]
[Collection(MariaDbCollection.Name)]
public sealed class MySqlConformance(MariaDbFixture maria) : SqlConformance
{
    protected override string PlantedSecret => maria.Password;

    protected override int ServerPort => maria.Port;

    // What TLS would see is not what a driver sees without it.
    protected override IWarehouse Through(int port) => maria.Open(("port", $"{port}"), ("ssl_mode", "none"));

    protected override async Task<(IWarehouse Warehouse, Model Model)> WithAsync(IEnumerable<SuiteRow> rows)
    {
        await maria.ExecuteAsync(
            "drop table if exists shop.people; create table shop.people (id bigint, name longtext, amount decimal(30,6), " +
            "updated_at timestamp(6) null, active boolean)");
        foreach (var some in rows.Chunk(1000))
            await maria.ExecuteAsync("insert into shop.people values " + string.Join(',', some.Select(Values)));
        return (maria.Open(), new Model { Table = "shop.people" });
    }

    private static string Values(SuiteRow row) => string.Create(CultureInfo.InvariantCulture,
        $"({row.Id},{Text(row.Name)},{row.Amount?.ToString(CultureInfo.InvariantCulture) ?? "null"}," +
        $"{Text(row.UpdatedAt?.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture))},{row.Active?.ToString() ?? "null"})");

    private static string Text(string? text) => text is null ? "null" : "'" + text.Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("'", "''", StringComparison.Ordinal) + "'";
}
