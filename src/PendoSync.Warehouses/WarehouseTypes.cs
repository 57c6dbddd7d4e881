using PendoSync.Sources;
using PendoSync.Warehouses.Drivers;
using PendoSync.Warehouses.Postgres;
using PendoSync.Warehouses.Sqlite;

namespace PendoSync.Warehouses;

/// <summary>Every kind of warehouse there is; one line each.</summary>
public static class WarehouseTypes
{
    /// <summary>
    /// After so many seconds without a byte a connection is asked whether it still stands. Systems ask after two hours; Azure forgets a
    /// connection after four minutes without a byte: https://learn.microsoft.com/azure/load-balancer/load-balancer-tcp-reset
    /// </summary>
    internal const int KeepAliveSeconds = 30;

    /// <summary>In the order of the docs.</summary>
    public static IReadOnlyList<WarehouseType> All { get; } =
    [
        PostgresWarehouse.Type,
        RedshiftWarehouse.Type,
        SqlServerWarehouse.SqlServer,
        SqlServerWarehouse.Synapse,
        MySqlWarehouse.Type,
        Snowflake.SnowflakeWarehouse.Type,
        BigQuery.BigQueryWarehouse.Type,
        Databricks.DatabricksWarehouse.Type,
        Elasticsearch.ElasticWarehouse.Type,
        GoogleSheets.GoogleSheetsWarehouse.Type,
        SqliteWarehouse.Type,
    ];

    /// <summary>The type of that name, or null.</summary>
    public static WarehouseType? Find(string name) => All.FirstOrDefault(t => string.Equals(t.Name, name, StringComparison.Ordinal));
}
