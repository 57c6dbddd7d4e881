using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Azure.Core;
using PendoSync.Sources;
using PendoSync.Warehouses.Rest;

namespace PendoSync.Warehouses.Snowflake;

/// <summary>
/// Snowflake's authentication and answers.
/// https://docs.snowflake.com/en/developer-guide/sql-api/authenticating and
/// https://docs.snowflake.com/en/developer-guide/sql-api/handling-errors
/// </summary>
internal sealed class SnowflakeRules(WarehouseContext context) : IRestRules
{
    private TokenCredential? _credential;
    private readonly KeptToken<(string Token, string Type)> _token = new(context.Clock);

    /// <inheritdoc/>
    public string Place { get; } = $"warehouse '{context.Connection.Name}'";

    /// <summary>
    /// The account's address. Host names have no underscores. https://docs.snowflake.com/en/user-guide/organizations-connect
    /// </summary>
    public static ValueTask<string> EndpointAsync(WarehouseContext context, CancellationToken ct) =>
        context.EndpointAsync(async () => $"https://{(await context.GetAsync("account", ct))!.Replace('_', '-')}.snowflakecomputing.com",
            ct);

    /// <inheritdoc/>
    public async ValueTask AuthorizeAsync(HttpRequestMessage request, bool refresh, CancellationToken ct)
    {
        var (token, type) = await _token.GetAsync(refresh, MakeAsync, ct);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Headers.Add("X-Snowflake-Authorization-Token-Type", type);
        request.Headers.Accept.ParseAdd("application/json");
    }

    /// <inheritdoc/>
    public RestVerdict Judge(RestAnswer answer) => answer.Status switch
    {
        HttpStatusCode.Unauthorized => RestVerdict.Unauthorized,
        HttpStatusCode.TooManyRequests => RestVerdict.Throttled,
        // Here the statement's own time limit: it would reach it again.
        HttpStatusCode.RequestTimeout => RestVerdict.Failure,
        _ when answer.MayPass => RestVerdict.Transient,
        _ => RestVerdict.Failure,
    };

    /// <inheritdoc/>
    public Problem Explain(RestAnswer answer)
    {
        var code = answer.Envelope.Text("code");
        var state = answer.Envelope.Text("sqlState");
        var message = RestSupport.OneLine(answer.Envelope.Text("message"));
        return (int)answer.Status switch
        {
            401 or 403 when message.Contains("network policy", StringComparison.OrdinalIgnoreCase) => Make(ProblemKind.Connection,
                $"Snowflake lets this login in only under a network policy that allows this machine's address (code {code})",
                "A programmatic access token works only for a user with a network policy (alter user … set network_policy = …) whose "
                + "rules hold the address this machine calls from; or relax PAT_POLICY in an authentication policy."),
            401 when context.Has("auth") => Make(ProblemKind.Configuration, $"Snowflake refused the token of the identity (code {code})",
                "Check the security integration (type = external_oauth, external_oauth_issuer, external_oauth_audience_list, "
                + "external_oauth_token_user_mapping_claim) and that a user is mapped to the identity."),
            401 => Make(ProblemKind.Configuration, $"Snowflake refused the login (code {code})",
                "Check user, account and the key registered for the user (DESC USER), or renew the token; check this machine's clock."),
            403 => Make(ProblemKind.Connection, $"Snowflake refused access (code {code})",
                "Check the account, the user's network policy and whether the user is disabled."),
            404 when answer.Method == HttpMethod.Post =>
                Make(ProblemKind.Connection, "there is no Snowflake account at this address",
                "Check account (ORGANIZATION-ACCOUNT) or endpoint."),
            404 => Make(ProblemKind.Transient, "the result is no longer kept by Snowflake", "Run again."),
            408 => Make(ProblemKind.Transient, "Snowflake ended the statement at its time limit",
                "Use a larger warehouse, a smaller model, or raise STATEMENT_TIMEOUT_IN_SECONDS."),
            422 => Statement(code, state, message),
            429 => Make(ProblemKind.Throttled, "Snowflake asks for fewer calls", "Run again later."),
            _ when answer.MayPass => Make(ProblemKind.Transient, $"Snowflake is not available (HTTP {(int)answer.Status})",
                "Run again; see status.snowflake.com."),
            _ => Make(ProblemKind.Configuration, $"Snowflake refused the request (HTTP {(int)answer.Status}, code {code})",
                "Check role, warehouse, database and schema."),
        };
    }

