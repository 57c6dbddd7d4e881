using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Azure.Security.KeyVault.Secrets;

namespace PendoFunctions.Tests.Worlds;

/// <summary>A Key Vault behind the real SecretClient: secrets, a count of calls, and refusals.</summary>
internal sealed class FakeVault : HttpMessageHandler
{
    public ConcurrentDictionary<string, string> Secrets { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Answers with this status instead; null: as a vault does.</summary>
    public HttpStatusCode? Refusal { get; set; }

    /// <summary>True: the caller has no identity.</summary>
    public bool NoIdentity { get; set; }

    /// <summary>Calls that asked for a secret, without those that only learn where to log in.</summary>
    public int Calls { get; private set; }

    public SecretClient Client()
    {
        var options = new SecretClientOptions
        {
            Transport = new HttpClientTransport(new HttpClient(this)),
            DisableChallengeResourceVerification = true
        };
        options.Retry.MaxRetries = 0;
        return new SecretClient(new Uri("https://our-vault.vault.azure.net"), new Credential(this), options);
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Headers.Authorization is null)
        {
            var challenge = new HttpResponseMessage(HttpStatusCode.Unauthorized);
            challenge.Headers.TryAddWithoutValidation("WWW-Authenticate",
                "Bearer authorization=\"https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000\", "
                + "resource=\"https://vault.azure.net\"");
            return Task.FromResult(challenge);
        }

        Calls++;
        var name = request.RequestUri!.Segments[2].Trim('/');
        if (Refusal is { } status)
            return Task.FromResult(Json(status, new { error = new { code = "Forbidden", message = "no" } }));
        return Task.FromResult(Secrets.TryGetValue(name, out var value)
            ? Json(HttpStatusCode.OK,
                new { value, id = $"https://our-vault.vault.azure.net/secrets/{name}/1", attributes = new { enabled = true } })
            : Json(HttpStatusCode.NotFound, new { error = new { code = "SecretNotFound", message = "not there" } }));
    }

    private static HttpResponseMessage Json(HttpStatusCode status, object body) =>
        new(status) { Content = new StringContent(JsonSerializer.Serialize(body), System.Text.Encoding.UTF8, "application/json") };

    private sealed class Credential(FakeVault vault) : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => vault.NoIdentity
            ? throw new CredentialUnavailableException("no managed identity endpoint")
            : new AccessToken("token", DateTimeOffset.MaxValue);

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new(GetToken(requestContext, cancellationToken));
    }
}
