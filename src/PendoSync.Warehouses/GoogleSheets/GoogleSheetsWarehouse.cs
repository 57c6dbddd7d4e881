using System.Data.Common;
using System.Text.Json;
using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Warehouses.JsonPages;
using PendoSync.Warehouses.Rest;

namespace PendoSync.Warehouses.GoogleSheets;

/// <summary>
/// A sheet, a range or a named range of a Google spreadsheet; its first row names the columns. Values come unformatted, block by block
/// (https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets.values/get); which columns are dates, and the zone,
/// from the spreadsheet itself (https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/get).
/// </summary>
internal sealed class GoogleSheetsWarehouse : IWarehouse
{
    private const string Vendor = "https://sheets.googleapis.com";
    private const int FormatRows = 20;
    private readonly WarehouseContext _context;
    private readonly WarehouseProblems _problems;
    private readonly SheetRules _rules;
    private readonly RestCaller _caller;

    private GoogleSheetsWarehouse(WarehouseContext context, GoogleEndpoints? endpoints)
    {
        (_context, _problems, _rules) = (context, new WarehouseProblems(context.Connection.Name), new SheetRules(context, endpoints));
        _caller = new RestCaller(_rules, context.Clock, allowHttp: context.AllowsHttp());
    }

    /// <summary>How it is declared.</summary>
    public static WarehouseType Type { get; } = new()
    {
        Name = "google_sheets",
        Title = "Google Sheets",
        HasSql = false,
        Settings =
        [
            new("spreadsheet", SettingKind.Text, "Id of the spreadsheet: the part of its address between /d/ and /edit.",
                Required: true, Source: true),
            new("credentials", SettingKind.Secret, "JSON key file of a service account the spreadsheet is shared with."),
            .. GoogleLogin.Settings,
            new("page_size", SettingKind.Number, "Rows a call.", Default: "10000"),
            new("endpoint", SettingKind.Text, "Base URL in place of Google's.", Source: true),
            RestSupport.AllowHttp,
        ],
        Rules = settings => GoogleLogin.Check(settings).Concat(RestSupport.Readable(settings, "endpoint"))
            .Concat(settings.ContainsKey("credentials") || settings.ContainsKey("workload_identity") ? []
                : ["give credentials, or workload_identity."]),
        Create = context => Make(context, null),
    };

    /// <summary>A warehouse that exchanges its tokens there; null: with Google.</summary>
    public static IWarehouse Make(WarehouseContext context, GoogleEndpoints? endpoints) => new GoogleSheetsWarehouse(context, endpoints);

    /// <inheritdoc/>
    public async Task<DbDataReader> OpenAsync(Model model, ReadFrom? from, CancellationToken ct)
    {
        var table = model.Table
            ?? throw _problems.Configuration("Google Sheets has no SQL", "Give the model a table: a sheet, a range or a named range.");
        var url = await UrlAsync(ct);
        var range = await RangeAsync(url, table, ct);
        var columns = await ColumnsAsync(url, range, ct);
        var known = columns.Select((c, i) => new WarehouseColumn(i, c.Name, c.Type.Kind, c.SystemType)).ToList();
        var ordinal = from is null ? 0 : _problems.Find(known, from.Cursor?.Column ?? from.Key!.Column).Ordinal;
        var names = columns.Select(c => c.Name).ToList();
        var pages = new SheetPages(_caller, url, range, new SheetFilter(from, ordinal, (SheetType)columns[ordinal].Type),
            await SizeAsync(ct), token => EnsureHeaderAsync(url, range, names, token));
        return new JsonPageReader(_problems.Place, columns, new ArrayRow(mayBeShort: true), pages);
    }

    /// <inheritdoc/>
    public async Task CheckAsync(Model? model, CancellationToken ct)
    {
        var url = await UrlAsync(ct);
        if (model?.Table is { } table)
            await ColumnsAsync(url, await RangeAsync(url, table, ct), ct);
        else
            (await GetAsync($"{url}?fields=spreadsheetId", RestContract.Of("spreadsheetId"), ct)).Dispose();
    }

    /// <inheritdoc/>
    public bool IsTransient(Exception error) =>
        error is ProblemException { Problem.Kind: ProblemKind.Transient or ProblemKind.Throttled } or HttpRequestException or IOException;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _caller.Dispose();
        _rules.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task<RestAnswer> GetAsync(string url, RestContract contract, CancellationToken ct) =>
        _caller.SendAsync(() => new HttpRequestMessage(HttpMethod.Get, url), contract, ct);

    private async ValueTask<string> UrlAsync(CancellationToken ct)
    {
        var url = (await _context.GetAsync("endpoint", ct) ?? Vendor).TrimEnd('/');
        return Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http"
            ? $"{url}/v4/spreadsheets/{Uri.EscapeDataString((await _context.GetAsync("spreadsheet", ct))!)}"
            : throw _problems.Configuration("'endpoint' is not an http(s) address",
                "Write it like https://sheets.example.com, or leave it out.");
    }

