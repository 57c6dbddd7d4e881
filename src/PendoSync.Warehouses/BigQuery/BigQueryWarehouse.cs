using System.Globalization;
using System.Text.RegularExpressions;
using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Values;
using PendoSync.Warehouses.JsonPages;
using PendoSync.Warehouses.Rest;
using PendoSync.Warehouses.Sql;

namespace PendoSync.Warehouses.BigQuery;

/// <summary>
/// BigQuery through jobs.query, its result page by page through jobs.getQueryResults; what a query would read is known from a dry run,
/// which costs nothing. https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/query
/// </summary>
internal sealed partial class BigQueryWarehouse : RestSqlWarehouse
{
    private readonly WarehouseContext _context;
    private readonly string _place;

    private BigQueryWarehouse(WarehouseContext context, WarehouseProblems problems, GoogleEndpoints? endpoints)
        : base(BigQueryDialect, problems, new RestCaller(new BigQueryRules(context, endpoints), context.Clock,
            allowHttp: context.AllowsHttp())) =>
            (_context, _place) = (context, problems.Place);

    /// <summary>The registration.</summary>
    public static WarehouseType Type { get; } = new()
    {
        Name = "bigquery",
        Title = "Google BigQuery",
        Settings =
        [
            new("project", SettingKind.Text, "Project that runs the queries and pays for them.", Required: true, Source: true),
            new("dataset", SettingKind.Text, "Dataset of names without one.", Source: true),
            new("location", SettingKind.Text, "Where the data is, for example EU; needed outside the US and EU multi-regions."),
            new("credentials", SettingKind.Secret,
                "JSON of a service account or of workload identity federation; application default credentials when missing."),
            .. GoogleLogin.Settings,
            new("drive", SettingKind.Flag,
                "true: tables over Google Sheets and other files of Drive can be read (asks for the scope drive.readonly).",
                Default: "false"),
            new("maximum_bytes_billed", SettingKind.Number,
                "A query that would be billed for more bytes is refused by BigQuery and costs nothing."),
            new("labels", SettingKind.Text, "Labels of the jobs, as team=growth,app=pendosync, for example to find them in the bill."),
            new("endpoint", SettingKind.Text, "Base URL in place of https://bigquery.googleapis.com, for example a private endpoint.",
                Source: true),
            RestSupport.AllowHttp,
        ],
        Rules = Check,
        SqlWords = SqlDialects.BigQuery.Words,
        Create = context => Make(context, null),
    };

    /// <summary>A warehouse that exchanges its tokens there; null: with Google.</summary>
    public static IWarehouse Make(WarehouseContext context, GoogleEndpoints? endpoints) =>
        new BigQueryWarehouse(context, new WarehouseProblems(context.Connection.Name), endpoints);

    private static SqlDialect BigQueryDialect { get; } = SqlDialects.BigQuery with { Marker = "@" + Parameter };

    private const string Parameter = "pendosync_from";

    private static readonly RestContract DryRun = RestContract.Of("totalBytesProcessed");

    /// <inheritdoc/>
    public override async Task CheckAsync(Model? model, CancellationToken ct)
    {
        // A dry run checks names, SQL and grants; a sample with LIMIT would be billed for the whole table.
        using var answer = await DryRunAsync(model is null ? "select 1" : Dialect.SelectAll(model), ct);
    }

