using PendoSync.Definitions;
using PendoSync.Records;
using PendoSync.Sources;

namespace PendoSync.Tests.Warehouses;

/// <summary>The key that a read of everything makes of a value must find its row again, or a retry of it is lost.</summary>
internal static class KeyReturns
{
    public static async Task AssertAsync(IWarehouse warehouse, Model model, string expected)
    {
        var keys = new List<string?>();
        foreach (var from in (ReadFrom?[])[null, ReadFrom.OneKey("id", expected)])
        {
            await using var reader = await warehouse.OpenAsync(model, from, CancellationToken.None);
            var column = WarehouseColumns.Of(reader)[0];
            var key = new KeyReader(column, reader.GetFieldType(0), "test");
            while (await reader.ReadAsync())
                keys.Add(key.Read(reader, out _));
        }

        Assert.Equal([expected, expected], keys);
    }
}
