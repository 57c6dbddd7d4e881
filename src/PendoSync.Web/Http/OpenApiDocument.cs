using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using PendoSync.Reports;

namespace PendoSync.Web.Http;

/// <summary>The OpenAPI 3.1 document, written from the table of routes and the types that answer; so it cannot lag behind them.</summary>
internal static class OpenApiDocument
{
    private static readonly ApiAnswer[] Everywhere = [new(421, "A server without a key was called by another name than localhost."),
        new(500, "Something went wrong inside.")];
    private static readonly ApiAnswer[] WithKey =
        [new(401, "The key is missing or wrong."), new(403, "The request comes from another web site."),
        new(503, "The state cannot be reached.")];

    /// <summary>The document as JSON.</summary>
    public static byte[] Of(IEnumerable<ApiRoute> routes)
    {
        var schemas = new JsonObject();
        var paths = new JsonObject();
        foreach (var route in routes.Where(r => !r.IsPage))
        {
            var path = "/api/" + route.Path;
            if (!paths.ContainsKey(path))
                paths[path] = new JsonObject();
            paths[path]![route.Method.ToLowerInvariant()] = Operation(route, schemas);
        }

        return JsonSerializer.SerializeToUtf8Bytes(new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "pendosync",
                ["version"] = "1",
                ["description"] =
                    "Starts, watches and stops syncs from a data warehouse to Pendo. Lists are `{items, next}`; "
                    + "failures are problems (RFC 9457).",
            },
            ["security"] = new JsonArray(new JsonObject { ["key"] = new JsonArray() }),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = schemas,
                ["securitySchemes"] =
                    new JsonObject { ["key"] = new JsonObject { ["type"] = "apiKey", ["in"] = "header", ["name"] = ApiAccess.KeyHeader } },
            },
        }, ReportJson.Options);
    }

    private static JsonObject Operation(ApiRoute route, JsonObject schemas)
    {
        var operation = new JsonObject { ["operationId"] = route.Id, ["summary"] = route.Summary };
        if (route.Access == RouteAccess.Anonymous)
            operation["security"] = new JsonArray();
        var parameters =
            route.PathNames.Select(n => Parameter(new ApiParameter(n, n == "id" ? "Run id." : "Name of a sync.", Required: true), "path"))
            .Concat(route.Query.Select(p => Parameter(p, "query"))).ToArray<JsonNode?>();
        if (parameters.Length > 0)
            operation["parameters"] = new JsonArray(parameters);
        if (route.Body is { } body)
            operation["requestBody"] =
                new JsonObject
                {
                    ["required"] = false,
                    ["content"] = Content("application/json", Reference(body, schemas, isAnswer: false))
                };
        var answers = new JsonObject();
        var common = route.Access == RouteAccess.Key ? Everywhere.Concat(WithKey) : Everywhere;
        foreach (var answer in route.Answers.Concat(common.ExceptBy(route.Answers.Select(a => a.Status), a => a.Status))
            .OrderBy(a => a.Status))
            answers[answer.Status.ToString(System.Globalization.CultureInfo.InvariantCulture)] = Answer(answer, schemas);
        // What no operation can name: the method is not one of the path's.
        answers["default"] =
            Answer(new ApiAnswer(405, "Any other failure; 405, with the header Allow, for a method that the address does not have."),
            schemas);
        operation["responses"] = answers;
        return operation;
    }

    private static JsonObject Parameter(ApiParameter parameter, string place) => new()
    {
        ["name"] = parameter.Name,
        ["in"] = place,
        ["required"] = parameter.Required,
        ["description"] = parameter.Description,
        ["schema"] = new JsonObject { ["type"] = parameter.Schema },
    };

    private static JsonObject Answer(ApiAnswer answer, JsonObject schemas)
    {
        var content = answer.Status >= 400
            ? Content(ApiProblem.MediaType, Reference(typeof(ApiProblem), schemas))
            : Content("application/json", Reference(answer.Json!, schemas));
        foreach (var type in answer.OtherTypes)
            content[type] = new JsonObject { ["schema"] = new JsonObject { ["type"] = "string" } };
        var written = new JsonObject { ["description"] = answer.Description, ["content"] = content };
        if (answer.Status == 202)
            written["headers"] =
                new JsonObject
                {
                    ["Location"] = new JsonObject
                    {
                        ["description"] = "Address of the run.",
                        ["schema"] = new JsonObject { ["type"] = "string" }
                    }
                };
        return written;
    }

    private static JsonObject Content(string type, JsonNode schema) => new() { [type] = new JsonObject { ["schema"] = schema } };

    private static JsonNode Reference(Type type, JsonObject schemas, bool isAnswer = true)
    {
        if (type == typeof(object))
            return new JsonObject { ["type"] = "object" };
        if (type is { IsGenericType: true } page)
        {
            return new JsonObject
            {
                ["type"] = "object",
                ["properties"] = new JsonObject
                {
                    ["items"] = new JsonObject { ["type"] = "array", ["items"] = Reference(page.GetGenericArguments()[0], schemas) },
                    ["next"] = new JsonObject
                    {
                        ["type"] = new JsonArray("string", "null"),
                        ["description"] = "Given as `after` it continues the list; null at its end."
                    },
                },
                ["required"] = new JsonArray("items", "next"),
            };
        }

        var name = type == typeof(ApiProblem) ? "ProblemDetails" : type.Name;
        if (!schemas.ContainsKey(name))
            schemas[name] = Schema(type, schemas, isAnswer);
        return new JsonObject { ["$ref"] = "#/components/schemas/" + name };
    }

    // Answers always hold every member, so a reader may rely on them; problems leave out what they do not have.
    private static JsonNode Schema(Type type, JsonObject schemas, bool isAnswer) =>
        ReportJson.Options.GetJsonSchemaAsNode(type, new JsonSchemaExporterOptions
        {
            TreatNullObliviousAsNonNullable = true,
            TransformSchemaNode = (context, node) =>
            {
                if (context.Path.Length > 0)
                    return Part(context.TypeInfo.Type, context.PropertyInfo?.IsGetNullable ?? false, node, schemas, isAnswer);
                if (node["properties"] is JsonObject members)
                    node["required"] = new JsonArray([.. Always(type, members, isAnswer)]);
                return node;
            },
        });

    // Our own types are components. The exporter points from a type's second place to its first one, by a path that would be wrong in this
    // document.
    private static JsonNode Part(Type type, bool nullable, JsonNode node, JsonObject schemas, bool isAnswer)
    {
        var isOurs = type.IsClass && type.Namespace?.StartsWith(nameof(PendoSync), StringComparison.Ordinal) == true;
        if (!isOurs && (node as JsonObject)?["$ref"] is null)
            return node;
        var part = isOurs ? Reference(type, schemas, isAnswer)
            : ReportJson.Options.GetJsonSchemaAsNode(type, new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true });
        return nullable ? new JsonObject { ["anyOf"] = new JsonArray(part, new JsonObject { ["type"] = "null" }) } : part;
    }

    private static IEnumerable<JsonNode> Always(Type type, JsonObject members, bool isAnswer) => members
        .Where(m => isAnswer && (type != typeof(ApiProblem) || m.Key is "type" or "title" or "status" or "detail"))
        .Select(m => (JsonNode)m.Key);
}
