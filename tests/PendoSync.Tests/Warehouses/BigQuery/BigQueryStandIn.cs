using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Web;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using PendoSync.Tests.Warehouses.PagingKit;

namespace PendoSync.Tests.Warehouses.BigQuery;

/// <summary>
/// BigQuery's jobs.query, jobs.getQueryResults and jobs.cancel as documented, with Google's token endpoint, for one table of the suite's
/// rows. https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/query
/// </summary>
internal sealed class BigQueryStandIn : StandInServer
{
    public const string Project = "acme-data";
    public const string Email = "reader@acme-data.iam.gserviceaccount.com";
    private readonly ConcurrentDictionary<string, Job> _jobs = new();
    private int _tokens;

    /// <summary>The service account's key pair.</summary>
    public static RSA Key { get; } = RSA.Create(2048);

    public IReadOnlyList<SuiteRow> Rows { get; set; } = [];

    /// <summary>Schema and value of a result of one cell, for "select cell".</summary>
    public (object Field, object? Value) Cell { get; set; }

    /// <summary>How often a job is not complete when asked.</summary>
    public int Polls { get; set; } = 1;

    public int PageSize => Rows.Count > 1000 ? 4000 : 3;

    /// <summary>The token that lets in, in place of those given out.</summary>
    public string? Bearer { get; init; }

    /// <summary>The scopes that a token must be asked for with.</summary>
    public string Scopes { get; set; } = "https://www.googleapis.com/auth/bigquery";

    /// <summary>Jobs that were cancelled.</summary>
    public ConcurrentQueue<string> Cancelled { get; } = new();

    /// <summary>The only token that is good; a new one is given out by every token request.</summary>
    public string Token => "ya29.token-" + _tokens;

    /// <summary>The JSON of the service account.</summary>
    public string Credentials => JsonSerializer.Serialize(new
    {
        type = "service_account",
        project_id = Project,
        private_key_id = "key1",
        private_key = Key.ExportPkcs8PrivateKeyPem(),
        client_email = Email,
        client_id = "1",
        token_uri = Url + "/token",
    });

    /// <summary>The token that was given out is good no longer.</summary>
    public void ExpireToken() => _tokens++;

    protected override StandInAnswer Answer(SeenRequest request)
    {
        if (request.Path == "/token")
            return GiveToken(request);
        if (request.Header("Authorization") != "Bearer " + (Bearer ?? Token))
            return Error(401, "authError", "Request had invalid authentication credentials.");
        const string Base = $"/bigquery/v2/projects/{Project}/";
        if (!request.Path.StartsWith(Base, StringComparison.Ordinal))
            return Error(404, "notFound", "Not found: Project");
        return (request.Method, request.Path[Base.Length..].Split('/')) switch
        {
            ("POST", ["queries"]) => Query(request.Json),
            ("GET", ["queries", var job]) => Results(job, request),
            ("POST", ["jobs", var job, "cancel"]) => Cancel(job, request),
            _ => Error(404, "notFound", "Not found"),
        };
    }

    private static StandInAnswer Error(int status, string reason, string message) => StandInAnswer.Json(
        new { error = new { code = status, message, errors = new[] { new { message, domain = "global", reason } }, status = "X" } },
            status);

    // https://developers.google.com/identity/protocols/oauth2/service-account#httprest
    private StandInAnswer GiveToken(SeenRequest request)
    {
        var form = HttpUtility.ParseQueryString(request.Body);
        var result = new JsonWebTokenHandler().ValidateTokenAsync(form["assertion"], new TokenValidationParameters
        {
            ValidIssuer = Email,
            ValidAudience = "https://oauth2.googleapis.com/token",
            ValidateLifetime = false,
            ValidAlgorithms = ["RS256"],
            IssuerSigningKey = new RsaSecurityKey(Key),
        }).GetAwaiter().GetResult();
        if (form["grant_type"] != "urn:ietf:params:oauth:grant-type:jwt-bearer" || !result.IsValid
            || result.Claims["scope"] as string != Scopes)
            return StandInAnswer.Json(new { error = "invalid_grant", error_description = "Invalid JWT Signature." }, 400);
        _tokens++;
        return StandInAnswer.Json(new { access_token = Token, expires_in = 3599, token_type = "Bearer" });
    }

    private StandInAnswer Query(JsonElement body)
    {
        if (body.GetProperty("useLegacySql").GetBoolean() || !Guid.TryParse(body.GetProperty("requestId").GetString(), out _))
            return Error(400, "invalid", "Legacy SQL");
        var sql = body.GetProperty("query").GetString()!;
        if (body.GetProperty("dryRun").GetBoolean())
        {
            return Run(sql, body) is { Error: { } failed } ? failed
                : StandInAnswer.Json(new
                {
                    jobComplete = true,
                    totalBytesProcessed = "12345678901",
                    schema = new { fields = Fields },
                    jobReference = new { projectId = Project, location = "EU" }
                });
        }

        var (job, id) = (Run(sql, body), Guid.NewGuid().ToString("n"));
        if (job.Error is { } error)
            return error;
        _jobs[id] = job;
        return Polls == 0 ? Page(id, job, 0, body.GetProperty("maxResults").GetInt32())
            : StandInAnswer.Json(new { jobComplete = false, jobReference = Reference(id) });
    }

