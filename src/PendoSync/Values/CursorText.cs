using System.Globalization;
using System.Text;

namespace PendoSync.Values;

/// <summary>Cursor texts: RFC 3339 of one shape (same length, same separators, same zone), so that ordinal order is time order.</summary>
public static class CursorText
{
    /// <summary>The shape of a text, digits as 0: "0000-00-00T00:00:00Z"; null when it is not RFC 3339.</summary>
    public static string? ShapeOf(string text)
    {
        if (text.Length is < 10 or > 40
            || !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _)
            || !char.IsAsciiDigit(text[0]) || text[4] != '-' || text[7] != '-')
            return null;
        var shape = new StringBuilder(text.Length);
        // The digits of a zone offset are part of the shape: texts of two zones do not compare.
        var zone = text.Length > 19 ? text.IndexOfAny(['+', '-'], 19) : -1;
        for (var i = 0; i < text.Length; i++)
            shape.Append(char.IsAsciiDigit(text[i]) && (zone < 0 || i < zone) ? '0' : text[i]);
        return shape.ToString();
    }

    /// <summary>Moves a text by a span, keeping its shape.</summary>
    public static bool TryShift(string text, TimeSpan span, out string shifted)
    {
        shifted = text;
        if (ShapeOf(text) is not { } shape
            || !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at))
            return false;
        if (!InRange(at.Ticks + span.Ticks) || !InRange(at.UtcTicks + span.Ticks))
            return false;
        var moved = (at + span).DateTime;
        var full = moved.ToString("yyyy-MM-ddTHH:mm:ss.fffffff", CultureInfo.InvariantCulture);
        var result = new StringBuilder(shape.Length);
        for (var i = 0; i < shape.Length; i++)
            result.Append(shape[i] != '0' ? text[i] : i < full.Length && char.IsAsciiDigit(full[i]) ? full[i] : '0');
        shifted = result.ToString();
        return true;
    }

    private static bool InRange(long ticks) => ticks >= DateTime.MinValue.Ticks && ticks <= DateTime.MaxValue.Ticks;
}
