using PendoSync.Values;

namespace PendoSync.Warehouses.Sqlite;

/// <summary>Reads the times SQLite documents: ISO 8601 text, and numbers. https://www.sqlite.org/lang_datefunc.html</summary>
internal static class SqliteTime
{
    /// <summary>True when the text is a time. Spaces may stand before its zone.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out IsoTime time)
    {
        var zone = text is [.., (byte)'Z' or (byte)'z'] ? 1 : text is [.., (byte)'+' or (byte)'-', _, _, (byte)':', _, _] ? 6 : 0;
        var clock = text[..^zone];
        var spaces = zone == 0 || clock.Length <= 10 ? 0 : clock.Length - clock.TrimEnd((byte)' ').Length;
        return spaces == 0 ? IsoTime.TryRead(text, out time) : IsoTime.TryRead([.. clock[..^spaces], .. text[^zone..]], out time);
    }

    /// <summary>
    /// A time kept as a number, by the rule of SQLite's own 'auto': up to 5373484.5 a Julian day (exact to the millisecond, as there), else
    /// seconds since 1970.
    /// </summary>
    public static bool TryFromNumber(double number, out IsoTime utc)
    {
        var isDay = number is >= 0 and < 5373484.5;
        var milliseconds = isDay ? (number - 2440587.5) * 86_400_000 : number * 1000;
        var fits = milliseconds is >= -62_135_596_800_000 and < 253_402_300_800_000;
        utc = fits ? new IsoTime(new DateTime(1970, 1, 1).AddMilliseconds(Math.Round(milliseconds)), TimeSpan.Zero) : default;
        return fits;
    }
}
