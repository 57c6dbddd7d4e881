using System.Text.Json;

namespace PendoSync.Warehouses.JsonPages;

/// <summary>
/// Where the members of an answer stand, found in one pass: members of the outer object, and of objects directly in it ("result.data_array").
/// Arrays are passed over, so a page of rows is never turned into objects.
/// </summary>
internal sealed class JsonEnvelope
{
    private const int Levels = 2;
    private readonly PooledBytes _body;
    private readonly Dictionary<string, Place> _places = new(StringComparer.Ordinal);

    /// <summary>Looks over an answer.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public JsonEnvelope(PooledBytes body)
    {
        _body = body;
        var reader = new Utf8JsonReader(body.Span);
        if (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
            ReadMembers(ref reader, "", 1);
    }

    /// <summary>True when the member is there and not null.</summary>
    public bool Has(string path) => _places.TryGetValue(path, out var place) && place.Type != JsonTokenType.Null;

    /// <summary>The member as text (strings unescaped, numbers and flags as written), or null.</summary>
    public string? Text(string path) => _places.TryGetValue(path, out var place) && place.Type != JsonTokenType.Null
        ? place.Type == JsonTokenType.String ? Element(path)!.Value.GetString() : System.Text.Encoding.UTF8.GetString(_body.Span.Slice(place.Start, place.Length))
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

    private void ReadMembers(ref Utf8JsonReader reader, string prefix, int level)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var path = prefix + reader.GetString();
            reader.Read();
            var (start, type) = ((int)reader.TokenStartIndex, reader.TokenType);
            if (type == JsonTokenType.StartObject && level < Levels)
                ReadMembers(ref reader, path + ".", level + 1);
            else
                reader.Skip();
            _places[path] = new Place(start, (int)reader.BytesConsumed - start, type);
        }
    }

    private readonly record struct Place(int Start, int Length, JsonTokenType Type);
}