    // The API answers a sheet's name, an open range or a named range with both its corners.
    private async Task<SheetRange> RangeAsync(string url, string table, CancellationToken ct)
    {
        using var answer = await GetAsync($"{url}/values/{Uri.EscapeDataString(table)}?fields=range", RestContract.Of("range"), ct);
        return SheetRange.Parse(answer.Envelope.Text("range") ?? "")
            ?? throw _problems.Configuration("the model's table is no range of cells",
            "Give a sheet's name, or a range like 'My sheet'!A1:F.");
    }

    private async Task<List<JsonColumn>> ColumnsAsync(string url, SheetRange range, CancellationToken ct)
    {
        var formatted = Uri.EscapeDataString(range.Rows(range.FirstRow, FormatRows + 1));
        using var answer = await GetAsync(
            $"{url}?ranges={formatted}&fields=properties.timeZone,"
                + "sheets.data.rowData.values(formattedValue,effectiveFormat.numberFormat.type)",
            new RestContract(a => RestContract.Missing(a, "properties.timeZone", "sheets")
                ?? (RowsOf(a.Envelope.Element("sheets")) is null ? "its 'sheets.data'" : null)), ct);
        var zone = ZoneOf(answer.Envelope.Text("properties.timeZone")!);
        var rows = RowsOf(answer.Envelope.Element("sheets"))!;
        var columns = new List<JsonColumn>();
        foreach (var (name, i) in NamesOf(rows).Select((name, i) => (name, i)))
        {
            if (columns.Exists(c => c.Name == name))
                throw _problems.Configuration($"two columns of the sheet are named '{name}'",
                    "Give each column of the header row a name of its own.");
            var format = rows.Skip(1).Where(r => i < r.Count && Member(r[i], "formattedValue") is { Length: > 0 })
                .Select(r => FormatOf(r[i])).FirstOrDefault();
            columns.Add(new JsonColumn(name, format ?? "value", new SheetType(format, zone)));
        }

        return columns.Count > 0 ? columns
            : throw _problems.Configuration("the sheet has no header row",
            "Put the columns' names into the first row of the sheet or range.");
    }

    private async Task EnsureHeaderAsync(string url, SheetRange range, List<string> names, CancellationToken ct)
    {
        using var answer = await GetAsync(
            $"{url}?ranges={Uri.EscapeDataString(range.Rows(range.FirstRow, 1))}&fields=sheets.data.rowData.values.formattedValue",
            new RestContract(a => RowsOf(a.Envelope.Element("sheets")) is null ? "its 'sheets.data'" : null), ct);
        if (!NamesOf(RowsOf(answer.Envelope.Element("sheets"))!).Take(names.Count).SequenceEqual(names, StringComparer.Ordinal))
            throw _problems.Transient("the header row of the sheet was changed while it was read", "Run again.");
    }

    // A column without header cannot be named; it is kept so that those after it stay in place.
    private static IEnumerable<string> NamesOf(List<List<JsonElement>> rows) => (rows.Count > 0 ? rows[0] : []).Select((cell, i) =>
        Member(cell, "formattedValue") is { } header && !string.IsNullOrWhiteSpace(header) ? header.Trim() : $"column_{i + 1}");

    private TimeZoneInfo ZoneOf(string id) => TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone)
        ? zone
        : throw _problems.Configuration($"the spreadsheet's time zone '{id}' is not known here",
            "Choose a city's time zone in File > Settings of the spreadsheet.");

    private async ValueTask<int> SizeAsync(CancellationToken ct) =>
        int.TryParse(await _context.GetAsync("page_size", ct), out var size) && size > 0
            ? size
            : throw _problems.Configuration("'page_size' is not a positive whole number", "Correct 'page_size'.");

    // Null: not what is documented. A sheet without anything in it has no 'rowData'.
    private static List<List<JsonElement>>? RowsOf(JsonElement? sheets) =>
        sheets is not { ValueKind: JsonValueKind.Array } all || all.GetArrayLength() == 0 || !all[0].TryGetProperty("data", out var data)
            || data.ValueKind != JsonValueKind.Array || data.GetArrayLength() == 0 ? null
        : data[0].TryGetProperty("rowData", out var rows)
            ? rows.EnumerateArray().Select(r => r.TryGetProperty("values", out var values) ? values.EnumerateArray().ToList() : []).ToList()
            : [];

    private static string? Member(JsonElement cell, string name) => cell.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static string? FormatOf(JsonElement cell) =>
        cell.TryGetProperty("effectiveFormat", out var format) && format.TryGetProperty("numberFormat", out var number)
            ? Member(number, "type") : null;
}
