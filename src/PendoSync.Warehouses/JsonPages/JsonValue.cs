using System.Text;
using System.Text.Json;

namespace PendoSync.Warehouses.JsonPages;

/// <summary>Where a cell of the current row stands in its page. A string's span is without its quotes.</summary>
internal readonly record struct JsonCell(int Start, int Length, JsonTokenType Type, bool Escaped)
{
    /// <summary>A cell without value.</summary>
    public static JsonCell Null { get; } = new(0, 0, JsonTokenType.Null, Escaped: false);

    /// <summary>The value the reader stands on, passed over to its end.</summary>
    /// <param name="reader">Stands on the value's first token; afterwards on its last.</param>
    /// <param name="offset">Where the reader's bytes start in the page.</param>
    public static JsonCell Take(ref Utf8JsonReader reader, int offset)
    {
        var type = reader.TokenType;
        var start = (int)reader.TokenStartIndex;
        var escaped = type == JsonTokenType.String && reader.ValueIsEscaped;
        reader.Skip();
        var end = (int)reader.BytesConsumed;
        return type == JsonTokenType.String
            ? new JsonCell(offset + start + 1, end - start - 2, type, escaped)
            : new JsonCell(offset + start, end - start, type, escaped);
    }
}

/// <summary>A cell's value as the page's own bytes.</summary>
internal readonly ref struct JsonValue(ReadOnlySpan<byte> bytes, JsonTokenType type, bool escaped)
{
    /// <summary>A string's content as written (escapes and all), else the JSON text.</summary>
    public ReadOnlySpan<byte> Bytes { get; } = bytes;

    /// <summary>String, Number, True, False, Null, StartArray or StartObject.</summary>
    public JsonTokenType Type { get; } = type;

    /// <summary>The text: strings unescaped, everything else as written.</summary>
    public string Text() => escaped ? JsonText.Unescape(Bytes) : Encoding.UTF8.GetString(Bytes);

    /// <summary>True when the bytes hold escapes that are not undone yet.</summary>
    public bool IsEscaped => escaped;

    /// <summary>The same value with its escapes undone; a "+" may come as <c>\u002b</c>.</summary>
    /// <exception cref="EncoderFallbackException">It holds a lone surrogate, which has no UTF-8 form.</exception>
    public JsonValue Plain() => new(StrictUtf8.GetBytes(Text()), Type, escaped: false);

    /// <summary>An array's elements, as written; empty for anything else.</summary>
    public List<JsonCell> Elements()
    {
        var cells = new List<JsonCell>();
        if (Type != JsonTokenType.StartArray)
            return cells;
        var reader = new Utf8JsonReader(Bytes);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            cells.Add(JsonCell.Take(ref reader, 0));
        return cells;
    }

    /// <summary>A part of this value.</summary>
    public JsonValue Part(JsonCell cell) => new(Bytes.Slice(cell.Start, cell.Length), cell.Type, cell.Escaped);
}
