using System.Globalization;
using System.Text.Json;
using Azure.Core;
using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Values;
using PendoSync.Warehouses.JsonPages;
using PendoSync.Warehouses.Rest;
using PendoSync.Warehouses.Sql;

namespace PendoSync.Warehouses.Databricks;

/// <summary>
/// Databricks through the SQL Statement Execution API: a statement is submitted, polled while its warehouse starts and it runs, and read
/// chunk by chunk. https://docs.databricks.com/api/workspace/statementexecution
/// </summary>
internal sealed class DatabricksWarehouse : RestSqlWarehouse
{
    private const string Parameter = "pendosync_from";
    private readonly WarehouseContext _context;
    private readonly DatabricksRules _rules;

    private DatabricksWarehouse(WarehouseContext context, DatabricksRules rules, WarehouseProblems problems)
        : base(DatabricksDialect, problems, new RestCaller(rules, context.Clock, allowHttp: context.AllowsHttp())) =>
        (_context, _rules) = (context, rules);

    /// <summary>The registration.</summary>
    public static WarehouseType Type { get; } = new()
    {
        Name = "databricks",
        Title = "Databricks",
        Settings =
        [
            new("host", SettingKind.Text, "Workspace host, for example adb-1234567890123456.7.azuredatabricks.net.",
                Required: true, Source: true),
            new("warehouse_id", SettingKind.Text, "Id of the SQL warehouse that runs the query.", Required: true),
            new("token", SettingKind.Secret, "A personal access token."),
            new("client_id", SettingKind.Text,
                "Application id of a service principal; with auth: entra the client id of a user-assigned identity "
                + "in place of the app's own."),
            new("client_secret", SettingKind.Secret, "OAuth secret of the service principal."),
            new("auth", SettingKind.Text, "entra: the app's managed identity, or az login on a workstation, in place of token and client.",
                Values: ["entra"]),
            new("catalog", SettingKind.Text, "Catalog of names without one.", Source: true),
            new("schema", SettingKind.Text, "Schema of names without one.", Source: true),
            new("disposition", SettingKind.Text,
                "How results come: external_links from cloud storage, inline at most 25 MiB through the workspace, auto: inline for one "
                + "key and checks, else external_links.",
                Default: "auto", Values: ["auto", "external_links", "inline"]),
            new("endpoint", SettingKind.Text, "Base URL in place of https://host, for example a private link.", Source: true),
            RestSupport.AllowHttp,
        ],
        Rules = Check,
        SqlWords = SqlDialects.Databricks.Words,
        Create = context => Make(context, null),
    };

    private static SqlDialect DatabricksDialect { get; } = SqlDialects.Databricks with
    {
        Marker = ":" + Parameter,
        // A CHAR(n) comes with its padding, also as a string; other keys that differ in trailing blanks are told apart by whoever asked.
        // Nobody asks for the column's type first, so a decimal of a scale is met here too: its text is 7.00 where the key is 7.
        KeyIs = (column, _, marker) => $"rtrim(cast({column} as string)) = {marker} "
            + $"or try_cast({column} as decimal(38, 0)) = try_cast({marker} as decimal(38, 0))",
    };

    /// <summary>A warehouse that takes its Entra ID tokens from the credential; null: the machine's own.</summary>
    public static IWarehouse Make(WarehouseContext context, TokenCredential? credential) =>
        new DatabricksWarehouse(context, new DatabricksRules(context, credential), new WarehouseProblems(context.Connection.Name));

    /// <inheritdoc/>
    protected override async Task<JsonPageReader> ExecuteAsync(SqlStatement statement, CancellationToken ct)
    {
        var host = await _rules.EndpointAsync(ct);
        var body = await BodyAsync(statement, ct);
        // The API has no id that makes a repeated submission the same statement; reading twice harms nothing, the lost one is never
        // fetched.
        var submitted =
            await Caller.SendAsync(() =>
            new HttpRequestMessage(HttpMethod.Post, host + DatabricksPages.Path) { Content = RestSupport.Json(body) },
            DatabricksPages.Statement, ct);
        var pages = new DatabricksPages(Caller, _rules, _context.Clock, host, submitted);
        try
        {
            var columns = await pages.WaitAsync(ct);
            return new JsonPageReader(_rules.Place, [.. columns.EnumerateArray().Select(DatabricksColumns.Of)], new ArrayRow(), pages);
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
        var (token, client, secret, entra) = (settings.ContainsKey("token"), settings.ContainsKey("client_id"),
            settings.ContainsKey("client_secret"), settings.ContainsKey("auth"));
        if (entra ? secret : client != secret)
            yield return entra ? "auth: entra takes no client_secret." : "client_id and client_secret belong together.";
        if ((token ? 1 : 0) + (secret || (client && !entra) ? 1 : 0) + (entra ? 1 : 0) != 1)
            yield return "give one of token, client_id with client_secret, or auth: entra.";
    }

    private static object ParameterOf(object value)
    {
        var bound = value is CursorValue cursor ? cursor.Parameter : value;
        // https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-datatypes
        var type = bound switch
        {
            long => "BIGINT",
            decimal number => $"DECIMAL(38,{number.Scale.ToString(CultureInfo.InvariantCulture)})",
            DateOnly => "DATE",
            DateTime => "TIMESTAMP_NTZ",
            DateTimeOffset => "TIMESTAMP",
            _ => "STRING",
        };

        // Times have microseconds here; cut, not rounded up, so that a lower bound never misses a row.
        var text = RestSupport.ParameterText(bound);
        text = bound switch { DateTime => text[..^1], DateTimeOffset => text[..^2] + "Z", string => text.TrimEnd(' '), _ => text };
        return new { name = Parameter, type, value = text };
    }

    private async Task<Dictionary<string, object>> BodyAsync(SqlStatement statement, CancellationToken ct)
    {
        var disposition = await _context.GetAsync("disposition", ct);
        var small = statement.Parameter is string || statement.Text.EndsWith("limit 1", StringComparison.Ordinal)
            || statement.Text == "select 1";
        var body = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["statement"] = statement.Text,
            ["warehouse_id"] = (await _context.GetAsync("warehouse_id", ct))!,
            ["disposition"] = disposition == "inline" || (disposition == "auto" && small) ? "INLINE" : "EXTERNAL_LINKS",
            ["format"] = "JSON_ARRAY",
            ["wait_timeout"] = "10s",
            ["on_wait_timeout"] = "CONTINUE",
        };
        foreach (var name in (string[])["catalog", "schema"])
        {
            if (await _context.GetAsync(name, ct) is { } value)
                body[name] = value;
        }

        if (statement.Parameter is { } parameter)
            body["parameters"] = new[] { ParameterOf(parameter) };
        return body;
    }
}
