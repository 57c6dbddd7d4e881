using System.Globalization;
using System.Net;
using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Values;
using PendoSync.Warehouses.JsonPages;
using PendoSync.Warehouses.Rest;
using PendoSync.Warehouses.Sql;

namespace PendoSync.Warehouses.Snowflake;

/// <summary>
/// Snowflake through its SQL API v2: a statement is submitted, polled by its handle, and its result fetched partition by partition.
/// https://docs.snowflake.com/en/developer-guide/sql-api/submitting-requests and …/handling-responses
/// </summary>
internal sealed class SnowflakeWarehouse : RestSqlWarehouse
{
    private const int NumberScale = 10;

    private static readonly RestContract Submitted = new(answer => RestContract.Missing(answer, "statementHandle"), HttpStatusCode.OK,
        HttpStatusCode.Accepted);

    private readonly WarehouseContext _context;

    private SnowflakeWarehouse(WarehouseContext context, WarehouseProblems problems)
        : base(SnowflakeDialect, problems, new RestCaller(new SnowflakeRules(context), context.Clock,
            allowHttp: context.AllowsHttp())) => _context = context;

    /// <summary>The registration.</summary>
    public static WarehouseType Type { get; } = new()
    {
        Name = "snowflake",
        Title = "Snowflake",
        Settings =
        [
            new("account", SettingKind.Text, "Account identifier, as in ORGANIZATION-ACCOUNT.snowflakecomputing.com.",
                Required: true, Source: true),
            new("user", SettingKind.Text, "Login name of the user the key pair belongs to."),
            new("private_key", SettingKind.Secret, "The user's RSA private key in PEM."),
            new("private_key_passphrase", SettingKind.Secret, "Passphrase of an encrypted private key."),
            new("token", SettingKind.Secret, "A programmatic access token or an OAuth access token, in place of the key pair."),
            new("token_type", SettingKind.Text, "What the token is.", Default: "pat", Values: ["pat", "oauth"]),
            new("auth", SettingKind.Text, "entra: tokens of the app's managed identity (External OAuth), in place of key pair and token.",
                Values: ["entra"]),
            new("entra_audience", SettingKind.Text,
                "With auth: entra, the Application ID URI that the security integration has as its audience."),
            new("client_id", SettingKind.Text, "With auth: entra, the client id of a user-assigned identity in place of the app's own."),
            new("role", SettingKind.Text, "Role to read with; the user's default role when missing.", Source: true),
            new("warehouse", SettingKind.Text, "Virtual warehouse that runs the query; the user's default when missing."),
            new("database", SettingKind.Text, "Database of names without one.", Source: true),
            new("schema", SettingKind.Text, "Schema of names without one.", Source: true),
            new("query_tag", SettingKind.Text, "QUERY_TAG of the statements, as the query history shows it.", Default: "pendosync"),
            new("statement_timeout", SettingKind.Number,
                "Seconds after which Snowflake ends a statement; the user's STATEMENT_TIMEOUT_IN_SECONDS when missing."),
            new("endpoint", SettingKind.Text, "Base URL in place of Snowflake's own, for example a private link.", Source: true),
            RestSupport.AllowHttp,
        ],
        Rules = Check,
        SqlWords = SqlDialects.Snowflake.Words,
        Create = context => new SnowflakeWarehouse(context, new WarehouseProblems(context.Connection.Name)),
    };

    /// <inheritdoc/>
    protected override bool SpellsColumns => true;

    /// <summary>
    /// The parameter is bound as text and converted with a fixed format, so no session format can change its meaning.
    /// https://docs.snowflake.com/en/sql-reference/functions/to_timestamp
    /// </summary>
    private static SqlDialect SnowflakeDialect { get; } = SqlDialects.Snowflake with
    {
        AtLeast = (column, marker, kind) => kind switch
        {
            CursorKind.Number => $"{column} >= to_number({marker}, 38, {NumberScale})",
            CursorKind.Date => $"{column} >= to_date({marker}, 'YYYY-MM-DD')",
            CursorKind.Timestamp => $"{column} >= to_timestamp_ntz({marker}, 'YYYY-MM-DD\"T\"HH24:MI:SS.FF7')",
            CursorKind.Instant => $"{column} >= to_timestamp_tz({marker}, 'YYYY-MM-DD\"T\"HH24:MI:SS.FF7TZH:TZM')",
            _ => $"{column} >= {marker}",
        },
    };

