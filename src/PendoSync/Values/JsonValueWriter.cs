using System.Globalization;
using System.Text.Json;

namespace PendoSync.Values;

/// <summary>Writes json, array and binary columns.</summary>
internal static class JsonValueWriter
{
    /// <summary>A json column: a scalar counts as its value, a list fits list fields, anything fits a text field as JSON text.</summary>
    public static string? Write(JsonBuffer json, string text, FieldTarget target, TimeZoneInfo zone)
    {
        JsonElement root;
        try
        {
            using var document = JsonDocument.Parse(text);
            root = document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return ScalarWriter.Write(json, text, target, zone);
        }

        switch (root.ValueKind)
        {
            case JsonValueKind.String:
                return TextOf(root) is { } value ? ScalarWriter.Write(json, value, target, zone) : Rules.NotUnicode;
            case JsonValueKind.Number:
                return ScalarWriter.WriteNumberText(json, root.GetRawText(), target);
            case JsonValueKind.True or JsonValueKind.False:
                return ScalarWriter.Write(json, root.GetBoolean(), target);
            case JsonValueKind.Null:
                json.Null();
                return null;
            case JsonValueKind.Array when target is FieldTarget.List:
                return WriteList(json, root);
            default:
                return target is FieldTarget.String or FieldTarget.Any ? ScalarWriter.Write(json, text, target, zone)
                    : ScalarWriter.Mismatch(target);
        }
    }

    /// <summary>A JSON array given as text, for a list field.</summary>
    public static string? WriteList(JsonBuffer json, string text)
    {
        if (!text.AsSpan().TrimStart().StartsWith("[", StringComparison.Ordinal))
            return Rules.NotList;
        try
        {
            using var document = JsonDocument.Parse(text);
            return WriteList(json, document.RootElement);
        }
        catch (JsonException)
        {
            return Rules.NotList;
        }
    }

    /// <summary>An array column: each element as text, which is what Pendo's lists hold.</summary>
    public static string? Write(JsonBuffer json, Array values, FieldTarget target)
    {
        if (target is not (FieldTarget.List or FieldTarget.Any) || values.Rank != 1)
            return ScalarWriter.Mismatch(target);
        var texts = new string[values.Length];
        for (var i = 0; i < texts.Length; i++)
        {
            var text = values.GetValue(i) switch
            {
                string s => s,
                bool b => b ? "true" : "false",
                Guid g => g.ToString("D"),
                double d when !double.IsFinite(d) => null,
                float f when !float.IsFinite(f) => null,
                DateTime t => t.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture),
                DateTimeOffset t => t.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture),
                DateOnly t => t.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
                _ => null,
            };
            if (text is null || !ScalarWriter.IsUnicode(text))
                return text is null ? Rules.NotList : Rules.NotUnicode;
            texts[i] = text;
        }

        WriteTexts(json, texts);
        return null;
    }

    /// <summary>Bytes as base64 text.</summary>
    public static string? Write(JsonBuffer json, byte[] bytes, FieldTarget target)
    {
        if (target is not (FieldTarget.String or FieldTarget.Any or FieldTarget.Scalar))
            return ScalarWriter.Mismatch(target);
        json.Base64(bytes);
        return null;
    }

    private static string? WriteList(JsonBuffer json, JsonElement array)
    {
        if (array.ValueKind != JsonValueKind.Array)
            return Rules.NotList;
        var texts = new List<string>();
        foreach (var item in array.EnumerateArray())
        {
            switch (item.ValueKind)
            {
                case JsonValueKind.String when TextOf(item) is { } text:
                    texts.Add(text);
                    break;
                case JsonValueKind.String:
                    return Rules.NotUnicode;
                case JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False:
                    texts.Add(item.GetRawText());
                    break;
                default:
                    return Rules.NotList;
            }
        }

        WriteTexts(json, texts);
        return null;
    }

    // Nothing may be written before every element is known to fit: a half-written list cannot be taken back.
    private static void WriteTexts(JsonBuffer json, IEnumerable<string> texts)
    {
        json.Raw("["u8);
        var first = true;
        foreach (var text in texts)
        {
            if (!first)
                json.Raw(","u8);
            json.String(text);
            first = false;
        }

        json.Raw("]"u8);
    }

    private static string? TextOf(JsonElement element)
    {
        try
        {
            return element.GetString();
        }
        catch (InvalidOperationException)
        {
            // An escape such as \ud800 without its other half.
            return null;
        }
    }
}
