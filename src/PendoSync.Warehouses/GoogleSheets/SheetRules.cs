using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Google.Apis.Auth.OAuth2;
using Google.Apis.Auth.OAuth2.Responses;
using PendoSync.Sources;
using PendoSync.Warehouses.Rest;

namespace PendoSync.Warehouses.GoogleSheets;

/// <summary>
/// Login as a service account (https://developers.google.com/identity/protocols/oauth2/service-account) with the read-only scope, and what the
/// Sheets API's answers mean (https://developers.google.com/workspace/sheets/api/troubleshoot-api-errors).
/// </summary>
internal sealed class SheetRules(WarehouseContext context) : IRestRules, IDisposable
{
    private const string Scope = "https://www.googleapis.com/auth/spreadsheets.readonly";
    private readonly SemaphoreSlim _making = new(1, 1);
    private ITokenAccess? _credential;

    /// <inheritdoc/>
    public string Place { get; } = new WarehouseProblems(context.Connection.Name).Place;

    /// <inheritdoc/>
    public async ValueTask AuthorizeAsync(HttpRequestMessage request, bool refresh, CancellationToken ct)
    {
        await _making.WaitAsync(ct);
        try
        {
            if (refresh || _credential is null)
                _credential = await MakeAsync(refresh, ct);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await _credential.GetAccessTokenForRequestAsync(null, ct));
        }
        catch (TokenResponseException)
        {
            throw new ProblemException(ProblemKind.Connection, "Google refuses the service account's key", Place,
                "See that the service account and its key exist and are enabled, and that this machine's clock is right.");
        }
        finally
        {
            _making.Release();
        }
    }

    /// <inheritdoc/>
    public RestVerdict Judge(RestAnswer answer) => answer.Status switch
    {
        _ when answer.IsSuccess => RestVerdict.Success,
        HttpStatusCode.Unauthorized => RestVerdict.Unauthorized,
        HttpStatusCode.TooManyRequests => RestVerdict.Throttled,
        >= HttpStatusCode.InternalServerError => RestVerdict.Transient,
        _ => RestVerdict.Failure,
    };

    /// <inheritdoc/>
    public Problem Explain(RestAnswer answer) => answer.Status switch
    {
        HttpStatusCode.Unauthorized => new Problem(ProblemKind.Connection, "Google refuses the login", Place, "Correct the secret of 'credentials'."),
        HttpStatusCode.Forbidden => new Problem(ProblemKind.Configuration, "the service account may not read the spreadsheet", Place,
            "Share the spreadsheet with the service account's address as a viewer, and turn the Google Sheets API on in its project."),
        HttpStatusCode.NotFound => new Problem(ProblemKind.Configuration, "there is no such spreadsheet", Place, "Correct 'spreadsheet': the part of its address between /d/ and /edit."),
        HttpStatusCode.BadRequest => new Problem(ProblemKind.Configuration, "there is no such sheet or range", Place,
            "Correct the model's table: a sheet's name, a range like 'My sheet'!A1:F, or a named range."),
        HttpStatusCode.TooManyRequests => new Problem(ProblemKind.Throttled, "the quota of reads a minute is used up", Place, "Run again later, or set a larger 'page_size'."),
        var status => new Problem((int)status >= 500 ? ProblemKind.Transient : ProblemKind.Configuration, $"Google Sheets does not answer as it should ({(int)status})", Place, "Run again later."),
    };

    /// <inheritdoc/>
    public void Dispose() => _making.Dispose();

    private async Task<ITokenAccess> MakeAsync(bool refresh, CancellationToken ct)
    {
        var json = await context.Connection.Settings["credentials"].ResolveAsync(context.Secrets, refresh, ct);
        try
        {
            // Only this kind of file: others could make this process call addresses of their own.
            return CredentialFactory.FromJson<ServiceAccountCredential>(json).ToGoogleCredential().CreateScoped(Scope);
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException or FormatException or JsonException or System.Security.Cryptography.CryptographicException
            || error.GetType().Namespace?.StartsWith("Newtonsoft", StringComparison.Ordinal) == true)
        {
            // The cause stays out: it may quote the key.
            throw new ProblemException(ProblemKind.Configuration, "the service account's JSON cannot be read", Place, "Store the whole JSON file of the service account's key in the secret.");
        }
    }
}
