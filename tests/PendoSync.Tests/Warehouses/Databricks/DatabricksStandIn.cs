using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Web;
using PendoSync.Tests.Warehouses.PagingKit;

namespace PendoSync.Tests.Warehouses.Databricks;

/// <summary>
/// Databricks' SQL Statement Execution API and token endpoint as documented, and the cloud storage behind its links, for one table of the
/// suite's rows. https://docs.databricks.com/api/workspace/statementexecution
/// </summary>
internal sealed class DatabricksStandIn : StandInServer
{
    public const string Token = "dapi-S3cret";
    public const string ClientSecret = "dose-S3cret";
    private const string Path = "/api/2.0/sql/statements";
    private readonly ConcurrentDictionary<string, Statement> _statements = new();
    private int _links;

    public IReadOnlyList<SuiteRow> Rows { get; set; } = [];

    /// <summary>type_text and text of a result of one cell, for "select cell".</summary>
    public (string Type, string? Text) Cell { get; set; }

    /// <summary>How often a statement waits for its warehouse when asked.</summary>
    public int Polls { get; set; } = 1;

    public int PageSize => Rows.Count > 1000 ? 4000 : 3;

    /// <summary>Another token that lets in.</summary>
    public string? Bearer { get; init; }

    /// <summary>Statements that were cancelled.</summary>
    public ConcurrentQueue<string> Cancelled { get; } = new();

    protected override StandInAnswer Answer(SeenRequest request)
    {
        if (request.Path == "/oidc/v1/token")
            return GiveToken(request);
        if (request.Path.StartsWith("/storage/", StringComparison.Ordinal))
            return Download(request);
        if (request.Header("Authorization") is not ("Bearer " + Token or "Bearer oauth-token" or "Bearer entra-token")
            && request.Header("Authorization") != "Bearer " + Bearer)
            return Error(401, "UNAUTHENTICATED", "Credential was not sent or was of an unsupported type for this API.");
        return (request.Method, request.Path.Replace(Path, "", StringComparison.Ordinal).Trim('/').Split('/')) switch
        {
            ("POST", [""]) => Submit(request.Json),
            ("GET", [var id]) => Status(id),
            ("GET", [var id, "result", "chunks", var chunk]) => Chunk(id, int.Parse(chunk, CultureInfo.InvariantCulture)),
            ("POST", [var id, "cancel"]) => Cancel(id),
            _ => Error(404, "ENDPOINT_NOT_FOUND", "No API found"),
        };
    }

    private static StandInAnswer Error(int status, string code, string message) =>
        StandInAnswer.Json(new { error_code = code, message }, status);

