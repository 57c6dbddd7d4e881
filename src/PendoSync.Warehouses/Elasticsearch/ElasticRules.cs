using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using PendoSync.Sources;
using PendoSync.Warehouses.Rest;

namespace PendoSync.Warehouses.Elasticsearch;

/// <summary>
/// What Elasticsearch's answers mean. Authentication: https://www.elastic.co/docs/reference/elasticsearch/rest-apis/api-conventions and
/// https://www.elastic.co/docs/deploy-manage/api-keys/elasticsearch-api-keys; errors carry <c>error.type</c> and <c>error.reason</c>.
/// </summary>
internal sealed class ElasticRules(WarehouseContext context) : IRestRules
{
    private const int LongestReason = 300;
    private const string ContextMissing = "search_context_missing_exception";

    /// <summary>
    /// What <c>_security/_authenticate</c> answers: who it is, or, without security in the cluster, that there is no such call. Versions
    /// differ in how they say so: https://github.com/elastic/elasticsearch/issues/53761 and
    /// https://github.com/elastic/elasticsearch/issues/50288.
    /// </summary>
    public static RestContract Login { get; } = new(
        answer => answer.IsSuccess ? RestContract.Missing(answer, "username") : null, answer =>
            answer.Status == HttpStatusCode.OK || SaysThereIsNoSecurity(answer));

    /// <inheritdoc/>
    public string Place { get; } = new WarehouseProblems(context.Connection.Name).Place;

    /// <summary>The base URL without trailing slash.</summary>
    public async ValueTask<string> UrlAsync(CancellationToken ct)
    {
        var url = (await context.GetAsync("url", ct) ?? "").TrimEnd('/');
        return Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http" && uri.UserInfo.Length == 0
            ? url
            : throw new ProblemException(ProblemKind.Configuration, "'url' is not an http(s) address without user", Place,
                "Write it like https://es.example.com:9200.");
    }

    /// <inheritdoc/>
    public async ValueTask AuthorizeAsync(HttpRequestMessage request, bool refresh, CancellationToken ct)
    {
        if (await context.GetForHeaderAsync("api_key", refresh, ct) is { } key)
            request.Headers.Authorization = new AuthenticationHeaderValue("ApiKey", key);
        else if (await context.GetForHeaderAsync("token", refresh, ct) is { } token)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        else if (await context.GetAsync("user", ct) is { } user)
        {
            var pair = Encoding.UTF8.GetBytes($"{user}:{await context.GetAsync("password", refresh, ct)}");
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(pair));
        }
    }

    /// <inheritdoc/>
    public RestVerdict Judge(RestAnswer answer) => answer.Status switch
    {
        HttpStatusCode.Unauthorized => RestVerdict.Unauthorized,
        HttpStatusCode.TooManyRequests => RestVerdict.Throttled,
        _ when answer.MayPass => RestVerdict.Transient,
        _ => RestVerdict.Failure,
    };

    /// <inheritdoc/>
    public Problem Explain(RestAnswer answer)
    {
        var (type, reason) = ErrorOf(answer);
        return (answer.Status, type) switch
        {
            (HttpStatusCode.Unauthorized, _) =>
                Configuration("the login is refused or has expired", "Correct the secret of 'api_key', 'password' or 'token'."),
            (HttpStatusCode.Forbidden, _) =>
                Configuration("the user lacks a privilege", "Grant 'read' and 'view_index_metadata' on the index."),
            (_, "index_not_found_exception") => Configuration(reason, "Correct the index in the model's table."),
            (_, ContextMissing) =>
                new Problem(ProblemKind.Transient, "the point in time or cursor has expired", Place,
                "It is read again by itself; a smaller 'page_size' makes pages come sooner."),
            (_, "verification_exception" or "parsing_exception" or "sql_illegal_argument_exception") =>
                Configuration(reason, "Correct the model's SQL or the column."),
            (HttpStatusCode.TooManyRequests, _) =>
                new Problem(ProblemKind.Throttled, "the cluster asks for fewer calls", Place, "Run again later."),
            _ when answer.MayPass =>
                new Problem(ProblemKind.Transient, $"the cluster cannot answer now ({(int)answer.Status})", Place,
                    "Run again later; look at the cluster's health."),
            (HttpStatusCode.NotFound, null) => Connection("the address leads to no Elasticsearch", "Correct 'url'."),
            ( >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest, _) =>
                Connection("the address leads elsewhere", "Correct 'url': give the address it redirects to."),
            // Other reasons may quote a value of a document, and no value is shown (promise 11).
            _ => Configuration($"the cluster refuses the request ({(int)answer.Status} {type})".Replace(" )", ")",
                StringComparison.Ordinal), "Correct the model; the cluster's log says more."),
        };
    }

    private static bool SaysThereIsNoSecurity(RestAnswer answer) => answer.Status switch
    {
        HttpStatusCode.BadRequest or HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed =>
            answer.Envelope.Text("error.type") == "invalid_index_name_exception"
            || answer.Envelope.Text("error") is { } text && (text.StartsWith("no handler found for uri", StringComparison.Ordinal)
                || text.StartsWith("Incorrect HTTP method for uri", StringComparison.Ordinal)),
        HttpStatusCode.InternalServerError =>
            answer.Envelope.Text("error.reason")?.StartsWith("Security must be explicitly enabled", StringComparison.Ordinal) == true,
        _ => false,
    };

    private Problem Connection(string message, string fix) => new(ProblemKind.Connection, message, Place, fix);

    private Problem Configuration(string message, string fix) => new(ProblemKind.Configuration, message, Place, fix);

    // A search that fails on its shards says so itself (search_phase_execution_exception); what happened there is the root cause.
    private static (string? Type, string Reason) ErrorOf(RestAnswer answer)
    {
        if (answer.Envelope.Element("error.root_cause") is { ValueKind: JsonValueKind.Array } causes
            && causes.EnumerateArray().Any(c => c.TryGetProperty("type", out var cause) && cause.ValueEquals(ContextMissing)))
            return (ContextMissing, "");
        return (answer.Envelope.Text("error.type"), ShownText.Line(answer.Envelope.Text("error.reason") ?? "", LongestReason));
    }
}
