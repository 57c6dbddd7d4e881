using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using PendoSync.State;
using PendoSync.Values;

namespace PendoSync.Engine;

/// <summary>Gauges of every sync the clock has looked at: how long ago its last success is, and how far its cursor is behind.</summary>
internal static class SyncGauges
{
    private static readonly ConcurrentDictionary<string, Seen> _seen = new(StringComparer.Ordinal);

    static SyncGauges()
    {
        Telemetry.Meter.CreateObservableGauge("pendosync.seconds_since_success", () => Measure(s => s.LastSuccess), "s",
            "Time since the last completed run");
        Telemetry.Meter.CreateObservableGauge("pendosync.lag", () => Measure(s => s.Cursor), "s",
            "Time since the newest cursor that is safely handled");
        Telemetry.Meter.CreateObservableGauge("pendosync.drift", () => _seen.Where(s => s.Value.Drift is not null)
            .Select(s => new Measurement<long>(s.Value.Drift!.Value, new KeyValuePair<string, object?>("sync", s.Key))), "{record}",
            "Records that Pendo held otherwise than it accepted them, at the last comparison");
        Telemetry.Meter.CreateObservableGauge("pendosync.health", () => _seen.Select(s => new Measurement<int>((int)s.Value.Health,
            new KeyValuePair<string, object?>("sync", s.Key))), null, "0 healthy, 1 degraded, 2 failing, 3 idle");
    }

    /// <summary>Remembers where a sync stands.</summary>
    public static void Observe(Checkpoint checkpoint, HealthReport health, TimeZoneInfo zone, TimeProvider clock) =>
        _seen[checkpoint.Sync] = new Seen(checkpoint.LastSuccess, InstantOf(checkpoint.Cursor, zone), health.Health,
            checkpoint.Verified is { RunId: not null } verified ? verified.Drifted : null, clock);

    private static IEnumerable<Measurement<double>> Measure(Func<Seen, DateTimeOffset?> instant)
    {
        foreach (var (sync, seen) in _seen)
            if (instant(seen) is { } at)
                yield return new Measurement<double>(Math.Max(0, (seen.Clock.GetUtcNow() - at).TotalSeconds),
                    new KeyValuePair<string, object?>("sync", sync));
    }

    /// <summary>The instant of a cursor; null for a number, which has no lag.</summary>
    public static DateTimeOffset? InstantOf(string? cursor, TimeZoneInfo zone)
    {
        if (cursor is null || cursor.StartsWith("n:", StringComparison.Ordinal))
            return null;
        return CursorValue.Parse(cursor).Parameter switch
        {
            DateTimeOffset instant => instant,
            DateOnly date => InZone(date.ToDateTime(TimeOnly.MinValue), zone),
            DateTime wall => InZone(wall, zone),
            string text when DateTimeOffset.TryParse(text, System.Globalization.CultureInfo.InvariantCulture,
                System.Globalization.DateTimeStyles.AssumeUniversal, out var instant) => instant,
            _ => null,
        };
    }

    private static DateTimeOffset InZone(DateTime wall, TimeZoneInfo zone) =>
        new(DateTime.SpecifyKind(wall, DateTimeKind.Unspecified), zone.GetUtcOffset(wall));

    private sealed record Seen(DateTimeOffset? LastSuccess, DateTimeOffset? Cursor, Health Health, long? Drift, TimeProvider Clock);
}
