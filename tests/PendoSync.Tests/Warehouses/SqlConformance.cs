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

    /// <summary>False where the driver blocks a thread while it waits for rows, which nothing ends but the server.</summary>
    protected virtual bool LeavesReads => true;

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

    [ConformanceFact]
    public async Task Server_that_falls_silent_is_left_when_the_read_is_cancelled()
    {
        var (_, model) = await WithAsync(Rows(20_000).Select(r => r with { Name = new string('x', 50) }));
        foreach (var (from, after) in new[] { (null, 0), (null, 400_000), (ReadFrom.At("id", CursorValue.Of(1m)), 400_000) })
        {
            if (after > 0 && !LeavesReads || from is not null && !Full.Wanted)
                continue;
            using var proxy = new CutProxy(ServerPort);
            await using var warehouse = Through(proxy.Port);
            await warehouse.CheckAsync(model, CancellationToken.None);
            proxy.StallAfter(after);
            using var cancel = new CancellationTokenSource();
            var reading = ReadToEndAsync(warehouse, model, from, cancel.Token);
            await Until.HoldsAsync(() => proxy.IsSilent);
            await Task.Delay(TimeSpan.FromMilliseconds(300));
            Assert.False(reading.IsCompleted);

            var cancelling = cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(TimeSpan.FromSeconds(30)));
            proxy.Release();
            await cancelling.WaitAsync(Until.Longest);
        }
    }

    [ConformanceFact]
    public async Task Connection_is_asked_within_a_minute_whether_it_still_stands()
    {
        if (!OperatingSystem.IsLinux())
            return;
        var (_, model) = await WithAsync(Rows(10));
        using var proxy = new CutProxy(ServerPort);
        await using var warehouse = Through(proxy.Port);
        await using var reader = await warehouse.OpenAsync(model, null, CancellationToken.None);
        Assert.True(await reader.ReadAsync());

        // "remote address:port", state 01 (established), and "timer:when", timer 02 being that of keep-alive, in hundredths of a second.
        var timers = (await File.ReadAllLinesAsync("/proc/net/tcp")).Concat(await File.ReadAllLinesAsync("/proc/net/tcp6"))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(cells => cells[2].EndsWith($":{proxy.Port:X4}", StringComparison.Ordinal) && cells[3] == "01")
            .Select(cells => cells[5]).ToList();
        Assert.Contains(timers, timer => timer.StartsWith("02:", StringComparison.Ordinal)
            && Convert.ToInt32(timer[3..], 16) is > 0 and < 6_000);
    }

    private static async Task ReadToEndAsync(IWarehouse warehouse, Model model, ReadFrom? from, CancellationToken ct)
    {
        await Task.Yield();
        await using var reader = await warehouse.OpenAsync(model, from, ct);
        while (await reader.ReadAsync(ct))
        {
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
