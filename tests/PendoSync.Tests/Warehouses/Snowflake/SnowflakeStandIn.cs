using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using PendoSync.Tests.Warehouses.PagingKit;

namespace PendoSync.Tests.Warehouses.Snowflake;

/// <summary>
/// Snowflake's SQL API v2 as documented, for one table of the suite's rows.
/// https://docs.snowflake.com/en/developer-guide/sql-api/reference
/// </summary>
internal sealed class SnowflakeStandIn : StandInServer
{
    public const string Account = "ORG-ACME";
    public const string User = "READER";
    public const string Pat = "pat-S3cret";
    private readonly ConcurrentDictionary<string, Statement> _statements = new();

    /// <summary>The user's key pair.</summary>
    public static RSA Key { get; } = RSA.Create(2048);

    public IReadOnlyList<SuiteRow> Rows { get; set; } = [];

    /// <summary>A result of one cell of any type, for "select cell".</summary>
    public (object Type, string? Text) Cell { get; set; }

    /// <summary>How often a statement is still running when asked.</summary>
    public int Polls { get; set; } = 1;

    public int PageSize => Rows.Count > 1000 ? 4000 : 3;

    /// <summary>The token of an external identity provider that lets in.</summary>
    public string? OAuth { get; set; }

    /// <summary>Handles that were cancelled.</summary>
    public ConcurrentQueue<string> Cancelled { get; } = new();

    protected override StandInAnswer Answer(SeenRequest request)
    {
        if (!IsAuthorized(request))
            return Error(401, "390144", null, "JWT token is invalid.");
        if (request.Header("User-Agent") is null || request.Header("Accept") != "application/json")
            return Error(400, "391902", null, "Missing header.");
        var path = request.Path["/api/v2/statements".Length..].Trim('/').Split('/');
        return (request.Method, path) switch
        {
            ("POST", [""]) => Submit(request),
            ("GET", [var handle]) => Result(handle, request.Parameter("partition")),
            ("POST", [var handle, "cancel"]) => Cancel(handle),
            _ => Error(404, "391914", null, "Not found."),
        };
    }

    private static StandInAnswer Error(int status, string code, string? state, string message) =>
        StandInAnswer.Json(new { code, sqlState = state, message, statementHandle = "h" }, status);

    private StandInAnswer Submit(SeenRequest request)
    {
        var body = request.Json;
        if (!Guid.TryParse(request.Parameter("requestId"), out _) || request.Header("Content-Type") != "application/json")
            return Error(400, "391908", null, "Invalid request.");
        var sql = body.GetProperty("statement").GetString()!;
        string? parameter = null;
        if (body.TryGetProperty("bindings", out var bindings))
        {
            var binding = bindings.GetProperty("1");
            if (binding.GetProperty("type").GetString() != "TEXT")
                return Error(400, "391911", null, "Unknown binding.");
            parameter = binding.GetProperty("value").GetString();
        }

        if (sql.Count(c => c == '?') != (parameter is null ? 0 : 1))
            return Error(422, "002049", "42601", "SQL compilation error: error line 1 Bind variable ? not set.");
        var statement = body.TryGetProperty("warehouse", out var warehouse) && warehouse.GetString() != "WH"
            ? new Statement { Error = Error(422, "390201", "08004", "The requested warehouse does not exist or not authorized.") }
            : Run(sql, parameter);
        // The same id again is the same statement.
        var handle = request.Parameter("requestId")!;
        if (!_statements.TryAdd(handle, statement) && request.Parameter("retry") != "true")
            return Error(400, "391909", null, "Repeated request id.");
        return StandInAnswer.Json(new
        {
            code = "333334",
            message = "Asynchronous execution in progress.",
            statementHandle = handle,
            statementStatusUrl = "/api/v2/statements/" + handle
        }, 202);
    }

    private Statement Run(string sql, string? parameter)
    {
        if (sql == "select 1")
            return new Statement { Columns = [new { name = "1", type = "fixed", precision = 1, scale = 0 }], Cells = [["1"]] };
        if (sql == SuiteQuery.Cell)
            return new Statement { Columns = [Cell.Type], Cells = [[Cell.Text]] };
        if (SuiteQuery.Parse(sql) is not { } query)
            return new Statement
            {
                Error = Error(422, "001003", "42000",
                "SQL compilation error:\nsyntax error line 1 at position 0 unexpected 'x'.")
            };
        if (query.Table != "PEOPLE")
            return new Statement
            {
                Error = Error(422, "002003", "42S02",
                $"SQL compilation error:\nObject '{query.Table}' does not exist or not authorized.")
            };
        // Quoted names keep their case.
        if ((query.Cursor ?? query.Key) is { } column && column is not ("ID" or "NAME" or "AMOUNT" or "UPDATED_AT" or "ACTIVE"))
            return new Statement { Error = Error(422, "000904", "42000", $"SQL compilation error: invalid identifier '{column}'") };
        if (query.AtLeast is { } conversion && !IsOfFormat(conversion, parameter!))
            return new Statement { Error = Error(422, "100096", "22007", $"Can't parse '{parameter}' with the format") };
        return new Statement
        {
            Columns =
            [
                new { name = "ID", type = "fixed", precision = 38, scale = 0 }, new { name = "NAME", type = "text", length = 16777216 },
                new { name = "AMOUNT", type = "fixed", precision = 30, scale = 6 },
                    new { name = "UPDATED_AT", type = "timestamp_tz", scale = 9 }, new { name = "ACTIVE", type = "boolean" },
            ],
            Cells = [.. query.Run(Rows, parameter)
                .Select(r => new[] { $"{r.Id}", r.Name, r.Amount?.ToString(CultureInfo.InvariantCulture), Epoch(r.UpdatedAt),
                r.Active?.ToString().ToLowerInvariant() })],
        };
    }

