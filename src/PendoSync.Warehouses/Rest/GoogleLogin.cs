using System.Text.Json;
using System.Text.Json.Nodes;
using Azure.Core;
using Google.Apis.Auth.OAuth2;
using Google.Apis.Auth.OAuth2.Responses;
using PendoSync.Definitions;
using PendoSync.Sources;

namespace PendoSync.Warehouses.Rest;

/// <summary>
/// How BigQuery and Google Sheets log in: with the key of a service account, with a file of workload identity federation, with the app's
/// own Azure identity, or as the machine (application default credentials).
/// https://cloud.google.com/iam/docs/workload-identity-federation-with-other-clouds
/// </summary>
/// <param name="context">Settings and secrets.</param>
/// <param name="place">The connection, for messages.</param>
/// <param name="endpoints">Where tokens are exchanged; null: Google's own.</param>
internal sealed class GoogleLogin(WarehouseContext context, string place, GoogleEndpoints? endpoints = null) : IDisposable
{
    private readonly GoogleEndpoints _endpoints = endpoints ?? new GoogleEndpoints();
    private readonly SemaphoreSlim _making = new(1, 1);
    private ITokenAccess? _credential;

    /// <summary>The settings of the login, for <see cref="WarehouseType.Settings"/>.</summary>
    public static IReadOnlyList<SettingSpec> Settings { get; } =
    [
        new("workload_identity", SettingKind.Text,
            "In place of credentials: the provider that trusts the app's Azure identity, as "
            + "projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER."),
        new("entra_audience", SettingKind.Text, "With workload_identity, the Application ID URI that the provider takes as its audience."),
        new("service_account", SettingKind.Text,
            "With workload_identity, the address of a service account to impersonate; the identity itself when missing."),
        new("client_id", SettingKind.Text, "With workload_identity, the client id of a user-assigned identity in place of the app's own."),
    ];

    /// <summary>Rules between those settings.</summary>
    public static IEnumerable<string> Check(IReadOnlyDictionary<string, SecretText> settings)
    {
        var federated = settings.ContainsKey("workload_identity");
        if (federated && settings.ContainsKey("credentials"))
            yield return "give credentials or workload_identity, not both.";
        if (federated != settings.ContainsKey("entra_audience"))
            yield return "workload_identity and entra_audience belong together.";
        if (!federated && (settings.ContainsKey("service_account") || settings.ContainsKey("client_id")))
            yield return "service_account and client_id need workload_identity.";
    }

