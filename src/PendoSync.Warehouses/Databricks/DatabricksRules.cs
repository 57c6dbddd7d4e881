using System.Net.Http.Headers;
using Azure.Core;
using PendoSync.Sources;
using PendoSync.Warehouses.Rest;

namespace PendoSync.Warehouses.Databricks;

/// <summary>
/// Databricks' authentication and answers.
/// https://docs.databricks.com/aws/en/dev-tools/auth/oauth-m2m,
/// https://learn.microsoft.com/azure/databricks/dev-tools/auth/aad-token-manual and
/// https://docs.databricks.com/api/workspace/statementexecution
/// </summary>
/// <param name="context">Settings and secrets.</param>
/// <param name="credential">For auth: entra; null: the machine's own.</param>
internal sealed class DatabricksRules(WarehouseContext context, TokenCredential? credential) : IRestRules
{
    // The application id of Azure Databricks, the same in every tenant.
    private const string EntraScope = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d/.default";
    private readonly DatabricksTokens _tokens = new(context);
    private TokenCredential? _credential = credential;
    private readonly KeptToken<string> _token = new(context.Clock);

    /// <inheritdoc/>
    public string Place { get; } = $"warehouse '{context.Connection.Name}'";

    /// <summary>Base address of the workspace.</summary>
    public ValueTask<string> EndpointAsync(CancellationToken ct) => context.EndpointAsync(async () =>
    {
        var host = (await context.GetAsync("host", ct))!;
        return host.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? host : "https://" + host;
    }, ct);