    private static object[] Fields =>
    [
        new { name = "id", type = "INTEGER", mode = "NULLABLE" }, new { name = "name", type = "STRING" },
            new { name = "amount", type = "NUMERIC" },
        new { name = "updated_at", type = "TIMESTAMP" }, new { name = "active", type = "BOOLEAN" },
    ];

    private static object Reference(string id) => new { projectId = Project, jobId = id, location = "EU" };

    private Job Run(string sql, JsonElement body)
    {
        if (sql == "select 1")
            return new Job { Fields = [new { name = "f0_", type = "INTEGER" }], Rows = [["1"]] };
        if (sql == SuiteQuery.Cell)
            return new Job { Fields = [Cell.Field], Rows = [[Cell.Value]] };
        if (SuiteQuery.Parse(sql) is not { } query)
            return new Job { Error = Error(400, "invalidQuery", "Syntax error: Unexpected identifier \"x\" at [1:1]") };
        if (query.Table != "people")
            return new Job { Error = Error(404, "notFound", $"Not found: Table {Project}:ds.{query.Table} was not found in location EU") };
        // Names of columns have no case.
        if ((query.Cursor ?? query.Key)?.ToLowerInvariant() is { } column
            && column is not ("id" or "name" or "amount" or "updated_at" or "active"))
            return new Job { Error = Error(400, "invalidQuery", $"Unrecognized name: {column} at [1:30]") };
        string? parameter = null;
        if ((query.AtLeast ?? query.Equal) is { } marker)
        {
            var bound = body.GetProperty("queryParameters").EnumerateArray().Single();
            parameter = bound.GetProperty("parameterValue").GetProperty("value").GetString();
            if (body.GetProperty("parameterMode").GetString() != "NAMED" || marker != "@" + bound.GetProperty("name").GetString()
                || !IsOfType(bound.GetProperty("parameterType").GetProperty("type").GetString()!, parameter!))
                return new Job { Error = Error(400, "invalidQuery", "Query parameter 'x' not found") };
        }

        return new Job
        {
            Fields = Fields,
            Rows = [.. query.Run(Rows, parameter).Select(r => new object?[]
            {
                $"{r.Id}", r.Name, r.Amount?.ToString(CultureInfo.InvariantCulture),
                r.UpdatedAt is { } at ? $"{(at - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond}"
                    : null, r.Active?.ToString().ToLowerInvariant(),
            })],
        };
    }

    private static bool IsOfType(string type, string text) => type switch
    {
        "INT64" => long.TryParse(text, out _),
        "TIMESTAMP" => Regex.IsMatch(text, @"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$"),
        "STRING" => true,
        _ => false,
    };

    private StandInAnswer Results(string id, SeenRequest request)
    {
        if (!_jobs.TryGetValue(id, out var job) || request.Parameter("location") != "EU")
            return Error(404, "notFound", "Not found: Job");
        if (request.Parameter("formatOptions.useInt64Timestamp") != "true")
            return Error(400, "invalid", "The stand-in writes timestamps as INT64 only.");
        if (job.Asked++ < Polls - 1)
            return StandInAnswer.Json(new { jobComplete = false, jobReference = Reference(id) });
        var start = request.Parameter("pageToken") is { } token ? int.Parse(token["page:".Length..], CultureInfo.InvariantCulture) : 0;
        return Page(id, job, start, int.Parse(request.Parameter("maxResults")!, CultureInfo.InvariantCulture));
    }

    private StandInAnswer Page(string id, Job job, int start, int most)
    {
        var rows = job.Rows.Skip(start).Take(Math.Min(PageSize, most)).ToList();
        var end = start + rows.Count;
        var body = new Dictionary<string, object?>
        {
            ["kind"] = "bigquery#getQueryResultsResponse",
            ["schema"] = new { fields = job.Fields },
            ["jobReference"] = Reference(id),
            ["totalRows"] = $"{job.Rows.Length}",
            ["jobComplete"] = true,
            ["cacheHit"] = false,
        };
        // An empty result has no rows at all; the last page has no token.
        if (rows.Count > 0)
            body["rows"] = rows.Select(r => new { f = r.Select(c => new { v = c }) });
        if (end < job.Rows.Length)
            body["pageToken"] = $"page:{end}";
        return StandInAnswer.Json(body);
    }

    private StandInAnswer Cancel(string job, SeenRequest request)
    {
        if (request.Parameter("location") != "EU")
            return Error(404, "notFound", "Not found: Job");
        Cancelled.Enqueue(job);
        return StandInAnswer.Json(new { kind = "bigquery#jobCancelResponse" });
    }

    private sealed class Job
    {
        public object[] Fields { get; init; } = [];

        public object?[][] Rows { get; init; } = [];

        public StandInAnswer? Error { get; init; }

        public int Asked { get; set; }
    }
}