    // https://docs.databricks.com/aws/en/dev-tools/auth/oauth-m2m
    private static StandInAnswer GiveToken(SeenRequest request)
    {
        var form = HttpUtility.ParseQueryString(request.Body);
        var basic = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("app-id:" + ClientSecret));
        return request.Header("Authorization") == basic && form["grant_type"] == "client_credentials" && form["scope"] == "all-apis"
            ? StandInAnswer.Json(new { access_token = "oauth-token", token_type = "Bearer", expires_in = 3600 })
            : StandInAnswer.Json(new { error = "invalid_client", error_description = "Client authentication failed" }, 401);
    }

    private static StandInAnswer Failed(string id, string state, string message) => StandInAnswer.Json(
        new
        {
            statement_id = id,
            status = new { state = "FAILED", sql_state = state, error = new { error_code = "BAD_REQUEST", message } }
        });

    private StandInAnswer Submit(JsonElement body)
    {
        if (body.GetProperty("warehouse_id").GetString() != "wh1")
            return Error(404, "RESOURCE_DOES_NOT_EXIST", "SQL warehouse does not exist at all in the database");
        if (!Regex.IsMatch(body.GetProperty("wait_timeout").GetString()!, "^(0|[5-9]|[1-4][0-9]|50)s$") || body.GetProperty("format")
            .GetString() != "JSON_ARRAY")
            return Error(400, "INVALID_PARAMETER_VALUE", "wait_timeout");
        var id = Guid.NewGuid().ToString();
        _statements[id] = Run(id, body) with { Links = body.GetProperty("disposition").GetString() == "EXTERNAL_LINKS" };
        return Status(id);
    }

    private Statement Run(string id, JsonElement body)
    {
        var sql = body.GetProperty("statement").GetString()!;
        if (sql == "select 1")
            return new Statement { Types = ["INT"], Cells = [["1"]] };
        if (sql == SuiteQuery.Cell)
            return new Statement { Types = [Cell.Type], Cells = [[Cell.Text]] };
        if (SuiteQuery.Parse(sql) is not { } query)
            return new Statement
            {
                Error = Failed(id, "42601",
                "[PARSE_SYNTAX_ERROR] Syntax error at or near 'x'. SQLSTATE: 42601 (line 1, pos 0)")
            };
        if (query.Table != "people")
            return new Statement
            {
                Error = Failed(id, "42P01",
                $"[TABLE_OR_VIEW_NOT_FOUND] The table or view `{query.Table}` cannot be found.\nSQLSTATE: 42P01")
            };
        if ((query.Cursor ?? query.Key)?.ToLowerInvariant() is { } column
            && column is not ("id" or "name" or "amount" or "updated_at" or "active"))
            return new Statement
            {
                Error = Failed(id, "42703",
                $"[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column with name `{column}` cannot be resolved.")
            };
        string? parameter = null;
        if ((query.AtLeast ?? query.Equal) is { } marker)
        {
            var bound = body.GetProperty("parameters").EnumerateArray().Single();
            parameter = bound.GetProperty("value").GetString();
            if (marker != ":" + bound.GetProperty("name").GetString() || !IsOfType(bound.GetProperty("type").GetString()!, parameter!))
                return new Statement { Error = Failed(id, "42P02", "[UNBOUND_SQL_PARAMETER] Found the unbound parameter") };
        }

        return new Statement
        {
            Types = ["BIGINT", "STRING", "DECIMAL(30,6)", "TIMESTAMP", "BOOLEAN"],
            Cells = [.. query.Run(Rows, parameter).Select(r => new[]
            {
                $"{r.Id}", r.Name, r.Amount?.ToString(CultureInfo.InvariantCulture),
                r.UpdatedAt?.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture), r.Active?.ToString().ToLowerInvariant(),
            })],
        };
    }

    private static bool IsOfType(string type, string text) => type switch
    {
        "BIGINT" => long.TryParse(text, out _),
        "TIMESTAMP" => Regex.IsMatch(text, @"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$"),
        "STRING" => true,
        _ => false,
    };

    private StandInAnswer Status(string id)
    {
        if (!_statements.TryGetValue(id, out var statement))
            return Error(404, "RESOURCE_DOES_NOT_EXIST", "The statement was not found.");
        if (statement.Asked.Next() <= Polls)
            return StandInAnswer.Json(new { statement_id = id, status = new { state = "PENDING" } });
        if (statement.Error is { } error)
            return error;
        string[] names = statement.Types.Length == 1 ? ["c"] : ["id", "name", "amount", "updated_at", "active"];
        return StandInAnswer.Json(new
        {
            statement_id = id,
            status = new { state = "SUCCEEDED" },
            manifest = new
            {
                format = "JSON_ARRAY",
                schema = new
                {
                    column_count = names.Length,
                    columns = names.Select((n, i) => new { name = n, type_text = statement.Types[i], position = i })
                },
                total_row_count = statement.Cells.Length,
                truncated = false,
            },
            result = Part(id, statement, 0),
        });
    }

    private object Part(string id, Statement statement, int chunk)
    {
        var pages = statement.Cells.Chunk(PageSize).ToList();
        var next = chunk + 1 < pages.Count ? $"{Path}/{id}/result/chunks/{chunk + 1}?row_offset={(chunk + 1) * PageSize}" : null;
        if (pages.Count == 0)
            return new { };
        return statement.Links
            ? new
            {
                external_links = new[] { new { chunk_index = chunk, row_offset = chunk * PageSize, row_count = pages[chunk].Length,
                external_link = $"{Url}/storage/{id}/{chunk}?sig={Interlocked.Increment(ref _links)}", expiration = "2026-03-01T12:15:00Z",
                next_chunk_internal_link = next, http_headers = new Dictionary<string, string> { ["x-key"] = "k" } } }
            }
            : new { chunk_index = chunk, row_count = pages[chunk].Length, data_array = pages[chunk], next_chunk_internal_link = next };
    }

    private StandInAnswer Chunk(string id, int chunk) => _statements.TryGetValue(id, out var statement)
        && chunk * PageSize < statement.Cells.Length
        ? StandInAnswer.Json(Part(id, statement, chunk))
        : Error(404, "RESOURCE_DOES_NOT_EXIST", "The chunk was not found.");

    // Storage refuses a signed address together with an Authorization header.
    private StandInAnswer Download(SeenRequest request)
    {
        var parts = request.Path.Split('/');
        if (request.Header("Authorization") is not null || request.Header("x-key") != "k" || request.Parameter("sig") is null)
            return new StandInAnswer(400, "<Error><Code>InvalidAuthenticationInfo</Code></Error>");
        return StandInAnswer.Json(_statements[parts[2]].Cells.Chunk(PageSize).ElementAt(int.Parse(parts[3], CultureInfo.InvariantCulture)));
    }

    private StandInAnswer Cancel(string id)
    {
        Cancelled.Enqueue(id);
        return StandInAnswer.Json(new { });
    }

    private sealed record Statement
    {
        public string[] Types { get; init; } = [];

        public string?[][] Cells { get; init; } = [];

        public StandInAnswer? Error { get; init; }

        public bool Links { get; init; }

        public Counter Asked { get; } = new();
    }

    private sealed class Counter
    {
        private int _count;

        public int Next() => ++_count;
    }
}
