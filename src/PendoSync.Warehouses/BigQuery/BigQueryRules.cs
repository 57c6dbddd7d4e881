using System.Net.Http.Headers;
using System.Text.Json;
using PendoSync.Sources;
using PendoSync.Warehouses.Rest;

namespace PendoSync.Warehouses.BigQuery;

/// <summary>
/// Google's authentication, and BigQuery's answers by their reason.
/// https://cloud.google.com/bigquery/docs/error-messages and https://cloud.google.com/bigquery/docs/authentication
/// </summary>
/// <param name="context">Settings and secrets.</param>
/// <param name="endpoints">Where tokens are exchanged; null: Google's own.</param>
internal sealed class BigQueryRules(WarehouseContext context, GoogleEndpoints? endpoints) : IRestRules, IDisposable
{
    // jobs.query would do with bigquery.readonly, jobs.cancel would not; what may be read is decided by the account's roles.
    private const string Scope = "https://www.googleapis.com/auth/bigquery";
    private const string DriveScope = "https://www.googleapis.com/auth/drive.readonly";
    private readonly GoogleLogin _login = new(context, $"warehouse '{context.Connection.Name}'", endpoints);

    /// <inheritdoc/>
    public string Place { get; } = $"warehouse '{context.Connection.Name}'";

    /// <inheritdoc/>
    public async ValueTask AuthorizeAsync(HttpRequestMessage request, bool refresh, CancellationToken ct)
    {
        var scopes = await context.GetAsync("drive", ct) == "true" ? [Scope, DriveScope] : (string[])[Scope];
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await _login.TokenAsync(scopes, refresh, ct));
    }

    /// <inheritdoc/>
    public void Dispose() => _login.Dispose();

    /// <inheritdoc/>
    public RestVerdict Judge(RestAnswer answer) => ((int)answer.Status, Reason(answer)) switch
    {
        (401, _) => RestVerdict.Unauthorized,
        (429, _) or (_, "rateLimitExceeded" or "jobRateLimitExceeded") => RestVerdict.Throttled,
        (_, "backendError" or "internalError" or "jobBackendError" or "jobInternalError" or "tableUnavailable") => RestVerdict.Transient,
        _ when answer.MayPass => RestVerdict.Transient,
        _ => RestVerdict.Failure,
    };

    /// <inheritdoc/>
    public Problem Explain(RestAnswer answer)
    {
        var reason = Reason(answer);
        var message = RestSupport.OneLine(answer.Envelope.Text("error.message"));
        return ((int)answer.Status, reason) switch
        {
            (401, _) => Make(ProblemKind.Configuration, "Google refused the login",
                "Check credentials, or the machine's default credentials."),
            (429, _) or (_, "rateLimitExceeded" or "jobRateLimitExceeded") =>
                Make(ProblemKind.Throttled, "BigQuery asks for fewer calls", "Run again later."),
            (_, "quotaExceeded") =>
                Make(ProblemKind.Throttled, "a quota of the project is used up",
                "Run again later, or raise the quota named in the Google Cloud console."),
            // A table over a Drive file needs a scope of its own.
            // https://cloud.google.com/bigquery/docs/query-drive-data#scopes_for_compute_engine_instances
            (_, "accessDenied") when message.Contains("Drive credentials", StringComparison.Ordinal) => Make(ProblemKind.Configuration,
                "the model reads a table over a file in Google Drive, which this login may not open",
                "Set drive: true, turn the Google Drive API on in the project, and share the file with the account that logs in."),
            (_, "accessNotConfigured" or "SERVICE_DISABLED")
                or (403, _) when message.Contains("has not been used in project", StringComparison.Ordinal) =>
                Make(ProblemKind.Configuration,
                "the BigQuery API is disabled in the project",
                "Turn it on: gcloud services enable bigquery.googleapis.com (it takes some minutes), or correct project."),
            (_, "bytesBilledLimitExceeded") =>
                Make(ProblemKind.Configuration, "the query would be billed for more bytes than maximum_bytes_billed allows",
                "Raise maximum_bytes_billed, read less (a partitioned table with the cursor on its partition column, fewer columns), or "
                + "ask `pendosync plan` what a read processes."),
            (_, "accessDenied") =>
                Make(ProblemKind.Configuration, message,
                "Grant BigQuery Job User on the project, and BigQuery Data Viewer on the dataset."),
            (404, _) when answer.Method == HttpMethod.Get =>
                Make(ProblemKind.Transient, "the result is no longer kept by BigQuery", "Run again."),
            (404, null) => Make(ProblemKind.Connection, "there is no BigQuery at this address", "Check endpoint."),
            (_, "notFound") => Make(ProblemKind.Configuration, message, "Check project, dataset, table and location."),
            (_, "invalidQuery") when message.Contains("partition elimination", StringComparison.Ordinal) => Make(ProblemKind.Configuration,
                "the table requires a filter on its partition column (require_partition_filter)",
                "Give the model sql: with a WHERE on the partition column that keeps every row wanted, or switch the "
                + "requirement off for a view of it."),
            (_, "invalidQuery") =>
                Make(ProblemKind.Configuration, SaysOnlyNames(message) ? message : "the query is not valid, or fails on a value",
                "Check the model's SQL, table and columns in the BigQuery console."),
            (_, "billingNotEnabled" or "billingTierLimitExceeded" or "blocked" or "responseTooLarge" or "resourcesExceeded"
                or "invalid" or "required") =>
                Make(ProblemKind.Configuration, $"BigQuery refused the query ({reason})",
                    "See https://cloud.google.com/bigquery/docs/error-messages."),
            (_, "stopped") => Make(ProblemKind.Transient, "somebody cancelled the job in BigQuery", "Run again."),
            (_, "backendError" or "internalError" or "jobBackendError" or "jobInternalError" or "tableUnavailable" or "timeout") =>
                NotAvailable(answer),
            _ when answer.MayPass => NotAvailable(answer),
            (400, null) when answer.Method == HttpMethod.Get =>
                Make(ProblemKind.Transient, "BigQuery no longer knows the page", "Run again."),
            _ => Make(ProblemKind.Configuration, $"BigQuery refused the request (HTTP {(int)answer.Status}, {reason})",
                "Check project, dataset and location."),
        };
    }

    private Problem NotAvailable(RestAnswer answer) => Make(ProblemKind.Transient,
        $"BigQuery is not available (HTTP {(int)answer.Status})", "Run again; see status.cloud.google.com.");

    private static string? Reason(RestAnswer answer) =>
        answer.Envelope.Element("error.errors") is { ValueKind: JsonValueKind.Array } errors && errors.GetArrayLength() > 0
        && errors[0].TryGetProperty("reason", out var reason) ? reason.GetString() : null;

    // Other messages of invalid queries quote data ("Bad int64 value: …", "Could not cast …").
    private static bool SaysOnlyNames(string message) =>
        message.StartsWith("Unrecognized name", StringComparison.Ordinal) || message.StartsWith("Name ", StringComparison.Ordinal)
        || message.StartsWith("Syntax error", StringComparison.Ordinal) || message.StartsWith("Table ", StringComparison.Ordinal)
        || message.StartsWith("No matching signature", StringComparison.Ordinal)
            || message.StartsWith("Function not found", StringComparison.Ordinal);

    private Problem Make(ProblemKind kind, string message, string fix) => new(kind, message, Place, fix);
}
