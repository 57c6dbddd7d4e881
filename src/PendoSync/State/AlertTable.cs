using System.Text.Json;

namespace PendoSync.State;

/// <summary>A message of an alert that was not delivered yet.</summary>
/// <param name="Id">Identifies it to the receiver, however often it is sent.</param>
/// <param name="Event">What it tells.</param>
/// <param name="Body">What is sent.</param>
/// <param name="Tries">Tries so far.</param>
/// <param name="NextTry">Not to be sent before.</param>
public sealed record AlertMessage(string Id, string Event, string Body, int Tries, DateTimeOffset NextTry);

/// <summary>
/// What an alert has told about a sync: one entity, changed by version-checked writes, so that a streak is told once however many look.
/// </summary>
public sealed record AlertState
{
    /// <summary>Name of the alert.</summary>
    public required string Alert { get; init; }

    /// <summary>The sync.</summary>
    public required string Sync { get; init; }

    /// <summary>Streaks that go on, with the time they began.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset> Streaks { get; init; } =
        new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);

    /// <summary>Messages to be delivered, oldest first.</summary>
    public IReadOnlyList<AlertMessage> Outbox { get; init; } = [];

    /// <summary>When the alert first looked at the sync: no success is counted from here when there never was one.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The health that was told last; null: nothing was.</summary>
    public Health? Health { get; init; }

    internal string Version { get; init; } = "";
}

/// <summary>Streaks and undelivered messages, in the table of what is shared.</summary>
public sealed class AlertTable(ITableStore store)
{
    private const string Partition = "alerts";
    /// <summary>What an alert has told about a sync.</summary>
    public async Task<TableAnswer<AlertState>> ReadAsync(string alert, string sync, CancellationToken ct)
    {
        var answer = await store.GetAsync(Tables.Shared, Partition, RowOf(alert, sync), ct);
        return new TableAnswer<AlertState>(answer.Value is { } row ? FromRow(row, alert, sync)
            : new AlertState { Alert = alert, Sync = sync }, answer.Now);
    }

    /// <summary>Reads, changes and writes until no conflict is left; <paramref name="change"/> returns null to leave it as it is.</summary>
    /// <returns>What stands there afterwards.</returns>
    public async Task<AlertState> ChangeAsync(string alert, string sync, Func<AlertState, DateTimeOffset, AlertState?> change,
        CancellationToken ct)
    {
        while (true)
        {
            var before = await ReadAsync(alert, sync, ct);
            if (change(before.Value, before.Now) is not { } wanted)
                return before.Value;
            var row = new TableRow(Partition, RowOf(alert, sync))
            {
                ["streaks"] = StateJson.Write(wanted.Streaks),
                ["outbox"] = StateJson.Write(wanted.Outbox),
                ["since"] = wanted.Since,
                ["health"] = wanted.Health?.ToString(),
            };
            var write = before.Value.Version.Length == 0
                ? await store.AddAsync(Tables.Shared, row, ct)
                : await store.ReplaceAsync(Tables.Shared, row, before.Value.Version, ct);
            if (write.Done)
                return wanted with { Version = write.Version };
        }
    }

    private static AlertState FromRow(TableRow row, string alert, string sync) => new()
    {
        Alert = alert,
        Sync = sync,
        Streaks = StateJson.Read<IReadOnlyDictionary<string, DateTimeOffset>>(row.Text("streaks") ?? "{}"),
        Outbox = StateJson.Read<IReadOnlyList<AlertMessage>>(row.Text("outbox")) ?? [],
        Since = row.Time("since"),
        Health = Enum.TryParse<Health>(row.Text("health"), out var health) ? health : null,
        Version = row.Version,
    };

    // Neither name holds a tilde.
    private static string RowOf(string alert, string sync) => $"{alert}~{sync}";
}
