using PendoSync.Sources;
using PendoSync.Warehouses.Drivers;
using PendoSync.Warehouses.Postgres;
using PendoSync.Warehouses.Sqlite;

namespace PendoSync.Warehouses;

/// <summary>Every kind of warehouse there is; one line each.</summary>
public static class WarehouseTypes
{
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
