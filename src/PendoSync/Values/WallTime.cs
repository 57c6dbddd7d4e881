namespace PendoSync.Values;

/// <summary>Moves wall time to UTC.</summary>
internal static class WallTime
{
    /// <summary>
    /// The instant of a wall time that the zone has; one that occurs twice is taken as standard time. False when it lies outside the years
    /// 1 to 9999 in UTC, where TimeZoneInfo's own conversion gives the first or last moment there is.
    /// </summary>
    public static bool TryToUtc(DateTime wall, TimeZoneInfo zone, out DateTime utc)
    {
        var ticks = wall.Ticks - zone.GetUtcOffset(wall).Ticks;
        var fits = ticks >= DateTime.MinValue.Ticks && ticks <= DateTime.MaxValue.Ticks;
        utc = fits ? new DateTime(ticks, DateTimeKind.Utc) : default;
        return fits;
    }
}