    // Codes and SQLSTATEs of failed statements; messages are shown only where they speak of names and SQL.
    // https://docs.snowflake.com/en/developer-guide/sql-api/reference#queryfailurestatus
    private Problem Statement(string? code, string? state, string message) => code switch
    {
        "000606" => Make(ProblemKind.Configuration, "no warehouse is set for the query",
            "Set warehouse, and grant USAGE on it to the role."),
        "002003" or "002043" =>
            Make(ProblemKind.Configuration, message, "Check database, schema and table, and grant USAGE and SELECT on them to the role."),
        "000904" => Make(ProblemKind.Configuration, message, "Check the column's name; quoted names keep their case."),
        "003001" => Make(ProblemKind.Configuration, message, "Grant the role what is named."),
        // Role, warehouse, database or schema of the request itself.
        { } login when login.StartsWith("390", StringComparison.Ordinal) =>
            Make(ProblemKind.Configuration, message, "Check role, warehouse, database and schema, and grant them to the user."),
        // "Statement … not found": the handle was lost, with whatever node or account kept it.
        "000709" => Make(ProblemKind.Transient, "the result is no longer kept by Snowflake", "Run again."),
        "000604" => Make(ProblemKind.Transient, "somebody cancelled the statement in Snowflake", "Run again."),
        _ when state is { Length: 5 }
            && (state.StartsWith("42", StringComparison.Ordinal) || state.StartsWith("02", StringComparison.Ordinal)) =>
            Make(ProblemKind.Configuration, message, "Check the model's SQL in Snowflake with the same role."),
        _ when state is { Length: 5 }
            && (state.StartsWith("08", StringComparison.Ordinal) || state.StartsWith("57", StringComparison.Ordinal)) =>
            Make(ProblemKind.Transient, $"Snowflake ended the statement (code {code})", "Run again."),
        _ => Make(ProblemKind.Configuration, $"the statement failed in Snowflake (code {code}, SQLSTATE {state})",
            "Run the model's SQL in Snowflake with the same role."),
    };

    private Problem Make(ProblemKind kind, string message, string fix) => new(kind, message, Place, fix);

    private async Task<((string Token, string Type) Token, DateTimeOffset Until)> MakeAsync(bool refresh, CancellationToken ct)
    {
        if (context.Has("auth"))
        {
            // External OAuth: https://docs.snowflake.com/en/user-guide/oauth-azure
            _credential ??= AzureIdentity.Credential(await context.GetAsync("client_id", ct));
            var entra = await AzureIdentity.TokenAsync(_credential, await context.GetAsync("entra_audience", ct) + "/.default", Place,
                "entra_audience is the Application ID URI of the application in the security integration's external_oauth_audience_list.",
                ct);
            return ((entra.Token, "OAUTH"), entra.ExpiresOn - TimeSpan.FromMinutes(2));
        }

        if (await context.GetForHeaderAsync("token", refresh, ct) is { } token)
            return ((token, await context.GetAsync("token_type", ct) == "oauth" ? "OAUTH" : "PROGRAMMATIC_ACCESS_TOKEN"),
                DateTimeOffset.MaxValue);
        var now = context.Clock.GetUtcNow();
        var (account, user) = (await context.GetAsync("account", ct), await context.GetAsync("user", ct));
        var (key, passphrase) =
            (await context.GetAsync("private_key", refresh, ct), await context.GetAsync("private_key_passphrase", refresh, ct));
        try
        {
            // A minute early, so that no call leaves with a token that ends on its way.
            return ((SnowflakeKeyPair.Token(account!, user!, key!, passphrase, now), "KEYPAIR_JWT"),
                now + SnowflakeKeyPair.Lifetime - TimeSpan.FromMinutes(1));
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            // The cause stays out: it may quote the key.
            throw new ProblemException(ProblemKind.Configuration, "the private key cannot be read", Place,
                "Store the whole PEM (BEGIN PRIVATE KEY … END PRIVATE KEY) in the secret; an encrypted one needs private_key_passphrase.");
        }
    }
}
