using System.Text;
using System.Text.Json;
using PendoSync.Warehouses.JsonPages;

namespace PendoSync.Warehouses.Elasticsearch;

/// <summary>
/// A hit as a row: <c>_id</c>, the members of <c>_source</c> by dotted path (a document may write a path nested or with dots), and from
/// <c>fields</c> what was asked for by name: dates in one form, runtime fields, constant keywords.
/// </summary>
internal sealed class HitRow : IRowShape
{
    private readonly Node _source = new();
    private readonly Node _asked = new();

    /// <summary>Learns where each field goes.</summary>
    public HitRow(ElasticFields fields)
    {
        foreach (var path in fields.Paths)
        {
            if (fields.IsAskedFor(path))
                _asked.Add(path, fields.OrdinalOf(path));
            else
                _source.Add(path, fields.OrdinalOf(path));
        }
    }

    /// <inheritdoc/>
    public void Locate(ref Utf8JsonReader reader, int offset, Span<JsonCell> cells)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("a hit is not an object");
        var hasSource = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("_id"u8))
            {
                cells[0] = Next(ref reader, offset);
            }
            else if (reader.ValueTextEquals("_source"u8))
            {
                hasSource = true;
                Walk(ref reader, offset, cells, _source);
            }
            else if (reader.ValueTextEquals("fields"u8))
                WalkAsked(ref reader, offset, cells);
            else
                Skip(ref reader);
        }

        if (!hasSource || cells[0].Type != JsonTokenType.String)
            throw new JsonException("a hit has no _id or no _source");
    }

    private static void Walk(ref Utf8JsonReader reader, int offset, Span<JsonCell> cells, Node node)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (node.Find(ref reader) is not { } child)
                Skip(ref reader);
            else if (child.Ordinal >= 0)
                cells[child.Ordinal] = Next(ref reader, offset);
            else
                Walk(ref reader, offset, cells, child);
        }
    }

    // Each is an array, of one element for a field with one value.
    private void WalkAsked(ref Utf8JsonReader reader, int offset, Span<JsonCell> cells)
    {
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (_asked.Find(ref reader) is not { Ordinal: >= 0 } child)
            {
                Skip(ref reader);
                continue;
            }

            var ahead = reader;
            var all = Next(ref reader, offset);
            ahead.Read();
            ahead.Read();
            var one = JsonCell.Take(ref ahead, offset);
            ahead.Read();
            cells[child.Ordinal] = ahead.TokenType == JsonTokenType.EndArray ? one : all;
        }
    }

    private static JsonCell Next(ref Utf8JsonReader reader, int offset)
    {
        reader.Read();
        return JsonCell.Take(ref reader, offset);
    }

    private static void Skip(ref Utf8JsonReader reader)
    {
        reader.Read();
        reader.Skip();
    }

    /// <summary>An object's members that matter: each under its own name, and under every dotted name that leads to it.</summary>
    private sealed class Node
    {
        private readonly Dictionary<string, Node> _byName = new(StringComparer.Ordinal);
        private readonly List<(byte[] Name, Node Node)> _members = [];

        public int Ordinal { get; private set; } = -1;

        public void Add(string path, int ordinal)
        {
            Member(path).Ordinal = ordinal;
            for (var dot = path.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = path.IndexOf('.', dot + 1))
                Member(path[..dot]).Add(path[(dot + 1)..], ordinal);
        }

        public Node? Find(ref Utf8JsonReader reader)
        {
            foreach (var (name, node) in _members)
            {
                if (reader.ValueTextEquals(name))
                    return node;
            }

            return null;
        }

        private Node Member(string name)
        {
            if (!_byName.TryGetValue(name, out var node))
            {
                node = _byName[name] = new Node();
                _members.Add((Encoding.UTF8.GetBytes(name), node));
            }

            return node;
        }
    }
}