    /// <inheritdoc/>
    protected override async Task<JsonPageReader> ExecuteAsync(SqlStatement statement, CancellationToken ct)
    {
        var endpoint = await SnowflakeRules.EndpointAsync(_context, ct);
        var body = await BodyAsync(statement, ct);
        var request = Guid.NewGuid();
        var tries = 0;
        // A repeated submission carries the same id and retry=true: the statement runs once.
        // https://docs.snowflake.com/en/developer-guide/sql-api/submitting-requests#resubmitting-a-request-to-execute-sql-statements
        using var submitted = await Caller.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Post,
                $"{endpoint}/api/v2/statements?requestId={request}&async=true{(tries++ > 0 ? "&retry=true" : "")}")
            { Content = RestSupport.Json(body) }, Submitted, ct);
        var handle = Uri.EscapeDataString(submitted.Envelope.Text("statementHandle")!);
        var pages = new SnowflakePages(Caller, _context.Clock, $"{endpoint}/api/v2/statements/{handle}");
        try
        {
            var columns = await pages.WaitAsync(ct);
            return new JsonPageReader($"warehouse '{_context.Connection.Name}'", columns, new ArrayRow(), pages);
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
        var (key, token, entra) = (settings.ContainsKey("private_key"), settings.ContainsKey("token"), settings.ContainsKey("auth"));
        if ((key ? 1 : 0) + (token ? 1 : 0) + (entra ? 1 : 0) != 1)
            yield return "give one of user and private_key, token, or auth: entra.";
        if (entra != settings.ContainsKey("entra_audience"))
            yield return "auth: entra and entra_audience belong together.";
        if (settings.ContainsKey("client_id") && !entra)
            yield return "client_id needs auth: entra.";
        if (key && !settings.ContainsKey("user"))
            yield return "private_key needs user.";
        if (settings.ContainsKey("private_key_passphrase") && !key)
            yield return "private_key_passphrase needs private_key.";
        if (settings.ContainsKey("token_type") && !token)
            yield return "token_type needs token.";
        if (settings.TryGetValue("statement_timeout", out var timeout)
            && !(int.TryParse(timeout.Template, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            && seconds is > 0 and <= 604800))
            yield return "statement_timeout is a whole number of seconds from 1 to 604800.";
    }

    private async Task<Dictionary<string, object>> BodyAsync(SqlStatement statement, CancellationToken ct)
    {
        var body = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["statement"] = statement.Text,
            // The account may have other defaults; cells are read in these forms.
            ["parameters"] = new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["timezone"] = "UTC",
                ["binary_output_format"] = "HEX",
                ["query_tag"] = await _context.GetAsync("query_tag", ct),
            },
        };
        if (await _context.GetAsync("statement_timeout", ct) is { } seconds)
            body["timeout"] = long.Parse(seconds, NumberStyles.None, CultureInfo.InvariantCulture);
        foreach (var name in (string[])["role", "warehouse", "database", "schema"])
        {
            if (await _context.GetAsync(name, ct) is { } value)
                body[name] = value;
        }

        if (statement.Parameter is { } parameter)
        {
            body["bindings"] =
                new Dictionary<string, object>(StringComparer.Ordinal) { ["1"] = new { type = "TEXT", value = Bound(parameter) } };
        }

        return body;
    }

    private static string Bound(object parameter) => parameter is not CursorValue cursor
        ? (string)parameter
        : cursor.Parameter switch
        {
            // Rounded down to the scale of to_number above: a lower bound never misses a row.
            decimal number => RestSupport.ParameterText(Math.Round(number, NumberScale, MidpointRounding.ToNegativeInfinity)),
            DateTimeOffset instant => RestSupport.ParameterText(instant).Replace("Z", "+00:00", StringComparison.Ordinal),
            var other => RestSupport.ParameterText(other),
        };
}
