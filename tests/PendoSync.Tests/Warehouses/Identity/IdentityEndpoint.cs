using PendoSync.Tests.Warehouses.PagingKit;

namespace PendoSync.Tests.Warehouses.Identity;

/// <summary>
/// The identity endpoint of Azure Functions
/// (https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference) with one user-assigned identity, and
/// Google's token exchange (https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token) with impersonation
/// (https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken). What the real ones
/// refuse, it refuses.
/// </summary>
internal sealed class IdentityEndpoint : StandInServer
{
    public const string Header = "identity-header-S3cret";
    public const string Provider = "projects/1/locations/global/workloadIdentityPools/azure/providers/app";
    public const string ServiceAccount = "reader@acme.iam.gserviceaccount.com";

    /// <summary>The client id of the only identity; one for each test, since Azure.Identity keeps tokens for the whole process.</summary>
    public string ClientId { get; } = Guid.NewGuid().ToString();

    /// <summary>The token for a resource.</summary>
    public static string TokenFor(string resource) => "entra-token-for-" + resource;

    protected override StandInAnswer Answer(SeenRequest request) => request.Path switch
    {
        "/msi/token" => Identity(request),
        "/sts/v1/token" => Exchange(request),
        $"/v1/projects/-/serviceAccounts/{ServiceAccount}:generateAccessToken" => Impersonate(request),
        _ => new StandInAnswer(404, ""),
    };

    private StandInAnswer Identity(SeenRequest request)
    {
        if (request.Header("X-IDENTITY-HEADER") != Header || request.Parameter("api-version") != "2019-08-01")
            return StandInAnswer.Json(new { statusCode = 401, message = "The request is not authorized." }, 401);
        if (request.Parameter("client_id") != ClientId)
            return StandInAnswer.Json(new
            {
                statusCode = 400,
                message = "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId."
            }, 400);
        var resource = request.Parameter("resource")!;
        return StandInAnswer.Json(new
        {
            access_token = TokenFor(resource),
            expires_on = $"{DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds()}",
            resource,
            token_type = "Bearer",
            client_id = ClientId,
        });
    }

    private static StandInAnswer Exchange(SeenRequest request)
    {
        var form = System.Web.HttpUtility.ParseQueryString(request.Body);
        return form["grant_type"] == "urn:ietf:params:oauth:grant-type:token-exchange" && form["audience"] == "//iam.googleapis.com/"
            + Provider
            && form["subject_token_type"] == "urn:ietf:params:oauth:token-type:jwt"
                && form["requested_token_type"] == "urn:ietf:params:oauth:token-type:access_token"
            && form["subject_token"] == TokenFor("api://pendosync-google") && !string.IsNullOrEmpty(form["scope"])
            ? StandInAnswer.Json(new
            {
                access_token = "federated-" + form["scope"],
                issued_token_type = "urn:ietf:params:oauth:token-type:access_token",
                token_type = "Bearer",
                expires_in = 3600
            })
            : StandInAnswer.Json(
                new { error = "invalid_grant", error_description = "The audience in ID Token does not match the expected audience." }, 400);
    }

    private static StandInAnswer Impersonate(SeenRequest request) =>
        request.Header("Authorization") == "Bearer federated-https://www.googleapis.com/auth/iam"
            || request.Header("Authorization") == "Bearer federated-https://www.googleapis.com/auth/cloud-platform"
        ? StandInAnswer.Json(new
        {
            accessToken = "impersonated-" + request.Json.GetProperty("scope")[0].GetString(),
            expireTime = DateTimeOffset.UtcNow.AddHours(1)
            .ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture)
        })
        : StandInAnswer.Json(
            new
            {
                error = new
                {
                    code = 403,
                    message = "Permission 'iam.serviceAccounts.getAccessToken' denied",
                    status = "PERMISSION_DENIED"
                }
            }, 403);
}