    /// <inheritdoc/>
    public override async Task<string?> EstimateAsync(Model model, CancellationToken ct)
    {
        using var answer = await DryRunAsync(Dialect.SelectAll(model), ct);
        return answer.Envelope.Text("totalBytesProcessed") is { } text
            && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var bytes)
            ? Amount(bytes) + " processed"
            : null;
    }

    /// <inheritdoc/>
    protected override async Task<JsonPageReader> ExecuteAsync(SqlStatement statement, CancellationToken ct)
    {
        var answer = await QueryAsync(statement, dryRun: false, ct);
        var pages = new BigQueryPages(Caller, _context.Clock, await ProjectUrlAsync(ct), answer);
        try
        {
            var schema = await pages.WaitAsync(ct);
            return new JsonPageReader(_place, [.. schema.EnumerateArray().Select(BigQueryColumns.Of)], new BigQueryRow(), pages);
        }
        catch
        {
            await pages.DisposeAsync();
            throw;
        }
    }

    private static IEnumerable<string> Check(IReadOnlyDictionary<string, SecretText> settings)
    {
        foreach (var broken in RestSupport.Readable(settings, "endpoint"))
            yield return broken;
        foreach (var broken in GoogleLogin.Check(settings))
            yield return broken;
        if (settings.TryGetValue("maximum_bytes_billed", out var most)
            && !(long.TryParse(most.Template, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) && bytes > 0))
            yield return "maximum_bytes_billed is a positive whole number of bytes.";
        if (settings.TryGetValue("labels", out var labels) && !LabelList().IsMatch(labels.Template))
            yield return "labels are key=value with commas between; keys and values have lower-case letters, "
                + "digits, '_' and '-', at most 63.";
    }

    private static Dictionary<string, string> Labels(string text) =>
        text.Split(',').Select(l => l.Trim().Split('=')).ToDictionary(l => l[0], l => l[1], StringComparer.Ordinal);

    // https://cloud.google.com/bigquery/docs/labels-intro#requirements
    [GeneratedRegex(@"^\s*\p{Ll}[\p{Ll}0-9_-]{0,62}=[\p{Ll}0-9_-]{0,63}\s*(,\s*\p{Ll}[\p{Ll}0-9_-]{0,62}=[\p{Ll}0-9_-]{0,63}\s*)*$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex LabelList();

    private static string Amount(double bytes)
    {
        string[] units = ["B", "KB", "MB", "GB", "TB", "PB"];
        var unit = 0;
        for (; bytes >= 1000 && unit < units.Length - 1; unit++)
            bytes /= 1000;
        return bytes.ToString(unit == 0 ? "0" : "0.0", CultureInfo.InvariantCulture) + " " + units[unit];
    }

    private static object ParameterOf(object value)
    {
        var bound = value is CursorValue cursor ? cursor.Parameter : value;
        var type = bound switch
        {
            long => "INT64",
            decimal => "BIGNUMERIC",
            DateOnly => "DATE",
            DateTime => "DATETIME",
            DateTimeOffset => "TIMESTAMP",
            _ => "STRING",
        };

        // Times have microseconds here; cut, not rounded up, so that a lower bound never misses a row.
        var text = RestSupport.ParameterText(bound);
        text = bound switch { DateTime => text[..^1], DateTimeOffset => text[..^2] + "Z", _ => text };
        return new { name = Parameter, parameterType = new { type }, parameterValue = new { value = text } };
    }

    private Task<RestAnswer> DryRunAsync(string sql, CancellationToken ct) => QueryAsync(new SqlStatement(sql, null), dryRun: true, ct);

    private async Task<RestAnswer> QueryAsync(SqlStatement statement, bool dryRun, CancellationToken ct)
    {
        var project = await _context.GetAsync("project", ct);
        var body = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["query"] = statement.Text,
            ["useLegacySql"] = false,
            ["useQueryCache"] = true,
            ["maxResults"] = BigQueryPages.RowsPerPage,
            ["timeoutMs"] = BigQueryPages.WaitMilliseconds,
            ["dryRun"] = dryRun,
            ["formatOptions"] = new { useInt64Timestamp = true },
            // A repeated call with the same id within 15 minutes finds the same job.
            ["requestId"] = Guid.NewGuid().ToString(),
        };
        if (await _context.GetAsync("location", ct) is { } location)
            body["location"] = location;
        if (await _context.GetAsync("dataset", ct) is { } dataset)
            body["defaultDataset"] = new { projectId = project, datasetId = dataset };
        if (await _context.GetAsync("maximum_bytes_billed", ct) is { } most)
            body["maximumBytesBilled"] = most;
        if (await _context.GetAsync("labels", ct) is { } labels)
            body["labels"] = Labels(labels);
        if (statement.Parameter is { } parameter)
            (body["parameterMode"], body["queryParameters"]) = ("NAMED", new[] { ParameterOf(parameter) });
        var url = await ProjectUrlAsync(ct) + "/queries";
        return await Caller.SendAsync(() => new HttpRequestMessage(HttpMethod.Post, url) { Content = RestSupport.Json(body) }, dryRun
            ? DryRun : BigQueryPages.FirstPage, ct);
    }

    private async ValueTask<string> ProjectUrlAsync(CancellationToken ct) =>
        await _context.EndpointAsync(() => ValueTask.FromResult("https://bigquery.googleapis.com"), ct)
        + "/bigquery/v2/projects/" + Uri.EscapeDataString((await _context.GetAsync("project", ct))!);
}