    /// <summary>An access token.</summary>
    /// <param name="scopes">What for.</param>
    /// <param name="refresh">True: the last one was refused; secrets are read afresh.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <exception cref="ProblemException">Configuration: the credentials cannot be read, or are refused. Transient: nobody
    /// gives tokens now.</exception>
    public async Task<string> TokenAsync(IReadOnlyList<string> scopes, bool refresh, CancellationToken ct)
    {
        await _making.WaitAsync(ct);
        try
        {
            if (refresh || _credential is null)
                _credential = (await MakeAsync(refresh, ct)).CreateScoped(scopes);
            return await _credential.GetAccessTokenForRequestAsync(null, ct);
        }
        catch (TokenResponseException error)
        {
            throw Refused(error);
        }
        catch (Exception error) when (error.InnerException is ProblemException problem)
        {
            // What the Azure side of a federation says, wrapped by Google's library.
            throw new ProblemException(problem.Problem, problem);
        }
        finally
        {
            _making.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _making.Dispose();

    // A token endpoint that cannot answer now says nothing about the key.
    private ProblemException Refused(TokenResponseException error) => (int?)error.StatusCode switch
    {
        { } status when status == 429 || HttpStatus.MayPass(status) =>
            new ProblemException(ProblemKind.Transient, $"Google's token endpoint is not available (HTTP {status})", place,
            "Run again; see status.cloud.google.com."),
        _ when context.Has("workload_identity") =>
            new ProblemException(ProblemKind.Connection,
            $"Google refused the token of the Azure identity ({RestSupport.OneLine(error.Error?.Error)})", place,
            "Check workload_identity, that the provider has the tenant as its issuer and entra_audience as its allowed audience, and the "
            + "grant of roles/iam.workloadIdentityUser on service_account."),
        _ => new ProblemException(ProblemKind.Configuration, $"Google refused the credentials ({RestSupport.OneLine(error.Error?.Error)})",
            place,
            "Check that the service account and its key exist and are enabled, and this machine's clock."),
    };

    private async Task<GoogleCredential> MakeAsync(bool refresh, CancellationToken ct)
    {
        if (await context.GetAsync("workload_identity", ct) is { } provider)
            return await FederatedAsync(provider, ct);
        try
        {
            var json = await context.GetAsync("credentials", refresh, ct);
            return json is null ? await GoogleCredential.GetApplicationDefaultAsync(ct) : FromJson(json);
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException or FormatException or JsonException
            or System.Security.Cryptography.CryptographicException
            || error.GetType().Namespace?.StartsWith("Newtonsoft", StringComparison.Ordinal) == true)
        {
            // The cause stays out: it may quote the key.
            throw new ProblemException(ProblemKind.Configuration, context.Has("credentials") ? "the credentials cannot be read"
                : "this machine has no default Google credentials", place,
                "Store the whole JSON of a service account or of workload identity federation in the secret, set workload_identity, or "
                + "set GOOGLE_APPLICATION_CREDENTIALS.");
        }
    }

    // Only the two documented kinds: other kinds of file could make this process call addresses of their own.
    private static GoogleCredential FromJson(string json)
    {
        var kind = JsonNode.Parse(json)?["type"]?.GetValue<string>();
        return CredentialFactory.FromJson(json, kind == JsonCredentialParameters.ExternalAccountCredentialType
            ? kind : JsonCredentialParameters.ServiceAccountCredentialType);
    }

    private async Task<GoogleCredential> FederatedAsync(string provider, CancellationToken ct)
    {
        const string Host = "//iam.googleapis.com/";
        var audience = provider.StartsWith(Host, StringComparison.Ordinal) ? provider : Host + provider.TrimStart('/');
        var subject = new EntraTokens(AzureIdentity.Credential(await context.GetAsync("client_id", ct)),
            await context.GetAsync("entra_audience", ct) + "/.default", place);
        return GoogleCredential.FromProgrammaticExternalAccountCredential(new ProgrammaticExternalAccountCredential(
            new ProgrammaticExternalAccountCredential.Initializer(_endpoints.TokenExchange, audience,
                "urn:ietf:params:oauth:token-type:jwt", subject)
            {
                ServiceAccountImpersonationUrl = await context.GetAsync("service_account", ct) is { } account
                    ? $"{_endpoints.Impersonation}/v1/projects/-/serviceAccounts/{Uri.EscapeDataString(account)}:generateAccessToken"
                    : null,
            }));
    }

    // The identity endpoint of Azure Functions has no fixed address, so that no file could name it: the token is asked for in code.
    private sealed class EntraTokens(TokenCredential credential, string scope, string place)
        : ProgrammaticExternalAccountCredential.ISubjectTokenProvider
    {
        public async Task<string> GetSubjectTokenAsync(ProgrammaticExternalAccountCredential caller,
            CancellationToken taskCancellationToken) =>
            (await AzureIdentity.TokenAsync(credential, scope, place,
                "entra_audience is the Application ID URI of an Entra application in the identity's tenant.", taskCancellationToken)).Token;
    }
}

/// <summary>Where Google exchanges tokens.</summary>
/// <param name="TokenExchange">The Security Token Service.</param>
/// <param name="Impersonation">The base of the IAM Service Account Credentials API.</param>
internal sealed record GoogleEndpoints(string TokenExchange = "https://sts.googleapis.com/v1/token",
    string Impersonation = "https://iamcredentials.googleapis.com");
