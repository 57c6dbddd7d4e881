using System.Buffers;
using System.Globalization;
using System.Text;

namespace PendoSync.Basics;

/// <summary>
/// Text from elsewhere, fit for a terminal and a log: what would steer either is shown as <c>\u001b</c>, as JSON writes it.
/// </summary>
public static class PlainText
{
    // Marks that turn the direction of a line, so that it reads as something else (Unicode TR 36), and the two line breaks of Unicode.
    private const string Turning = "\u061C\u200E\u200F\u2028\u2029\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069";

    private static readonly SearchValues<char> Steering =
        SearchValues.Create([.. Enumerable.Range(0, 0xA0).Select(c => (char)c).Where(char.IsControl), .. Turning]);

    private static readonly SearchValues<char> SteeringButLines =
        SearchValues.Create([.. Enumerable.Range(0, 0xA0).Select(c => (char)c).Where(c => char.IsControl(c) && c is not ('\n' or '\t')),
            .. Turning]);

    /// <summary>As one line: also its line breaks and tabs are shown.</summary>
    public static string Line(string text) => Shown(text, Steering);

    /// <summary>As lines of text: line breaks and tabs stay.</summary>
    public static string Lines(string text) => Shown(text, SteeringButLines);

    private static string Shown(string text, SearchValues<char> hidden)
    {
        if (!text.AsSpan().ContainsAny(hidden))
            return text;
        var shown = new StringBuilder(text.Length + 16);
        foreach (var c in text)
        {
            if (hidden.Contains(c))
                shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else
                shown.Append(c);
        }

        return shown.ToString();
    }
}
