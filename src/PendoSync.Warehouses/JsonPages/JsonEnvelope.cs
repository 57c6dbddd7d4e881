using System.Globalization;
using System.Text.Json;

namespace PendoSync.Warehouses.JsonPages;

/// <summary>
/// Where the members of an answer stand, found in one pass: members of the outer object, and of objects directly in it
/// ("result.data_array"). Arrays are counted and passed over, so a page of rows is never turned into objects. An answer that is an array
/// itself is the member "".
/// </summary>
internal sealed class JsonEnvelope
{
    private const int Levels = 2;
    private readonly PooledBytes _body;
    private readonly List<string> _names = [];
    private readonly Dictionary<string, Place> _places = new(StringComparer.Ordinal);

    /// <summary>Looks over an answer.</summary>
    /// <exception cref="JsonException">It is not one whole JSON value.</exception>
    public JsonEnvelope(PooledBytes body)
    {
        _body = body;
        var reader = new Utf8JsonReader(body.Span);
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartObject)
            ReadMembers(ref reader, "", 1);
        else
            ReadMember(ref reader, "");
        // Throws when something follows.
        reader.Read();
    }

    /// <summary>An answer without members.</summary>
    public static JsonEnvelope Empty { get; } = new(PooledBytes.CopyOf("{}"u8));

    /// <summary>The members of the outer object, in their order.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>True when the member is there and not null.</summary>
    public bool Has(string path) => _places.TryGetValue(path, out var place) && place.Type != JsonTokenType.Null;

    /// <summary>The member as text (strings unescaped, numbers and flags as written), or null.</summary>
    public string? Text(string path) => _places.TryGetValue(path, out var place) && place.Type != JsonTokenType.Null
        ? place.Type == JsonTokenType.String ? Element(path)!.Value.GetString()
            : System.Text.Encoding.UTF8.GetString(_body.Span.Slice(place.Start, place.Length))
        : null;

    /// <summary>The member as a small tree, or null; for metadata, never for rows.</summary>
    public JsonElement? Element(string path)
    {
        if (!_places.TryGetValue(path, out var place) || place.Type == JsonTokenType.Null)
            return null;
        var reader = new Utf8JsonReader(_body.Span.Slice(place.Start, place.Length));
        return JsonElement.ParseValue(ref reader);
    }

    /// <summary>Position of the array of rows, or -1.</summary>
    public int Rows(string path) =>
        _places.TryGetValue(path, out var place) && place.Type == JsonTokenType.StartArray ? place.Start : -1;

    /// <summary>How many elements the array has, or null when there is no such array.</summary>
    public int? Count(string path) => _places.TryGetValue(path, out var place) && place.Type == JsonTokenType.StartArray ? place.Count
        : null;

    /// <summary>The member as a whole number, or null.</summary>
    public long? Number(string path) => long.TryParse(Text(path), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : null;

    private void ReadMembers(ref Utf8JsonReader reader, string prefix, int level)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            if (level == 1)
                _names.Add(name);
            var path = prefix + name;
            reader.Read();
            if (reader.TokenType == JsonTokenType.StartObject && level < Levels)
            {
                var start = (int)reader.TokenStartIndex;
                ReadMembers(ref reader, path + ".", level + 1);
                _places[path] = new Place(start, (int)reader.BytesConsumed - start, JsonTokenType.StartObject, 0);
            }
            else
            {
                ReadMember(ref reader, path);
            }
        }
    }

    private void ReadMember(ref Utf8JsonReader reader, string path)
    {
        var (start, type, count) = ((int)reader.TokenStartIndex, reader.TokenType, 0);
        if (type != JsonTokenType.StartArray)
            reader.Skip();
        for (; type == JsonTokenType.StartArray && reader.Read() && reader.TokenType != JsonTokenType.EndArray; count++)
            reader.Skip();
        _places[path] = new Place(start, (int)reader.BytesConsumed - start, type, count);
    }

    private readonly record struct Place(int Start, int Length, JsonTokenType Type, int Count);
}
