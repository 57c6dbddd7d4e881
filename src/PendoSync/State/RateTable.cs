namespace PendoSync.State;

/// <summary>
/// The shared rate of one Pendo connection: one row with the time of the next free call (GCRA without burst) and the end
/// of a cool-down after a 429. Whoever calls reserves first, by a version-checked write, so all instances together keep it.
/// </summary>
public sealed class RateTable(ITableStore store)
{
    /// <summary>No cool-down is longer, whatever Pendo asks for.</summary>
    public static readonly TimeSpan LongestCoolDown = TimeSpan.FromMinutes(15);

    /// <summary>The calls of one reservation take at most so long, unless it is a single one.</summary>
    public static readonly TimeSpan LongestReservation = TimeSpan.FromSeconds(10);

    // Further ahead nobody reserves: with it a minute for whoever waits in line, and the call itself.
    private static readonly TimeSpan Furthest = TimeSpan.FromMinutes(1);

    private const string Row = "rate";

    /// <summary>Reserves calls and returns how long to wait before the first of them, by the store's clock.</summary>
    /// <param name="connection">The Pendo connection.</param>
    /// <param name="calls">How many.</param>
    /// <param name="perSecond">The connection's rate.</param>
    /// <param name="longest">When the wait is longer, nothing is reserved and the wait is returned all the same. With 40 s at most
    /// no reservation reaches further than a minute ahead.</param>
    /// <param name="ct">Ends the wait.</param>
    public async Task<TimeSpan> ReserveAsync(string connection, int calls, double perSecond, TimeSpan longest, CancellationToken ct)
    {
        while (true)
        {
            var answer = await store.GetAsync(Tables.Shared, connection, Row, ct);
            // Further ahead than anybody may reserve or cool down, it was written by a clock that was ahead and says nothing.
            var (now, one) = (answer.Now, TimeSpan.FromSeconds(1 / perSecond));
            var turn = Instants.Wait(answer.Value?.Time("next"), Furthest + one, now);
            var cool = CoolOf(answer.Value, now);
            var wait = Max(turn, cool);
            if (wait > longest)
                return wait;
            if (await WriteAsync(connection, answer.Value, now + wait + (one * calls), cool > TimeSpan.Zero ? now + cool : null, ct))
                return wait;
        }
    }

    /// <summary>How long to wait before a call that reserves nothing, since whoever makes it may write nothing.</summary>
    public async Task<TimeSpan> LookAsync(string connection, CancellationToken ct)
    {
        var answer = await store.GetAsync(Tables.Shared, connection, Row, ct);
        return Max(Instants.Wait(answer.Value?.Time("next"), Furthest, answer.Now),
            CoolOf(answer.Value, answer.Now));
    }

    /// <summary>What is left of the pause that Pendo asked for.</summary>
    public async Task<TimeSpan> PauseAsync(string connection, CancellationToken ct)
    {
        var answer = await store.GetAsync(Tables.Shared, connection, Row, ct);
        return CoolOf(answer.Value, answer.Now);
    }

    /// <summary>Nobody calls before <paramref name="pause"/> has passed; a longer pause that is already set stays.</summary>
    public async Task CoolDownAsync(string connection, TimeSpan pause, CancellationToken ct)
    {
        while (true)
        {
            var answer = await store.GetAsync(Tables.Shared, connection, Row, ct);
            if (CoolOf(answer.Value, answer.Now) >= pause
                || await WriteAsync(connection, answer.Value, answer.Value?.Time("next"), answer.Now + pause, ct))
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

    /// <summary>How many calls one reservation may be for.</summary>
    public static int MostCalls(double perSecond) => (int)Math.Clamp(LongestReservation.TotalSeconds * perSecond, 1, int.MaxValue);

    private static TimeSpan CoolOf(TableRow? row, DateTimeOffset now) => Instants.Wait(row?.Time("cool"), LongestCoolDown, now);

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
