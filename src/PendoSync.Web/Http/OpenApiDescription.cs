using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;

namespace PendoSync.Web.Http;

/// <summary>The OpenAPI 3.1 document, made from the table of routes and the types that answer; so it cannot lag behind them.</summary>
internal static class OpenApiDescription
{
    private static readonly ApiAnswer[] _everywhere = [new(421, "A server without a key was called by another name than localhost."),
        new(429, "The key is wrong, and a hundred wrong ones wait for their answers already."), new(500, "Something went wrong inside.")];
    private static readonly ApiAnswer[] _withKey =
        [new(401, "The key is missing or wrong."), new(403, "The request comes from another web site."),
        new(503, "The state cannot be reached.")];

    /// <summary>The document as JSON.</summary>
    public static async Task<byte[]> OfAsync(IEnumerable<ApiRoute> routes)
    {
        var document = new OpenApiDocument
        {
            Info = new OpenApiInfo
            {
                Title = "pendosync",
                Version = "1",
                Description = "Starts, watches and stops syncs from a data warehouse to Pendo. Lists are `{items, next}`; "
                    + "failures are problems (RFC 9457).",
                License = new OpenApiLicense { Name = "MIT", Identifier = "MIT" },
            },
            Servers = [new OpenApiServer { Url = "/", Description = "The server that this document comes from." }],
            Paths = [],
        };
        document.AddComponent<IOpenApiSecurityScheme>("key", new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.ApiKey,
            In = ParameterLocation.Header,
            Name = ApiAccess.KeyHeader,
        });
        document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("key", document)] = [] }];
        var schemas = new OpenApiSchemas(document);
        foreach (var path in routes.Where(r => !r.IsPage).GroupBy(r => "/api/" + r.Path))
        {
            document.Paths[path.Key] = new OpenApiPathItem
            {
                Operations = path.ToDictionary(r => new HttpMethod(r.Method), r => Operation(r, schemas)),
            };
        }

        schemas.Add();
        return Encoding.UTF8.GetBytes(await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1, CancellationToken.None));
    }

    private static OpenApiOperation Operation(ApiRoute route, OpenApiSchemas schemas)
    {
        var parameters = route.PathNames
            .Select(n => Parameter(new ApiParameter(n, n == "id" ? "Id of a run or a result." : "Name of a sync.", Required: true),
                ParameterLocation.Path))
            .Concat(route.Query.Select(p => Parameter(p, ParameterLocation.Query))).ToList();
        var common = route.Access == RouteAccess.Key ? _everywhere.Concat(_withKey) : _everywhere;
        var answers = new OpenApiResponses();
        foreach (var answer in route.Answers.Concat(common.ExceptBy(route.Answers.Select(a => a.Status), a => a.Status))
            .OrderBy(a => a.Status))
            answers[answer.Status.ToString(CultureInfo.InvariantCulture)] = Answer(answer, schemas);
        // What no operation can name: the method is not one of the path's.
        answers["default"] = Answer(new ApiAnswer(405,
            "Any other failure; 405, with the header Allow, for a method that the address does not have."), schemas);
        return new OpenApiOperation
        {
            OperationId = route.Id,
            Summary = route.Summary,
            Security = route.Access == RouteAccess.Anonymous ? [] : null,
            Parameters = parameters.Count == 0 ? null : parameters,
            RequestBody = route.Body is not { } body ? null : new OpenApiRequestBody
            {
                Required = false,
                Content = Content("application/json", schemas.Of(body, isAnswer: false)),
            },
            Responses = answers,
        };
    }

    private static IOpenApiParameter Parameter(ApiParameter parameter, ParameterLocation place) => new OpenApiParameter
    {
        Name = parameter.Name,
        In = place,
        Required = parameter.Required,
        Description = parameter.Description,
        Schema = parameter.Schema == "integer"
            ? new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "1", Maximum = "1000" }
            : new OpenApiSchema { Type = JsonSchemaType.String },
    };

    private static OpenApiResponse Answer(ApiAnswer answer, OpenApiSchemas schemas)
    {
        var response = new OpenApiResponse { Description = answer.Description };
        if (answer.Status >= StatusCodes.Status400BadRequest)
        {
            response.Content = Content(ApiProblem.MediaType, schemas.Of(typeof(ApiProblem)));
            return response;
        }

        response.Content = Content("application/json", schemas.Of(answer.Json!));
        foreach (var download in answer.OtherTypes)
            response.Content[download] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String } };
        if (answer.Status == StatusCodes.Status202Accepted)
        {
            response.Headers = new Dictionary<string, IOpenApiHeader>(StringComparer.Ordinal)
            {
                ["Location"] = new OpenApiHeader
                {
                    Description = "Its address.",
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String }
                },
            };
        }

        return response;
    }

    private static Dictionary<string, IOpenApiMediaType> Content(string type, IOpenApiSchema schema) =>
        new(StringComparer.Ordinal) { [type] = new OpenApiMediaType { Schema = schema } };
}
