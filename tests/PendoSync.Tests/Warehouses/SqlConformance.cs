using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Tests.Worlds;
using PendoSync.Values;

namespace PendoSync.Tests.Warehouses;

/// <summary>What besides every system must do that is read over a connection of its own, by its real driver.</summary>
public abstract class SqlConformance : WarehouseConformance
{
    /// <summary>Port of the server that <see cref="WarehouseConformance.WithAsync"/> filled.</summary>
    protected abstract int ServerPort { get; }

    /// <summary>The same warehouse by another port.</summary>
    protected abstract IWarehouse Through(int port);

    [ConformanceFact]
    public async Task Connection_cut_at_any_byte_is_never_taken_for_the_end()
    {
        const int Count = 2_000;
        var (_, model) = await WithAsync(Rows(Count).Select(r => r with { Name = $"Person {r.Id} " + new string('x', (int)r.Id % 90) }));
        using var proxy = new CutProxy(ServerPort);
        await using var warehouse = Through(proxy.Port);
        Assert.Equal(Count, (await ReadAsync(warehouse, model)).Count);
        var whole = proxy.Seen;
        var random = new Random(15);
        for (var i = 0; i < (Full.Wanted ? 1_000 : 48); i++)
        {
            // Anywhere, while it connects and asks, and near the end.
            var at = (i % 4) switch { 0 => random.NextInt64(3_000), 1 => whole - random.NextInt64(3_000), _ => random.NextInt64(whole) };
            var reset = random.Next(2) == 0;
            var from = random.Next(2) == 0 ? null : ReadFrom.At("id", CursorValue.Of(1m));
            proxy.CutAfter(at, reset);
            var (read, error) = await CountAsync(warehouse, model, from).WaitAsync(TimeSpan.FromSeconds(60));
            var story = $"cut {i} after {at} of {whole} bytes ({(reset ? "RST" : "FIN")}, {(from is null ? "all" : "cursor")}): "
                + $"{read} rows, {error?.ToString() ?? "no error"}";
            // Of a login that breaks MySqlConnector sometimes says no more than of a host that is not there.
            Assert.True(error is null ? read == Count
                : error is ProblemException { Problem.Kind: ProblemKind.Transient } ? warehouse.IsTransient(error)
                : read == 0 && error is ProblemException { Problem.Kind: ProblemKind.Connection }, story);
            proxy.Heal();
            if (i % 8 == 7)
                Assert.Equal((Count, null), await CountAsync(warehouse, model, from));
        }
    }

    private static async Task<(int Read, Exception? Error)> CountAsync(IWarehouse warehouse, Model model, ReadFrom? from)
    {
        var read = 0;
        try
        {
            await using var reader = await warehouse.OpenAsync(model, from, CancellationToken.None);
            while (await reader.ReadAsync())
                read++;
            return (read, null);
        }
        catch (Exception error)
        {
            return (read, error);
        }
    }
}