    private static bool IsOfFormat(string conversion, string text) => conversion switch
    {
        "to_number(?, 38, 10)" => decimal.TryParse(text, CultureInfo.InvariantCulture, out _),
        "to_date(?, 'YYYY-MM-DD')" => Regex.IsMatch(text, @"^\d{4}-\d\d-\d\d$"),
        "to_timestamp_ntz(?, 'YYYY-MM-DD\"T\"HH24:MI:SS.FF7')" => Regex.IsMatch(text, @"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}$"),
        "to_timestamp_tz(?, 'YYYY-MM-DD\"T\"HH24:MI:SS.FF7TZH:TZM')" =>
            Regex.IsMatch(text, @"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}\+00:00$"),
        _ => false,
    };

    // Seconds with nine decimals, a space, and the offset in minutes plus 1440.
    private static string? Epoch(DateTimeOffset? at) => at is { } value
        ? ((decimal)(value - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerSecond)
            .ToString("0.000000000", CultureInfo.InvariantCulture)
            + " 1500"
        : null;

    private StandInAnswer Result(string handle, string? partition)
    {
        if (!_statements.TryGetValue(handle, out var statement))
            return Error(404, "391904", null, "Statement handle not found or expired.");
        if (statement.Asked++ < Polls)
            return StandInAnswer.Json(new { code = "333334", message = "Asynchronous execution in progress.", statementHandle = handle },
                202);
        if (statement.Error is { } error)
            return error;
        var pages = statement.Cells.Chunk(PageSize).ToList();
        var count = Math.Max(1, pages.Count);
        if (partition is not null)
        {
            var number = int.Parse(partition, CultureInfo.InvariantCulture);
            return number >= 0 && number < count ? StandInAnswer.Json(new { data = pages[number] })
                : Error(400, "391907", null, "Invalid partition.");
        }

        return StandInAnswer.Json(new
        {
            resultSetMetaData = new
            {
                numRows = statement.Cells.Length,
                format = "jsonv2",
                rowType = statement.Columns,
                partitionInfo = Enumerable.Range(0, count)
                    .Select(i => new { rowCount = i < pages.Count ? pages[i].Length : 0, uncompressedSize = 1000 }),
            },
            data = pages.Count > 0 ? pages[0] : [],
            code = "090001",
            statementHandle = handle,
            sqlState = "00000",
            message = "Statement executed successfully.",
        });
    }

    private StandInAnswer Cancel(string handle)
    {
        Cancelled.Enqueue(handle);
        return StandInAnswer.Json(new { code = "000000", message = "Statement cancelled.", statementHandle = handle });
    }

    private bool IsAuthorized(SeenRequest request)
    {
        var token = request.Header("Authorization")?["Bearer ".Length..] ?? "";
        if (request.Header("X-Snowflake-Authorization-Token-Type") == "PROGRAMMATIC_ACCESS_TOKEN")
            return token == Pat;
        if (request.Header("X-Snowflake-Authorization-Token-Type") == "OAUTH")
            return token == OAuth;
        if (request.Header("X-Snowflake-Authorization-Token-Type") != "KEYPAIR_JWT")
            return false;
        var fingerprint = "SHA256:" + Convert.ToBase64String(SHA256.HashData(Key.ExportSubjectPublicKeyInfo()));
        var result = new JsonWebTokenHandler().ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidIssuer = $"{Account}.{User}.{fingerprint}",
            ValidAlgorithms = ["RS256"],
            ValidateAudience = false,
            ValidateLifetime = false,
            IssuerSigningKey = new RsaSecurityKey(Key),
        }).GetAwaiter().GetResult();
        var jwt = result.SecurityToken as JsonWebToken;
        return result.IsValid && jwt!.Subject == $"{Account}.{User}" && jwt.ValidTo - jwt.IssuedAt <= TimeSpan.FromHours(1);
    }

    private sealed class Statement
    {
        public object[] Columns { get; init; } = [];

        public string?[][] Cells { get; init; } = [];

        public StandInAnswer? Error { get; init; }

        public int Asked { get; set; }
    }
}
