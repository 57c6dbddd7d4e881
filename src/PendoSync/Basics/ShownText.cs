using System.Globalization;
using System.Text;
using System.Text.Json;

namespace PendoSync.Basics;

/// <summary>Text as people read it, in any script.</summary>
public static class ShownText
{
    /// <summary>
    /// At most so many UTF-16 characters, cut between characters as people see them (grapheme clusters of Unicode's annex 29); … stands
    /// for the rest.
    /// </summary>
    public static string Cut(string text, int most)
    {
        if (text.Length <= most)
            return text;
        var end = 0;
        for (var at = 0; (at += StringInfo.GetNextTextElementLength(text, at)) < most;)
        {
            // Indic scripts write a consonant, a linker and a consonant as one; .NET does not know that rule of the annex (GB9c).
            if (!Linkers.Contains(text[at - 1], StringComparison.Ordinal) || !char.IsLetter(text, at))
                end = at;
        }

        return text[..end] + "…";
    }

    private const string Linkers = "\u094D\u09CD\u0ACD\u0B4D\u0C4D\u0D4D\u1039\u17D2\u1A60\u1B44\u1BAB\uA9C0\uAAF6";

    /// <summary>The same, on one line.</summary>
    public static string Line(string text, int most) => Cut(text.ReplaceLineEndings(" "), most);

    /// <summary>A JSON value with every letter as it is; what a terminal or JSON would take for something else is escaped.</summary>
    public static string Json(JsonElement value)
    {
        var text = new StringBuilder();
        Append(text, value);
        return text.ToString();
    }

    private static void Append(StringBuilder text, JsonElement value)
    {
        var separator = "";
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                text.Append('{');
                foreach (var member in value.EnumerateObject())
                {
                    Append(text.Append(separator), member.Name);
                    Append(text.Append(':'), member.Value);
                    separator = ",";
                }

                text.Append('}');
                break;
            case JsonValueKind.Array:
                text.Append('[');
                foreach (var item in value.EnumerateArray())
                {
                    Append(text.Append(separator), item);
                    separator = ",";
                }

                text.Append(']');
                break;
            case JsonValueKind.String when Whole(value) is { } whole:
                Append(text, whole);
                break;
            default:
                text.Append(value.GetRawText());
                break;
        }
    }

    private static void Append(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            if (c is '"' or '\\')
                text.Append('\\').Append(c);
            else if (char.IsControl(c) || c is '\u2028' or '\u2029')
                text.Append(c switch { '\n' => "\\n", '\r' => "\\r", '\t' => "\\t", _ => $"\\u{(int)c:x4}" });
            else
                text.Append(c);
        }

        text.Append('"');
    }

    // Half a surrogate pair is no text.
    private static string? Whole(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
