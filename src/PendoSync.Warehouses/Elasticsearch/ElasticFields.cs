using System.IO.Enumeration;
using System.Text.Json;
using PendoSync.Sources;
using PendoSync.Warehouses.JsonPages;
using PendoSync.Warehouses.Rest;

namespace PendoSync.Warehouses.Elasticsearch;

/// <summary>
/// The columns of an index: <c>_id</c>, then the fields of its mapping by dotted path; of several indices behind one name, all fields, the
/// first type of each. A nested field is one column of JSON. Multi-fields and aliases are not in a document and so no columns; runtime
/// fields are, though they are computed (https://www.elastic.co/docs/manage-data/data-store/mapping/runtime-fields). A field that
/// the mapping keeps out of <c>_source</c> is no column: read, it would be null in every row.
/// https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-indices-get-mapping
/// </summary>
internal sealed class ElasticFields
{
    private readonly Dictionary<string, string> _keywords = new(StringComparer.Ordinal);
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _ordinals = new(StringComparer.Ordinal);
    private readonly List<JsonColumn> _columns = [new JsonColumn("_id", "_id", new TextType(ColumnKind.Text))];

    /// <summary>In the order of the row's cells.</summary>
    public IReadOnlyList<JsonColumn> Columns => _columns;

    /// <summary>What GET INDEX/_mapping answers: the mapping of each index by its name.</summary>
    public static RestContract Contract(string index) => new(answer => Mappings(answer).All(m => m is { ValueKind: JsonValueKind.Object })
        && (answer.Envelope.Names.Count > 0 || index.Contains('*', StringComparison.Ordinal)) ? null : "its 'mappings'");

    /// <summary>Reads the answer of GET INDEX/_mapping.</summary>
    /// <exception cref="ProblemException">Configuration: no index, or one that keeps no documents to read.</exception>
    public static ElasticFields Of(RestAnswer answer, string index, WarehouseProblems problems)
    {
        var fields = new ElasticFields();
        foreach (var mapping in Mappings(answer).Select(m => m!.Value))
        {
            // https://www.elastic.co/docs/reference/elasticsearch/mapping-reference/mapping-source-field#disable-source-field
            if (mapping.TryGetProperty("_source", out var source) && source.ValueKind == JsonValueKind.Object
                && source.TryGetProperty("enabled", out var enabled)
                && enabled.ValueKind == JsonValueKind.False)
            {
                throw problems.Configuration($"the index '{index}' keeps no documents (_source is disabled in its mapping)",
                    "Reindex it with _source enabled, or read it with sql: from fields that have doc values.");
            }

            if (mapping.TryGetProperty("runtime", out var runtime))
                fields.AddRuntime(runtime);
            if (mapping.TryGetProperty("properties", out var properties))
                fields.Add("", properties, Patterns(source, "includes"), Patterns(source, "excludes"));
        }

        if (answer.Envelope.Names.Count == 0)
            throw problems.Configuration($"no index is called '{index}'", "Correct the index in the model's table.");
        return fields;
    }

    /// <summary>Where a field stands in a row, or -1.</summary>
    public int OrdinalOf(string path) => _ordinals.GetValueOrDefault(path, -1);

    /// <summary>The paths of all fields, <c>_id</c> left out.</summary>
    public IEnumerable<string> Paths => _ordinals.Keys;

    /// <summary>
    /// True for what a document does not hold, or not in one form, and Elasticsearch is asked for by name: runtime fields, constant
    /// keywords (their one value stands in the mapping), dates.
    /// </summary>
    public bool IsAskedFor(string path) => _asked.Contains(path);

    /// <summary>True for a date, whose text in the document may have any form and is asked for in one.</summary>
    public bool IsDate(string path) => OrdinalOf(path) is >= 0 and var i && _columns[i].SystemType is "date" or "date_nanos";

    /// <summary>The field by which a text can be found exactly: itself, or its keyword sub-field; null when there is none.</summary>
    public string? ExactOf(WarehouseColumn column) => column.SystemType is "text" or "match_only_text"
        ? _keywords.GetValueOrDefault(column.Name) : column.Name;

    private static IEnumerable<JsonElement?> Mappings(RestAnswer answer) =>
        answer.Envelope.Names.Select(name => answer.Envelope.Element(name + ".mappings"));

    // A runtime field hides the mapped field of its name. A composite has its fields under its name; a lookup points into another index.
    private void AddRuntime(JsonElement runtime)
    {
        foreach (var field in runtime.EnumerateObject())
        {
            var type = field.Value.TryGetProperty("type", out var named) ? named.GetString()! : "";
            if (type == "composite" && field.Value.TryGetProperty("fields", out var parts))
            {
                foreach (var part in parts.EnumerateObject())
                    AddRuntime($"{field.Name}.{part.Name}", part.Value.TryGetProperty("type", out var of) ? of.GetString()! : "");
            }
            else if (type is not ("composite" or "lookup"))
            {
                AddRuntime(field.Name, type);
            }
        }
    }

    private void AddRuntime(string path, string type)
    {
        _asked.Add(path);
        if (_ordinals.TryAdd(path, _columns.Count))
            _columns.Add(ElasticTypes.OfField(path, type));
    }

    // https://www.elastic.co/docs/reference/elasticsearch/mapping-reference/mapping-source-field#include-exclude
    private static List<string> Patterns(JsonElement source, string name) =>
        source.ValueKind == JsonValueKind.Object && source.TryGetProperty(name, out var patterns)
        && patterns.ValueKind == JsonValueKind.Array
            ? [.. patterns.EnumerateArray().Select(p => p.GetString()!)]
            : [];

    // A pattern that matches an object matches everything in it.
    private static bool Matches(string path, List<string> patterns)
    {
        for (var end = path.Length; end > 0; end = path.LastIndexOf('.', end - 1))
        {
            if (patterns.Exists(p => FileSystemName.MatchesSimpleExpression(p, path.AsSpan(0, end), ignoreCase: false)))
                return true;
        }

        return false;
    }

    private void Add(string prefix, JsonElement properties, List<string> includes, List<string> excludes)
    {
        foreach (var property in properties.EnumerateObject())
        {
            var path = prefix + property.Name;
            var type = property.Value.TryGetProperty("type", out var named) ? named.GetString()! : "object";
            if (type is "date" or "date_nanos" or "constant_keyword")
                _asked.Add(path);
            if (type == "object" && property.Value.TryGetProperty("properties", out var inner))
                Add(path + ".", inner, includes, excludes);
            else if (type != "constant_keyword" && (Matches(path, excludes) || (includes.Count > 0 && !Matches(path, includes))))
                continue;
            else if (type != "alias" && _ordinals.TryAdd(path, _columns.Count))
            {
                _columns.Add(ElasticTypes.OfField(path, type));
                if (property.Value.TryGetProperty("fields", out var sub) && sub.EnumerateObject()
                    .FirstOrDefault(f => f.Value.GetProperty("type").GetString() == "keyword") is { Name: { } keyword })
                    _keywords[path] = $"{path}.{keyword}";
            }
        }
    }
}
