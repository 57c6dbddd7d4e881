using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using PendoSync.Sources;
using PendoSync.Warehouses.Rest;

namespace PendoSync.Warehouses.Databricks;

/// <summary>OAuth tokens of a service principal (client credentials). https://docs.databricks.com/aws/en/dev-tools/auth/oauth-m2m</summary>
internal sealed class DatabricksTokens(WarehouseContext context)
{
    private static readonly HttpClient Http = new(Outbound.NewHandler()) { Timeout = TimeSpan.FromSeconds(60) };

    /// <summary>A token, and when it is to be made anew. Network faults are for the caller to retry.</summary>
    public async Task<(string Token, DateTimeOffset Until)> MakeAsync(string host, bool refresh, CancellationToken ct)
    {
        var (id, secret) = (await context.GetAsync("client_id", ct), await context.GetAsync("client_secret", refresh, ct));
        using var request = new HttpRequestMessage(HttpMethod.Post, host + "/oidc/v1/token");
        RestSupport.RefuseReadable(request.RequestUri!, context.AllowsHttp(), Place);
        request.Headers.Authorization =
            new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{id}:{secret}")));
        request.Content = new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("scope", "all-apis")]);
        using var response = await Http.SendAsync(request, ct);
        if (response.StatusCode == HttpStatusCode.TooManyRequests || HttpStatus.MayPass((int)response.StatusCode))
        {
            throw new ProblemException(ProblemKind.Transient,
                $"Databricks' token endpoint is not available (HTTP {(int)response.StatusCode})", Place,
                "Run again; see status.databricks.com.");
        }

        if (!response.IsSuccessStatusCode)
            throw Refused($"Databricks refused the service principal (HTTP {(int)response.StatusCode})");
        try
        {
            using var body = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(ct));
            var lifetime = TimeSpan.FromSeconds(body.RootElement.GetProperty("expires_in").GetInt32());
            // Two minutes early, so that no call leaves with a token that ends on its way.
            return (body.RootElement.GetProperty("access_token").GetString()!, context.Clock.GetUtcNow()
                + lifetime - TimeSpan.FromMinutes(2));
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            // The cause stays out: it may quote the token.
            throw new ProblemException(ProblemKind.Transient, "Databricks' token endpoint gave no token", Place,
                "Run again; if it stays, look for a proxy or a sign-in page between here and there.");
        }
    }

    private string Place => $"warehouse '{context.Connection.Name}'";

    private ProblemException Refused(string message) => new(ProblemKind.Configuration, message, Place,
        "Check client_id, client_secret and that the service principal belongs to the workspace.");
}
