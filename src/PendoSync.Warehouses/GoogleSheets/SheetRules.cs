using System.Net;
using System.Net.Http.Headers;
using PendoSync.Sources;
using PendoSync.Warehouses.Rest;

namespace PendoSync.Warehouses.GoogleSheets;

/// <summary>
/// Login with the read-only scope, and what the
/// Sheets API's answers mean (https://developers.google.com/workspace/sheets/api/troubleshoot-api-errors).
/// </summary>
/// <param name="context">Settings and secrets.</param>
/// <param name="endpoints">Where tokens are exchanged; null: Google's own.</param>
internal sealed class SheetRules(WarehouseContext context, GoogleEndpoints? endpoints) : IRestRules, IDisposable
{
    private const string Scope = "https://www.googleapis.com/auth/spreadsheets.readonly";
    private readonly GoogleLogin _login = new(context, new WarehouseProblems(context.Connection.Name).Place, endpoints);

    /// <inheritdoc/>
    public string Place { get; } = new WarehouseProblems(context.Connection.Name).Place;

    /// <inheritdoc/>
    public async ValueTask AuthorizeAsync(HttpRequestMessage request, bool refresh, CancellationToken ct) =>
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await _login.TokenAsync([Scope], refresh, ct));

    /// <summary>The quotas of the API are refilled every minute. https://developers.google.com/workspace/sheets/api/limits</summary>
    public TimeSpan? ThrottlePause => TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public RestVerdict Judge(RestAnswer answer) => answer.Status switch
    {
        HttpStatusCode.Unauthorized => RestVerdict.Unauthorized,
        HttpStatusCode.TooManyRequests => RestVerdict.Throttled,
        _ when answer.MayPass => RestVerdict.Transient,
        _ => RestVerdict.Failure,
    };

    /// <inheritdoc/>
    public Problem Explain(RestAnswer answer) => answer.Status switch
    {
        HttpStatusCode.BadRequest when answer.Envelope.Text("error.status") == "FAILED_PRECONDITION" =>
            new Problem(ProblemKind.Configuration,
            "the file is no Google spreadsheet, but an Excel or other file that is kept in Drive", Place,
            "Open it in Google Sheets, choose File > Save as Google Sheets, and write the new file's id into 'spreadsheet'."),
        HttpStatusCode.Unauthorized =>
            new Problem(ProblemKind.Configuration, "Google refuses the login", Place, "Correct the secret of 'credentials'."),
        HttpStatusCode.Forbidden => new Problem(ProblemKind.Configuration, "the service account may not read the spreadsheet", Place,
            "Share the spreadsheet with the service account's address as a viewer, and turn the Google Sheets API on in its project."),
        HttpStatusCode.NotFound =>
            new Problem(ProblemKind.Configuration, "there is no such spreadsheet", Place,
            "Correct 'spreadsheet': the part of its address between /d/ and /edit."),
        HttpStatusCode.BadRequest => new Problem(ProblemKind.Configuration, "there is no such sheet or range", Place,
            "Correct the model's table: a sheet's name, a range like 'My sheet'!A1:F, or a named range."),
        HttpStatusCode.TooManyRequests =>
            new Problem(ProblemKind.Throttled, "the quota of reads a minute is used up", Place,
            "Run again later, or set a larger 'page_size'."),
        var status when answer.MayPass =>
            new Problem(ProblemKind.Transient, $"Google Sheets cannot answer now ({(int)status})", Place, "Run again later."),
        var status =>
            new Problem(ProblemKind.Configuration, $"Google Sheets refused the request ({(int)status})", Place,
            "Check 'spreadsheet', and the proxies on the way there."),
    };

    /// <inheritdoc/>
    public void Dispose() => _login.Dispose();
}
