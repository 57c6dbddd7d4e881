using System.Collections.Concurrent;
using System.Data.Common;

namespace PendoSync.Warehouses.Drivers;

/// <summary>ADO.NET drivers that the host brings, so that the engine itself needs no package of theirs.</summary>
public static class WarehouseDrivers
{
    /// <summary>Name of the driver for SQL Server, Azure SQL and Azure Synapse.</summary>
    public const string SqlClient = "Microsoft.Data.SqlClient";

    /// <summary>Name of the driver for MySQL.</summary>
    public const string MySqlConnector = "MySqlConnector";

    private static readonly ConcurrentDictionary<string, DbProviderFactory> Factories = new(StringComparer.Ordinal);

    /// <summary>Makes a driver known; called once when the host starts.</summary>
    public static void Register(string name, DbProviderFactory factory) => Factories[name] = factory;

    /// <summary>The driver of that name, or null.</summary>
    internal static DbProviderFactory? Find(string name) => Factories.GetValueOrDefault(name);
}
