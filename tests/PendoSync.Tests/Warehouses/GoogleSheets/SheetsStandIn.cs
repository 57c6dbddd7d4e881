using System.Collections.Specialized;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Web;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using PendoSync.Tests.Warehouses.PagingKit;

namespace PendoSync.Tests.Warehouses.GoogleSheets;

/// <summary>
/// The Sheets API's documented contract over a sheet "people" of the suite's rows: a token for a signed assertion, ranges answered with
/// both corners, empty cells and rows left out at the end, dates as serial numbers in the spreadsheet's zone.
/// </summary>
internal sealed partial class SheetsStandIn(IReadOnlyList<SuiteRow> rows) : StandInServer
{
    private static readonly RSA Key = RSA.Create(2048);
    private static readonly DateTime Epoch = new(1899, 12, 30);
    private readonly object?[] _header = ["id", "name", "amount", "updated_at", "active"];

    public const string Spreadsheet = "sheet-id";

    private const string Email = "reader@p.iam.gserviceaccount.com";

    /// <summary>The service account's JSON.</summary>
    public string Credentials => JsonSerializer.Serialize(new
    {
        type = "service_account",
        project_id = "p",
        private_key_id = "planted-sheets-key",
        private_key = Key.ExportPkcs8PrivateKeyPem(),
        client_email = Email,
        client_id = "1",
        token_uri = Url + "/token",
    });

    /// <summary>The token that lets in.</summary>
    public string Bearer { get; init; } = "token-1";

    /// <summary>Cells in place of the suite's rows, the header left out.</summary>
    public List<object?[]>? Cells { get; set; }

    /// <summary>The number format of each column.</summary>
    public string?[] Formats { get; set; } = [null, null, "NUMBER", "DATE_TIME", null];

    /// <summary>The spreadsheet's zone.</summary>
    public TimeZoneInfo Zone { get; set; } = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    private int Count => Cells?.Count ?? rows.Count;

    protected override StandInAnswer Answer(SeenRequest request)
    {
        if (request.Path == "/token")
            return IsSignedByKey(HttpUtility.ParseQueryString(request.Body))
                ? StandInAnswer.Json(new { access_token = "token-1", expires_in = 3600, token_type = "Bearer" })
                : StandInAnswer.Json(new { error = "invalid_grant" }, 400);
        if (request.Header("Authorization") != "Bearer " + Bearer)
            return Error(401, "UNAUTHENTICATED");
        const string Base = "/v4/spreadsheets/" + Spreadsheet;
        if (!request.Path.StartsWith(Base, StringComparison.Ordinal))
            return Error(404, "NOT_FOUND");
        if (request.Path == Base)
            return Meta(request);
        return request.Path.StartsWith(Base + "/values/", StringComparison.Ordinal)
            ? Values(request.Path[(Base.Length + "/values/".Length)..], request) : Error(404, "NOT_FOUND");
    }

    // https://developers.google.com/identity/protocols/oauth2/service-account#httprest
    private static bool IsSignedByKey(NameValueCollection form) => form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
        && new JsonWebTokenHandler().ValidateTokenAsync(form["assertion"], new TokenValidationParameters
        {
            ValidIssuer = Email,
            ValidAudience = "https://oauth2.googleapis.com/token",
            ValidateLifetime = false,
            ValidAlgorithms = ["RS256"],
            IssuerSigningKey = new RsaSecurityKey(Key),
        }).GetAwaiter().GetResult().IsValid;

    private static StandInAnswer Error(int status, string name) =>
        StandInAnswer.Json(new { error = new { code = status, message = "of ann@example.com", status = name } }, status);

    private StandInAnswer Meta(SeenRequest request)
    {
        if (request.Parameter("fields") == "spreadsheetId")
            return StandInAnswer.Json(new { spreadsheetId = Spreadsheet });
        var (first, last) = Corners(request.Parameter("ranges")!)!.Value;
        return StandInAnswer.Json(new
        {
            properties = new { timeZone = Zone.Id },
            sheets = new[]
            {
                new
                {
                    data = new[]
                    {
                        new
                        {
                            rowData = Rows(first, last).Select(row => new
                            {
                                values = row.Select((cell, i) => Formats[i] is { } type
                                    ? (object)new { formattedValue = Convert.ToString(cell, CultureInfo.InvariantCulture),
                                        effectiveFormat = new { numberFormat = new { type } } }
                                    : new { formattedValue = Convert.ToString(cell, CultureInfo.InvariantCulture) }),
                            }),
                        },
                    },
                },
            },
        });
    }

    private StandInAnswer Values(string range, SeenRequest request)
    {
        if (range is not "people" && Corners(range) is null)
            return Error(400, "INVALID_ARGUMENT");
        var (first, last) = range == "people" ? (1, Count + 3) : Corners(range)!.Value;
        var resolved = $"people!A{first}:E{last}";
        if (request.Parameter("fields") == "range")
            return StandInAnswer.Json(new { range = resolved });
        if (last > Count + 3 || request.Parameter("valueRenderOption") != "UNFORMATTED_VALUE"
            || request.Parameter("dateTimeRenderOption") != "SERIAL_NUMBER")
            return Error(400, "INVALID_ARGUMENT");
        var found = Rows(first, last);
        return found.Count == 0
            ? StandInAnswer.Json(new { range = resolved, majorDimension = "ROWS" })
            : StandInAnswer.Json(new { range = resolved, majorDimension = "ROWS", values = found });
    }

    private List<object?[]> Rows(int first, int last)
    {
        var found = new List<object?[]>();
        for (var row = first; row <= Math.Min(last, Count + 1); row++)
            found.Add(Trim(row == 1 ? _header : Cells?[row - 2] ?? RowOf(rows[row - 2])));
        while (found.Count > 0 && found[^1].Length == 0)
            found.RemoveAt(found.Count - 1);
        return found;
    }

    private static object?[] Trim(object?[] row) =>
        [.. row.Take(Array.FindLastIndex(row, c => c is not (null or "")) + 1).Select(c => c ?? "")];

    private object?[] RowOf(SuiteRow row) =>
        [row.Id, row.Name, (double?)row.Amount, row.UpdatedAt is { } at ? (TimeZoneInfo.ConvertTime(at, Zone).DateTime - Epoch).TotalDays
            : null, row.Active];

    private static (int First, int Last)? Corners(string range) => Pattern().Match(range) is { Success: true } match
        ? (int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture))
        : null;

    [GeneratedRegex("^people!A([0-9]+):E([0-9]+)$")]
    private static partial Regex Pattern();
}
