using Azure;
using Azure.Core;
using Azure.Identity;
using Microsoft.Identity.Client;

namespace PendoSync.Warehouses;

/// <summary>
/// The identity this program has in Azure, for systems that take its tokens in place of a key: the user-assigned identity that the
/// connection's client_id names, else the one of the app (its setting ManagedIdentity__ClientId), else what DefaultAzureCredential finds,
/// such as az login.
/// </summary>
internal static class AzureIdentity
{
    /// <summary>The app's setting with the client id of its user-assigned identity.</summary>
    public const string ClientIdVariable = "ManagedIdentity__ClientId";

    /// <summary>A credential that asks for tokens of an identity; it keeps them and renews them by itself.</summary>
    /// <param name="clientId">The connection's own; null: the app's.</param>
    public static TokenCredential Credential(string? clientId) => Credential(clientId, OfApp);

    /// <summary>
    /// The same. Where an app has an identity, the environment variables of DefaultAzureCredential do not count: AZURE_CLIENT_ID would
    /// change every binding's identity (https://learn.microsoft.com/azure/azure-functions/manage-connections).
    /// </summary>
    /// <param name="clientId">The connection's own; null: the app's.</param>
    /// <param name="app">The app's; null: it has none.</param>
    public static TokenCredential Credential(string? clientId, string? app) => app is not null
        ? new ManagedIdentityCredential(ManagedIdentityId.FromUserAssignedClientId(clientId ?? app))
        : new DefaultAzureCredential(new DefaultAzureCredentialOptions { ManagedIdentityClientId = clientId });

    /// <summary>A token.</summary>
    /// <param name="credential">Whose.</param>
    /// <param name="scope">What for: <c>RESOURCE/.default</c>.</param>
    /// <param name="place">The connection, for messages.</param>
    /// <param name="fix">What else the system needs.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <exception cref="ProblemException">Connection: there is no identity, or it may not have such a token. Transient: nobody gives tokens
    /// now.</exception>
    public static async Task<AccessToken> TokenAsync(TokenCredential credential, string scope, string place,
        string fix, CancellationToken ct)
    {
        try
        {
            return await credential.GetTokenAsync(new TokenRequestContext([scope]), ct);
        }
        catch (AuthenticationFailedException error) when (IsPassing(error))
        {
            throw new ProblemException(ProblemKind.Transient, "Azure gives no token now", place, "Run again.", error);
        }
        catch (AuthenticationFailedException error)
        {
            throw new ProblemException(ProblemKind.Connection, "no Entra ID token could be had", place,
                $"Give the app a managed identity (client_id names a user-assigned one) or log in with az login. {fix}", error);
        }
    }

    private static string? OfApp => Environment.GetEnvironmentVariable(ClientIdVariable) is { Length: > 0 } id ? id : null;

    private static bool IsPassing(Exception error)
    {
        for (Exception? cause = error; cause is not null; cause = cause.InnerException)
        {
            if (cause is RequestFailedException { Status: 429 or >= 500 } or MsalServiceException { StatusCode: 429 or >= 500 })
                return true;
        }

        return false;
    }
}
