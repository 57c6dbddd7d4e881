using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Apis.Auth.OAuth2;
using Google.Apis.Auth.OAuth2.Responses;
using PendoSync.Sources;
using PendoSync.Warehouses.Rest;

namespace PendoSync.Warehouses.BigQuery;

/// <summary>
/// Google's authentication, and BigQuery's answers by their reason.
/// https://cloud.google.com/bigquery/docs/error-messages and https://cloud.google.com/bigquery/docs/authentication
/// </summary>
internal sealed class BigQueryRules(WarehouseContext context) : IRestRules
{
    // jobs.query would do with bigquery.readonly, jobs.cancel would not; what may be read is decided by the account's roles.
    private const string Scope = "https://www.googleapis.com/auth/bigquery";
    private readonly SemaphoreSlim _making = new(1, 1);
    private ITokenAccess? _credential;

    /// <inheritdoc/>
    public string Place { get; } = $"warehouse '{context.Connection.Name}'";

    /// <inheritdoc/>
    public async ValueTask AuthorizeAsync(HttpRequestMessage request, bool refresh, CancellationToken ct)
    {
        await _making.WaitAsync(ct);
        try
        {
            if (refresh)
                _credential = null;
            _credential ??= await MakeAsync(refresh, ct);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await _credential.GetAccessTokenForRequestAsync(null, ct));
        }
        catch (TokenResponseException error)
        {
            throw new ProblemException(ProblemKind.Connection, $"Google refused the credentials ({RestSupport.OneLine(error.Error?.Error)})", Place,
                "Check that the service account and its key exist and are enabled, and this machine's clock.");
        }
        finally
        {
            _making.Release();
        }
    }

    /// <inheritdoc/>
    public RestVerdict Judge(RestAnswer answer) => ((int)answer.Status, Reason(answer)) switch
    {
        ( >= 200 and < 300, _) => RestVerdict.Success,
        (401, _) => RestVerdict.Unauthorized,
        (429, _) or (_, "rateLimitExceeded" or "jobRateLimitExceeded") => RestVerdict.Throttled,
        ( >= 500, _) or (_, "backendError" or "internalError" or "jobBackendError" or "jobInternalError" or "tableUnavailable") => RestVerdict.Transient,
        _ => RestVerdict.Failure,
    };

    /// <inheritdoc/>
    public Problem Explain(RestAnswer answer)
    {
        var reason = Reason(answer);
        var message = RestSupport.OneLine(answer.Envelope.Text("error.message"));
        return ((int)answer.Status, reason) switch
        {
            (401, _) => Make(ProblemKind.Connection, "Google refused the login", "Check credentials, or the machine's default credentials."),
            (429, _) or (_, "rateLimitExceeded" or "jobRateLimitExceeded") => Make(ProblemKind.Throttled, "BigQuery asks for fewer calls", "Run again later."),
            (_, "quotaExceeded") => Make(ProblemKind.Throttled, "a quota of the project is used up", "Run again later, or raise the quota named in the Google Cloud console."),
            (_, "accessDenied") => Make(ProblemKind.Configuration, message, "Grant BigQuery Job User on the project, and BigQuery Data Viewer on the dataset."),
            (404, _) when answer.Method == HttpMethod.Get => Make(ProblemKind.Transient, "the result is no longer kept by BigQuery", "Run again."),
            (404, null) => Make(ProblemKind.Connection, "there is no BigQuery at this address", "Check endpoint."),
            (_, "notFound") => Make(ProblemKind.Configuration, message, "Check project, dataset, table and location."),
            (_, "invalidQuery") => Make(ProblemKind.Configuration, SaysOnlyNames(message) ? message : "the query is not valid, or fails on a value",
                "Check the model's SQL, table and columns in the BigQuery console."),
            (_, "billingNotEnabled" or "billingTierLimitExceeded" or "blocked" or "responseTooLarge" or "resourcesExceeded" or "invalid" or "required") =>
                Make(ProblemKind.Configuration, $"BigQuery refused the query ({reason})", "See https://cloud.google.com/bigquery/docs/error-messages."),
            (_, "stopped") => Make(ProblemKind.Transient, "somebody cancelled the job in BigQuery", "Run again."),
            ( >= 500, _) or (_, "backendError" or "internalError" or "jobBackendError" or "jobInternalError" or "tableUnavailable" or "timeout") =>
                Make(ProblemKind.Transient, $"BigQuery is not available (HTTP {(int)answer.Status})", "Run again; see status.cloud.google.com."),
            (400, null) when answer.Method == HttpMethod.Get => Make(ProblemKind.Transient, "BigQuery no longer knows the page", "Run again."),
            _ => Make(ProblemKind.Configuration, $"BigQuery refused the request (HTTP {(int)answer.Status}, {reason})", "Check project, dataset and location."),
        };
    }

    private static string? Reason(RestAnswer answer) =>
        answer.Envelope.Element("error.errors") is { ValueKind: JsonValueKind.Array } errors && errors.GetArrayLength() > 0
        && errors[0].TryGetProperty("reason", out var reason) ? reason.GetString() : null;

    // Other messages of invalid queries quote data ("Bad int64 value: …", "Could not cast …").
    private static bool SaysOnlyNames(string message) =>
        message.StartsWith("Unrecognized name", StringComparison.Ordinal) || message.StartsWith("Name ", StringComparison.Ordinal)
        || message.StartsWith("Syntax error", StringComparison.Ordinal) || message.StartsWith("Table ", StringComparison.Ordinal)
        || message.StartsWith("No matching signature", StringComparison.Ordinal) || message.StartsWith("Function not found", StringComparison.Ordinal);

    private Problem Make(ProblemKind kind, string message, string fix) => new(kind, message, Place, fix);

    private async Task<ITokenAccess> MakeAsync(bool refresh, CancellationToken ct)
    {
        try
        {
            var json = await context.GetAsync("credentials", refresh, ct);
            var credential = json is null ? await GoogleCredential.GetApplicationDefaultAsync(ct) : FromJson(json);
            return credential.CreateScoped(Scope);
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException or FormatException or JsonException or System.Security.Cryptography.CryptographicException
            || error.GetType().Namespace?.StartsWith("Newtonsoft", StringComparison.Ordinal) == true)
        {
            // The cause stays out: it may quote the key.
            throw new ProblemException(ProblemKind.Configuration, context.Has("credentials") ? "the credentials cannot be read" : "this machine has no default Google credentials", Place,
                "Store the whole JSON of a service account or of workload identity federation in the secret, or set GOOGLE_APPLICATION_CREDENTIALS.");
        }
    }

    // Only the two documented kinds: other kinds of file could make this process call addresses of their own.
    private static GoogleCredential FromJson(string json)
    {
        var kind = JsonNode.Parse(json)?["type"]?.GetValue<string>();
        return CredentialFactory.FromJson(json, kind == JsonCredentialParameters.ExternalAccountCredentialType ? kind : JsonCredentialParameters.ServiceAccountCredentialType);
    }
}
