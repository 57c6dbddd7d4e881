using System.Data.Common;
using System.Net.Http.Json;
using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Warehouses.JsonPages;
using PendoSync.Warehouses.Rest;
using PendoSync.Warehouses.Sql;

namespace PendoSync.Warehouses.Elasticsearch;

/// <summary>
/// Elasticsearch. An index model is read from a point in time with search_after, so that rows neither repeat nor get lost while the index
/// changes (https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-open-point-in-time); a SQL model through the SQL API and
/// its cursor (https://www.elastic.co/docs/reference/query-languages/sql/sql-rest-pagination). A column is <c>_id</c> or a field by its
/// dotted path.
/// </summary>
internal sealed class ElasticWarehouse : IWarehouse
{
    private readonly WarehouseContext _context;
    private readonly ElasticRules _rules;
    private readonly WarehouseProblems _problems;
    private readonly RestCaller _caller;

    private ElasticWarehouse(WarehouseContext context)
    {
        (_context, _rules, _problems) = (context, new ElasticRules(context), new WarehouseProblems(context.Connection.Name));
        _caller = new RestCaller(_rules, context.Clock, allowHttp: context.AllowsHttp(), handler: ElasticTrust.Handler(context, _problems));
    }

    /// <summary>How it is declared.</summary>
    public static WarehouseType Type { get; } = new()
    {
        Name = "elasticsearch",
        Title = "Elasticsearch",
        Settings =
        [
            new("url", SettingKind.Text, "Base URL, for example https://es.example.com:9200.", Required: true, Source: true),
            RestSupport.AllowHttp,
            new("api_key", SettingKind.Secret, "API key in its encoded form."),
            new("user", SettingKind.Text, "User for basic authentication."),
            new("password", SettingKind.Secret, "The user's password."),
            new("token", SettingKind.Secret, "Bearer token of a service account or the token service."),
            new("ca_file", SettingKind.File, "PEM file with the certificate authority of the cluster, when the machine does not trust it."),
            new("page_size", SettingKind.Number, "Rows a page, at most 10000 unless the index allows more.", Default: "1000"),
        ],
        Rules = Check,
        SqlWords = SqlDialects.Elasticsearch.Words,
        Create = context => new ElasticWarehouse(context),
    };

    /// <inheritdoc/>
    public async Task<DbDataReader> OpenAsync(Model model, ReadFrom? from, CancellationToken ct) =>
        model.Table is null ? await OpenSqlAsync(model, from, ct) : await OpenIndexAsync(model.Table, from, null, ct);

    /// <inheritdoc/>
    public async Task CheckAsync(Model? model, CancellationToken ct)
    {
        if (model is null)
        {
            await CheckLoginAsync(ct);
            return;
        }

        await using var reader = model.Table is null ? await OpenSqlAsync(model, null, ct, size: 1)
            : await OpenIndexAsync(model.Table, null, 1, ct);
        await reader.ReadAsync(ct);
    }

    /// <inheritdoc/>
    public bool IsTransient(Exception error) =>
        error is ProblemException { Problem.Kind: ProblemKind.Transient or ProblemKind.Throttled } or HttpRequestException or IOException;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _caller.Dispose();
        return ValueTask.CompletedTask;
    }

    private static IEnumerable<string> Check(IReadOnlyDictionary<string, SecretText> settings)
    {
        var (key, user, token) = (settings.ContainsKey("api_key"), settings.ContainsKey("user"), settings.ContainsKey("token"));
        if ((key ? 1 : 0) + (user ? 1 : 0) + (token ? 1 : 0) > 1)
            yield return "give one of api_key, user with password, or token";
        if (user != settings.ContainsKey("password"))
            yield return "user and password belong together";
        foreach (var broken in key || user || token ? RestSupport.Readable(settings, "url") : [])
            yield return broken;
    }

    private async Task<JsonPageReader> OpenIndexAsync(string index, ReadFrom? from, int? rows, CancellationToken ct)
    {
        var url = await _rules.UrlAsync(ct);
        var path = $"{url}/{Uri.EscapeDataString(index)}";
        ElasticFields fields;
        using (var mapping = await _caller.SendAsync(() => new HttpRequestMessage(HttpMethod.Get, path + "/_mapping"),
            ElasticFields.Contract(index), ct))
            fields = ElasticFields.Of(mapping, index, _problems);
        var query = from is null ? null : ElasticQuery.Of(from, fields, _problems);
        string point;
        using (var opened = await _caller.SendAsync(() =>
            new HttpRequestMessage(HttpMethod.Post, $"{path}/_pit?keep_alive={ElasticSearchPages.KeepAlive}"), RestContract.Of("id"), ct))
            point = opened.Envelope.Text("id")!;
        var pages = new ElasticSearchPages(_caller, _problems, url, point, fields, query, rows ?? await SizeAsync(ct));
        return new JsonPageReader(_problems.Place, fields.Columns, new HitRow(fields), pages);
    }

    private async Task<JsonPageReader> OpenSqlAsync(Model model, ReadFrom? from, CancellationToken ct, int? size = null)
    {
        var url = await _rules.UrlAsync(ct);
        var statement = SqlDialects.Elasticsearch.Select(model, from);
        var body = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["query"] = statement.Text,
            ["fetch_size"] = size ?? await SizeAsync(ct),
            ["time_zone"] = "Z",
            // A field with several values is an error instead of the first of them.
            ["field_multi_value_leniency"] = false,
        };
        if (statement.Parameter is { } value)
            body["params"] = new[] { ElasticQuery.ValueOf(value) };
        var first = await _caller.SendAsync(() =>
            new HttpRequestMessage(HttpMethod.Post, url + "/_sql?format=json") { Content = JsonContent.Create(body) },
            ElasticSqlPages.First, ct);
        var types = first.Envelope.Element("columns")!.Value.EnumerateArray()
            .Select(c => ElasticTypes.OfSql(c.GetProperty("name").GetString()!, c.GetProperty("type").GetString()!)).ToList();
        return new JsonPageReader(_problems.Place, types, new ArrayRow(), new ElasticSqlPages(_caller, url, first));
    }

    // The first call needs a valid login and no privilege
    // (https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-security-authenticate). A cluster without security does not
    // know it; then the cluster itself says whether it is one.
    private async Task CheckLoginAsync(CancellationToken ct)
    {
        var url = await _rules.UrlAsync(ct);
        using var login = await _caller.SendAsync(() => new HttpRequestMessage(HttpMethod.Get, $"{url}/_security/_authenticate"),
            ElasticRules.Login, ct);
        if (login.IsSuccess)
            return;
        (await _caller.SendAsync(() => new HttpRequestMessage(HttpMethod.Get, url + "/"), RestContract.Of("version", "cluster_uuid"), ct))
            .Dispose();
    }

    private async ValueTask<int> SizeAsync(CancellationToken ct) =>
        int.TryParse(await _context.GetAsync("page_size", ct), out var size) && size > 0
            ? size
            : throw _problems.Configuration("'page_size' is not a positive whole number", "Correct 'page_size'.");
}
