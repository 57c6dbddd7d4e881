namespace PendoSync.State;

/// <summary>
/// The shared rate of one Pendo connection: one row with the time of the next free call (GCRA without burst) and the end
/// of a cool-down after a 429. Whoever calls reserves first, by a version-checked write, so all instances together keep it.
/// </summary>
public sealed class RateTable(ITableStore store)
{
    private const string Row = "rate";

    /// <summary>Reserves calls and returns how long to wait before the first of them, by the store's clock.</summary>
    /// <param name="connection">The Pendo connection.</param>
    /// <param name="calls">How many.</param>
    /// <param name="perSecond">The connection's rate.</param>
    /// <param name="longest">When the wait is longer, nothing is reserved and the wait is returned all the same.</param>
    /// <param name="ct">Ends the wait.</param>
    public async Task<TimeSpan> ReserveAsync(string connection, int calls, double perSecond, TimeSpan longest, CancellationToken ct)
    {
        while (true)
        {
            var answer = await store.GetAsync(Tables.Shared, connection, Row, ct);
            var free = Max(answer.Value?.Time("next") ?? answer.Now, Max(answer.Value?.Time("cool") ?? answer.Now, answer.Now));
            var wait = free - answer.Now;
            if (wait > longest)
                return wait;
            if (await WriteAsync(connection, answer.Value, free + TimeSpan.FromSeconds(calls / perSecond), answer.Value?.Time("cool"), ct))
                return wait;
        }
    }

    /// <summary>Nobody calls before <paramref name="pause"/> has passed; a longer pause that is already set stays.</summary>
    public async Task CoolDownAsync(string connection, TimeSpan pause, CancellationToken ct)
    {
        while (true)
        {
            var answer = await store.GetAsync(Tables.Shared, connection, Row, ct);
            var until = answer.Now + pause;
            if (answer.Value?.Time("cool") >= until || await WriteAsync(connection, answer.Value, answer.Value?.Time("next"), until, ct))
                return;
        }
    }

    private async Task<bool> WriteAsync(string connection, TableRow? before, DateTimeOffset? next,
        DateTimeOffset? cool, CancellationToken ct)
    {
        var row = new TableRow(connection, Row) { ["next"] = next, ["cool"] = cool };
        var write = before is null
            ? await store.AddAsync(Tables.Shared, row, ct)
            : await store.ReplaceAsync(Tables.Shared, row, before.Version, ct);
        return write.Done;
    }

    private static DateTimeOffset Max(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
