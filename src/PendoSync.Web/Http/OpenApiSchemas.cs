using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;
using PendoSync.Reports;

namespace PendoSync.Web.Http;

/// <summary>Makes a component of every type that is read or answered.</summary>
/// <param name="document">The document they belong to.</param>
internal sealed class OpenApiSchemas(OpenApiDocument document)
{
    private readonly Dictionary<string, JsonNode> _schemas = new(StringComparer.Ordinal);

    /// <summary>A reference to a type's component.</summary>
    public IOpenApiSchema Of(Type type, bool isAnswer = true) => new OpenApiSchemaReference(NameOf(type, isAnswer), document);

    /// <summary>Puts the components into the document.</summary>
    public void Add()
    {
        foreach (var (name, schema) in _schemas)
        {
            document.AddComponent<IOpenApiSchema>(name, OpenApiModelFactory.Parse<OpenApiSchema>(schema.ToJsonString(),
                OpenApiSpecVersion.OpenApi3_1, document, out _, OpenApiConstants.Json)!);
        }
    }

    private string NameOf(Type type, bool isAnswer)
    {
        var name = type == typeof(ApiProblem) ? "ProblemDetails" : type == typeof(object) ? "Document"
            : type.IsGenericType ? type.GetGenericArguments()[0].Name + "Page" : type.Name;
        if (_schemas.TryAdd(name, new JsonObject()))
            _schemas[name] = type == typeof(object) ? new JsonObject { ["type"] = "object" } : Schema(type, isAnswer);
        return name;
    }

    // Answers always hold every member, so a reader may rely on them; problems leave out what they do not have.
    private JsonNode Schema(Type type, bool isAnswer) => ReportJson.Options.GetJsonSchemaAsNode(type, new JsonSchemaExporterOptions
    {
        TreatNullObliviousAsNonNullable = true,
        TransformSchemaNode = (context, node) =>
        {
            if (context.Path.Length > 0)
                return Part(context.TypeInfo.Type, context.PropertyInfo?.IsGetNullable ?? false, node, isAnswer);
            if (node["properties"] is JsonObject members)
                node["required"] = new JsonArray([.. Always(type, members, isAnswer)]);
            return node;
        },
    });

    // Our own types are components. The exporter points from a type's second place to its first one, by a path that would be wrong in this
    // document.
    private JsonNode Part(Type type, bool nullable, JsonNode node, bool isAnswer)
    {
        // Any value at all: a schema that is just true, which generators do not understand.
        if (node is not JsonObject schema)
            return new JsonObject { ["description"] = "Any JSON value." };
        // A default of null says no more than that the member may be left out, and generators take a default for a value that is there.
        schema.Remove("default");
        var isOurs = type.IsClass && type.Namespace?.StartsWith(nameof(PendoSync), StringComparison.Ordinal) == true;
        if (!isOurs && node["$ref"] is null)
            return node;
        var part = isOurs ? new JsonObject { ["$ref"] = "#/components/schemas/" + NameOf(type, isAnswer) }
            : ReportJson.Options.GetJsonSchemaAsNode(type, new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true });
        return nullable ? new JsonObject { ["anyOf"] = new JsonArray(part, new JsonObject { ["type"] = "null" }) } : part;
    }

    private static IEnumerable<JsonNode> Always(Type type, JsonObject members, bool isAnswer) => members
        .Where(m => isAnswer && (type != typeof(ApiProblem) || m.Key is "type" or "title" or "status" or "detail"))
        .Select(m => (JsonNode)m.Key);
}
