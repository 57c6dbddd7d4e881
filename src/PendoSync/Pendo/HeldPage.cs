using System.Runtime.InteropServices;
using System.Text.Json;
using PendoSync.Values;

namespace PendoSync.Pendo;

/// <summary>One page of records as Pendo holds them: ids in the order of the answer, and one hash a field and record.</summary>
internal sealed class HeldPage
{
    private readonly byte[] _body;
    private readonly HeldFields _fields;
    private readonly long _seed;
    private readonly List<string> _ids = [];
    private readonly List<(int Start, int Length)> _rows = [];
    private readonly Dictionary<string, int> _positions = new(StringComparer.OrdinalIgnoreCase);
    private ulong[] _hashes = [];

    private HeldPage(byte[] body, HeldFields fields, long seed)
    {
        (_body, _fields, _seed) = (body, fields, seed);
        for (var i = 0; i < fields.Names.Count; i++)
            _positions.TryAdd(fields.Names[i], i);
    }

    /// <summary>Its ids.</summary>
    public IReadOnlyList<string> Ids => _ids;

    /// <summary>The hashes of a record's fields, in the order of the fields; see <see cref="HeldValue"/>.</summary>
    public ArraySegment<ulong> HashesOf(int row) => new(_hashes, row * _fields.Names.Count, _fields.Names.Count);

    /// <summary>A record's value of a field; null when there is none.</summary>
    public JsonElement? ValueOf(int row, int field)
    {
        using var document = JsonDocument.Parse(_body.AsMemory(_rows[row].Start, _rows[row].Length));
        foreach (var member in document.RootElement.EnumerateObject())
        {
            if (PositionOf(member.Name) == field)
                return member.Value.ValueKind == JsonValueKind.Null ? null : member.Value.Clone();
            if (Is(member.Name, "metadata") && member.Value.ValueKind == JsonValueKind.Object)
                foreach (var group in member.Value.EnumerateObject().Where(g => Is(g.Name, _fields.Group)))
                    foreach (var value in group.Value.EnumerateObject().Where(v => _positions.GetValueOrDefault(v.Name, -1) == field))
                        return value.Value.ValueKind == JsonValueKind.Null ? null : value.Value.Clone();
        }

        return null;
    }

    /// <summary>Reads an answer.</summary>
    /// <exception cref="FormatException">It is not of the form that was asked for.</exception>
    /// <exception cref="JsonException">It is no JSON, or only the beginning of it.</exception>
    /// <exception cref="InvalidOperationException">A text is no Unicode.</exception>
    public static HeldPage Read(byte[] body, HeldFields fields, long seed)
    {
        var page = new HeldPage(body, fields, seed);
        var reader = new Utf8JsonReader(body);
        var found = false;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new FormatException("it is no JSON object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isResults = reader.ValueTextEquals("results"u8);
            reader.Read();
            if (!isResults)
                reader.Skip();
            else if (found || reader.TokenType != JsonTokenType.StartArray)
                throw new FormatException("`results` is no list");
            else
                page.ReadRows(ref reader);
            found |= isResults;
        }

        // What follows the object makes the reader throw.
        reader.Read();
        return found ? page : throw new FormatException("it has no `results`");
    }

    /// <summary>A page of one record that was read by its id.</summary>
    /// <param name="record">It, whole; null: Pendo does not have it, and no field holds anything.</param>
    /// <param name="fields">What is read.</param>
    /// <param name="seed">Seed of the values' hashes.</param>
    /// <exception cref="FormatException">It is no record.</exception>
    /// <exception cref="InvalidOperationException">A text is no Unicode.</exception>
    public static HeldPage Of(JsonElement? record, HeldFields fields, long seed)
    {
        var body = record is { } whole ? JsonMarshal.GetRawUtf8Value(whole).ToArray() : "{}"u8.ToArray();
        var page = new HeldPage(body, fields, seed) { _hashes = new ulong[fields.Names.Count] };
        page._rows.Add((0, body.Length));
        var reader = new Utf8JsonReader(body);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new FormatException("it is no JSON object");
        page.ReadRow(ref reader, 0);
        return page;
    }

    private void ReadRows(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
                throw new FormatException("a row is no object");
            var start = (int)reader.TokenStartIndex;
            var at = _ids.Count * _fields.Names.Count;
            if (_hashes.Length < at + _fields.Names.Count)
                Array.Resize(ref _hashes, Math.Max(at + _fields.Names.Count, _hashes.Length * 2));
            if (ReadRow(ref reader, at) is not { Length: > 0 } id)
                throw new FormatException($"a row has no {_fields.IdName}");
            _ids.Add(id);
            _rows.Add((start, (int)reader.BytesConsumed - start));
        }
    }

    private string? ReadRow(ref Utf8JsonReader reader, int at)
    {
        string? id = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isId = reader.ValueTextEquals("id"u8) || reader.ValueTextEquals(_fields.IdName);
            var name = isId ? "" : reader.GetString()!;
            reader.Read();
            if (isId && reader.TokenType == JsonTokenType.String)
                id = reader.GetString();
            else if (PositionOf(name) is var field and >= 0)
                _hashes[at + field] = _fields.HashOf(ref reader, field, _seed);
            else if (Is(name, "metadata") && reader.TokenType == JsonTokenType.StartObject)
                ReadMetadata(ref reader, at);
            else
                reader.Skip();
        }

        return id;
    }

    private void ReadMetadata(ref Utf8JsonReader reader, int at)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isGroup = Is(reader.GetString()!, _fields.Group);
            reader.Read();
            if (!isGroup || reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var field = _positions.GetValueOrDefault(reader.GetString()!, -1);
                reader.Read();
                if (field >= 0)
                    _hashes[at + field] = _fields.HashOf(ref reader, field, _seed);
                else
                    reader.Skip();
            }
        }
    }

    // f0, f1, …: as they were selected.
    private int PositionOf(string name) => name.Length > 1 && name[0] is 'f' or 'F'
        && int.TryParse(name.AsSpan(1), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture,
            out var field) && field < _fields.Names.Count ? field : -1;

    private static bool Is(string name, string wanted) => string.Equals(name, wanted, StringComparison.OrdinalIgnoreCase);
}
