using System.Data.Common;
using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Warehouses;

namespace PendoSync.Tests.Warehouses;

/// <summary>Makes warehouses from settings as a project would, and reads them.</summary>
internal static class TestWarehouse
{
    /// <summary>A warehouse of that type; every value of the form ${secret:…} is answered from <paramref name="secrets"/>.</summary>
    public static IWarehouse Make(string type, IReadOnlyDictionary<string, string> settings,
        IReadOnlyDictionary<string, string>? secrets = null, string? directory = null,
        TimeProvider? clock = null)
    {
        var kind = WarehouseTypes.Find(type) ?? throw new InvalidOperationException($"no warehouse type '{type}'");
        foreach (var name in settings.Keys)
            Assert.Contains(kind.Settings, s => s.Name == name);
        var connection = new WarehouseConnection
        {
            Name = "analytics",
            Type = type,
            Settings = settings.ToDictionary(s => s.Key, s => new SecretText(s.Value), StringComparer.Ordinal),
        };
        return kind.Create(new WarehouseContext(connection, directory ?? Path.GetTempPath(), new FixedSecrets(secrets), clock
            ?? TimeProvider.System)
        { Type = kind });
    }

    /// <summary>All rows as objects.</summary>
    public static async Task<List<object[]>> ReadAsync(this IWarehouse warehouse, Model model, ReadFrom? from = null)
    {
        await using var reader = await warehouse.OpenAsync(model, from, CancellationToken.None);
        return await RowsAsync(reader);
    }

    /// <summary>All rows that are left.</summary>
    public static async Task<List<object[]>> RowsAsync(DbDataReader reader)
    {
        var rows = new List<object[]>();
        while (await reader.ReadAsync())
        {
            var row = new object[reader.FieldCount];
            reader.GetValues(row);
            rows.Add(row);
        }

        return rows;
    }

    private sealed class FixedSecrets(IReadOnlyDictionary<string, string>? values) : ISecretStore
    {
        public ValueTask<string> GetAsync(string name, bool refresh, CancellationToken ct) =>
            values is not null && values.TryGetValue(name, out var value)
                ? ValueTask.FromResult(value)
                : throw new ProblemException(ProblemKind.Configuration, $"there is no secret '{name}'", fix: "Set it.");
    }
}
