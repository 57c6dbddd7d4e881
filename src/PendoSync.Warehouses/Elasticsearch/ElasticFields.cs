using System.Text.Json;
using PendoSync.Sources;
using PendoSync.Warehouses.JsonPages;

namespace PendoSync.Warehouses.Elasticsearch;

/// <summary>
/// The columns of an index: <c>_id</c>, then the fields of its mapping by dotted path; of several indices behind one name, all fields, the first
/// type of each. A nested field is one column of JSON. Multi-fields and aliases are not in a document and so no columns.
/// https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-indices-get-mapping
/// </summary>
internal sealed class ElasticFields
{
    private readonly Dictionary<string, string> _keywords = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _ordinals = new(StringComparer.Ordinal);
    private readonly List<JsonColumn> _columns = [new JsonColumn("_id", "_id", new TextType(ColumnKind.Text))];

    /// <summary>In the order of the row's cells.</summary>
    public IReadOnlyList<JsonColumn> Columns => _columns;

    /// <summary>Reads the answer of GET INDEX/_mapping.</summary>
    public static ElasticFields Of(ReadOnlyMemory<byte> mappings)
    {
        var fields = new ElasticFields();
        using var document = JsonDocument.Parse(mappings);
        foreach (var index in document.RootElement.EnumerateObject())
        {
            if (index.Value.GetProperty("mappings").TryGetProperty("properties", out var properties))
                fields.Add("", properties);
        }

        return fields;
    }

    /// <summary>Where a field stands in a row, or -1.</summary>
    public int OrdinalOf(string path) => _ordinals.GetValueOrDefault(path, -1);

    /// <summary>The paths of all fields, <c>_id</c> left out.</summary>
    public IEnumerable<string> Paths => _ordinals.Keys;

    /// <summary>True for a date, whose text in the document may have any form and is asked for in one.</summary>
    public bool IsDate(string path) => OrdinalOf(path) is >= 0 and var i && _columns[i].SystemType is "date" or "date_nanos";

    /// <summary>The field by which a text can be found exactly: itself, or its keyword sub-field; null when there is none.</summary>
    public string? ExactOf(WarehouseColumn column) => column.SystemType is "text" or "match_only_text" ? _keywords.GetValueOrDefault(column.Name) : column.Name;

    private void Add(string prefix, JsonElement properties)
    {
        foreach (var property in properties.EnumerateObject())
        {
            var path = prefix + property.Name;
            var type = property.Value.TryGetProperty("type", out var named) ? named.GetString()! : "object";
            if (type == "object" && property.Value.TryGetProperty("properties", out var inner))
                Add(path + ".", inner);
            else if (type != "alias" && _ordinals.TryAdd(path, _columns.Count))
            {
                _columns.Add(ElasticTypes.OfField(path, type));
                if (property.Value.TryGetProperty("fields", out var sub) && sub.EnumerateObject().FirstOrDefault(f => f.Value.GetProperty("type").GetString() == "keyword") is { Name: { } keyword })
                    _keywords[path] = $"{path}.{keyword}";
            }
        }
    }
}