    /// <inheritdoc/>
    public async ValueTask AuthorizeAsync(HttpRequestMessage request, bool refresh, CancellationToken ct)
    {
        var token = await _token.GetAsync(refresh, MakeAsync, ct);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <inheritdoc/>
    public RestVerdict Judge(RestAnswer answer) => (int)answer.Status switch
    {
        // A token that is wrong or has expired is a 403 here; one fresh look at the secret harms no other 403.
        401 or 403 => RestVerdict.Unauthorized,
        429 => RestVerdict.Throttled,
        _ when answer.MayPass => RestVerdict.Transient,
        _ => RestVerdict.Failure,
    };

    /// <inheritdoc/>
    public Problem Explain(RestAnswer answer)
    {
        if (answer.IsLink)
            return Make(ProblemKind.Transient, $"cloud storage refused a part of the result (HTTP {(int)answer.Status})",
                "Run again; if it stays, let this machine reach the workspace's storage, or set disposition: inline.");
        var code = RestSupport.OneLine(answer.Envelope.Text("error_code"));
        return (int)answer.Status switch
        {
            403 when IsTokenRefused(code, answer) => Make(ProblemKind.Configuration, "Databricks refused the access token (HTTP 403)",
                "Renew the token (it may have expired, or belong to another workspace), or check client_id and "
                + "client_secret of the service principal."),
            401 => Make(ProblemKind.Configuration, "Databricks refused the login",
                "Renew the token, or check client_id and client_secret of the service principal."),
            403 => Make(ProblemKind.Configuration, $"Databricks refused access ({code})",
                "Add the user or service principal to the workspace and grant CAN USE on the SQL warehouse; check IP access lists."),
            404 when answer.Method == HttpMethod.Get =>
                Make(ProblemKind.Transient, "the result is no longer kept by Databricks", "Run again."),
            400 or 404 when code.Length > 0 =>
                Make(ProblemKind.Configuration, $"Databricks refused the statement ({code})", "Check warehouse_id, catalog and schema."),
            404 => Make(ProblemKind.Connection, "there is no Databricks workspace at this address", "Check host or endpoint."),
            429 => Make(ProblemKind.Throttled, "Databricks asks for fewer calls", "Run again later."),
            _ when answer.MayPass =>
                Make(ProblemKind.Transient, $"Databricks is not available (HTTP {(int)answer.Status})",
                "Run again; see status.databricks.com."),
            _ => Make(ProblemKind.Configuration, $"Databricks refused the request (HTTP {(int)answer.Status}, {code})",
                "Check host, warehouse_id, catalog and schema."),
        };
    }

    /// <summary>The problem of a statement that was accepted (HTTP 200) and then failed.</summary>
    public Problem ExplainStatement(RestAnswer answer)
    {
        var (state, sqlState) = (answer.Envelope.Text("status.state"), answer.Envelope.Text("status.sql_state"));
        var error = answer.Envelope.Element("status.error");
        var code = error?.TryGetProperty("error_code", out var c) == true ? c.GetString() : null;
        var message = RestSupport.OneLine(error?.TryGetProperty("message", out var m) == true ? m.GetString() : null);
        return (state, code, Condition(message)) switch
        {
            ("CANCELED", _, _) => Make(ProblemKind.Transient, "somebody cancelled the statement in Databricks", "Run again."),
            ("CLOSED", _, _) => Make(ProblemKind.Transient, "the result is no longer kept by Databricks", "Run again."),
            (_, "RESOURCE_EXHAUSTED", _) when message.Contains("inline", StringComparison.OrdinalIgnoreCase) =>
                Make(ProblemKind.Configuration, "the result is larger than the 25 MiB of disposition inline",
                    "Set disposition: external_links."),
            (_, "ABORTED" or "DEADLINE_EXCEEDED" or "INTERNAL_ERROR" or "IO_ERROR" or "RESOURCE_EXHAUSTED" or "SERVICE_UNDER_MAINTENANCE"
                or "TEMPORARILY_UNAVAILABLE" or "WORKSPACE_TEMPORARILY_UNAVAILABLE", _) =>
                Make(ProblemKind.Transient, $"Databricks ended the statement ({code})", "Run again; check the SQL warehouse."),
            (_, "UNAUTHENTICATED", _) =>
                Make(ProblemKind.Configuration, "Databricks refused the login", "Renew the token or the service principal's secret."),
            (_, _, "INSUFFICIENT_PERMISSIONS" or "PERMISSION_DENIED") =>
                Make(ProblemKind.Configuration, message, "Grant USE CATALOG, USE SCHEMA and SELECT to the user or service principal."),
            (_, _, "TABLE_OR_VIEW_NOT_FOUND" or "SCHEMA_NOT_FOUND" or "NO_SUCH_CATALOG_EXCEPTION") =>
                Make(ProblemKind.Configuration, message, "Check catalog, schema and table, and the grants on them."),
            // Conditions of class 42 speak of names and SQL; others ("CAST_INVALID_INPUT") quote values.
            (_, _, { } condition) => Make(ProblemKind.Configuration,
                sqlState?.StartsWith("42", StringComparison.Ordinal) == true ? message
                : $"the statement failed in Databricks ({condition})", "Run the model's SQL in Databricks with the same login."),
            _ => Make(ProblemKind.Configuration, $"the statement failed in Databricks ({code}, SQLSTATE {sqlState})",
                "Run the model's SQL in Databricks with the same login."),
        };
    }

    // "[TABLE_OR_VIEW_NOT_FOUND] The table …". https://docs.databricks.com/aws/en/error-messages/error-classes
    private static string? Condition(string message)
    {
        var end = message.StartsWith('[') ? message.IndexOf(']', StringComparison.Ordinal) : -1;
        return end < 0 ? null : message[1..end].Split('.')[0];
    }

    // {"error_code": 403, "message": "Invalid access token."}: the number alone, where a missing grant says PERMISSION_DENIED.
    private static bool IsTokenRefused(string code, RestAnswer answer) =>
        code is "403" || answer.Envelope.Text("message")?.Contains("access token", StringComparison.OrdinalIgnoreCase) == true;

    private Problem Make(ProblemKind kind, string message, string fix) => new(kind, message, Place, fix);

    private async Task<(string Token, DateTimeOffset Until)> MakeAsync(bool refresh, CancellationToken ct)
    {
        if (await context.GetForHeaderAsync("token", refresh, ct) is { } token)
            return (token, DateTimeOffset.MaxValue);
        if (context.Has("client_secret"))
            return await _tokens.MakeAsync(await EndpointAsync(ct), refresh, ct);
        _credential ??= AzureIdentity.Credential(await context.GetAsync("client_id", ct));
        var entra = await AzureIdentity.TokenAsync(_credential, EntraScope, Place, "The identity must be added to the workspace.", ct);
        return (entra.Token, entra.ExpiresOn - TimeSpan.FromMinutes(2));
    }
}
