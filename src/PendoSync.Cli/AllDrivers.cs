using System.Runtime.CompilerServices;
using PendoSync.Warehouses.Drivers;

namespace PendoSync.Cli;

/// <summary>
/// Compiled only with -p:AllDrivers=true: makes the drivers of SQL Server, Synapse and MySQL known before the first command runs.
/// </summary>
internal static class AllDrivers
{
    [ModuleInitializer]
    internal static void Register()
    {
        WarehouseDrivers.Register(WarehouseDrivers.SqlClient, Microsoft.Data.SqlClient.SqlClientFactory.Instance);
        WarehouseDrivers.Register(WarehouseDrivers.MySqlConnector, MySqlConnector.MySqlConnectorFactory.Instance);
    }
}
