using System.Data;
using System.Data.Common;
using Azure.Core;
using MySqlConnector;
using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Values;
using PendoSync.Warehouses.Postgres;
using PendoSync.Warehouses.Sql;

namespace PendoSync.Warehouses.Drivers;

/// <summary>
/// MySQL 8 and MariaDB, unbuffered, in a read-only transaction. Driver: https://mysqlconnector.net/connection-options/;
/// types: https://dev.mysql.com/doc/refman/8.4/en/data-types.html. The session's zone is UTC, so that a TIMESTAMP is the instant it stores.
/// Entra, for Azure Database for MySQL: https://learn.microsoft.com/azure/mysql/flexible-server/how-to-azure-ad
/// </summary>
internal sealed class MySqlWarehouse(WarehouseContext context) : DriverWarehouse(context, SqlDialects.MySql)
{
    private readonly MySqlErrors _errors = new(new WarehouseProblems(context.Connection.Name));
    private TokenCredential? _credential;

    /// <summary>How it is declared.</summary>
    public static WarehouseType Type { get; } = new()
    {
        Name = "mysql",
        Title = "MySQL, MariaDB",
        Settings =
        [
            new("host", SettingKind.Text, "Host name or address.", Required: true, Source: true),
            new("port", SettingKind.Number, "TCP port.", Default: "3306", Source: true),
            new("database", SettingKind.Text, "Database to connect to.", Required: true, Source: true),
            new("user", SettingKind.Text, "User that may only read; with entra the Entra principal's name.", Required: true),
            new("password", SettingKind.Secret, "The user's password; not for entra."),
            new("auth", SettingKind.Text, "password, or entra for a Microsoft Entra token (Azure Database for MySQL).",
                Default: "password", Values: ["password", "entra"]),
            new("client_id", SettingKind.Text, "Client id of a user-assigned managed identity, for entra; in the app its own."),
            new("ssl_mode", SettingKind.Text, "TLS as the mysql client has it; Entra needs required or more.", Default: "preferred",
                Values: ["none", "preferred", "required", "verify_ca", "verify_full"]),
            new("ca_file", SettingKind.File, "PEM file with the certificate authority for verify_ca and verify_full."),
            new("connect_timeout", SettingKind.Number, "Seconds until a connection must stand.", Default: "15"),
        ],
        Rules = Rules,
        SqlWords = SqlDialects.MySql.Words,
        Create = context => new MySqlWarehouse(context),
    };

    /// <summary>A slow destination may hold the read up, and the server would drop a reader after 60 s.</summary>
    protected override IReadOnlyList<string> Prologue =>
        ["set time_zone = '+00:00', net_write_timeout = 3600", "start transaction read only"];

    /// <summary>
    /// The driver resets a connection only when it takes it from its pool: until then the transaction would keep every table
    /// from being changed.
    /// </summary>
    protected override string Epilogue => "rollback";

    /// <summary>
    /// Other statements bring a FLOAT with six digits (https://dev.mysql.com/doc/refman/8.4/en/problems-with-float.html); but the driver
    /// takes a variable of a prepared one for a parameter.
    /// </summary>
    protected override bool Prepares(SqlStatement statement) => !SqlDialects.MySql.HasVariables(statement.Text);

    /// <inheritdoc/>
    public override ProblemException Explain(Exception error) => _errors.Explain(error);

    /// <summary>All its digits, of which there may be 65.</summary>
    public override string DecimalText(DbDataReader rows, int ordinal) => ((MySqlDataReader)rows).GetMySqlDecimal(ordinal).ToString();

    /// <inheritdoc/>
    protected override async ValueTask<DbConnection> ConnectionAsync(bool refresh, CancellationToken ct)
    {
        var entra = await Context.GetAsync("auth", ct) == "entra";
        var settings = new MySqlConnectionStringBuilder
        {
            Server = await Context.GetAsync("host", ct),
            Port = await NumberAsync("port", ct),
            Database = await Context.GetAsync("database", ct),
            UserID = await Context.GetAsync("user", ct),
            SslMode = SslModeOf(entra && !Context.Has("ssl_mode") ? "required" : await Context.GetAsync("ssl_mode", ct)),
            ConnectionTimeout = await NumberAsync("connect_timeout", ct),
            DefaultCommandTimeout = 0,
            Keepalive = WarehouseTypes.KeepAliveSeconds,
            ApplicationName = "pendosync",
            // A CHAR(36) holds whatever it holds, a zero date is no date, and a model may use variables.
            GuidFormat = MySqlGuidFormat.None,
            ConvertZeroDateTime = true,
            AllowUserVariables = true,
            CharacterSet = "utf8mb4",
        };
        if (await Context.GetAsync("ca_file", ct) is { } ca)
            settings.SslCa = CertificateFile.PathOf(ca, Context.ProjectDirectory, Problems);
        if (entra)
        {
            // Outside of the connection string: connections are kept by that, and a token changes every hour.
            var token = await TokenAsync(ct);
            return new MySqlConnection(settings.ConnectionString) { ProvidePasswordCallback = _ => token };
        }

        if (Context.Connection.Settings.TryGetValue("password", out var password))
            settings.Password = await password.ResolveAsync(Context.Secrets, refresh, ct);
        return new MySqlConnection(settings.ConnectionString);
    }

    /// <inheritdoc/>
    protected override ProblemException ExplainConnect(Exception error) => _errors.ExplainConnect(error);

    /// <inheritdoc/>
    protected override bool IsWrongPassword(Exception error) => error is MySqlException { Number: MySqlErrors.AccessDenied };

    /// <inheritdoc/>
    protected override (IReadOnlyList<WarehouseColumn> Columns, CellReading[] Reading) Describe(DbDataReader rows)
    {
        var columns = new WarehouseColumn[rows.FieldCount];
        var reading = new CellReading[columns.Length];
        for (var i = 0; i < columns.Length; i++)
        {
            var system = rows.GetDataTypeName(i);
            var kind = KindOf(rows.GetFieldType(i), system);
            columns[i] = new WarehouseColumn(i, rows.GetName(i), kind, system);
            reading[i] = kind switch
            {
                ColumnKind.Decimal => CellReading.OwnDecimal,
                ColumnKind.Instant => CellReading.UtcZeroIsNull,
                ColumnKind.Timestamp or ColumnKind.Date => CellReading.ZeroIsNull,
                ColumnKind.Text when rows.GetFieldType(i) == typeof(TimeSpan) => CellReading.TimeOfDay,
                // The server itself leaves the padding out, unless its sql_mode has PAD_CHAR_TO_FULL_LENGTH.
                ColumnKind.Text when system.StartsWith("CHAR", StringComparison.OrdinalIgnoreCase) => CellReading.Unpadded,
                _ => CellReading.Plain,
            };
        }

        return (columns, reading);
    }

    /// <inheritdoc/>
    protected override void Bind(DbParameter parameter, CursorValue value, WarehouseColumn column)
    {
        parameter.Value = value.Parameter switch
        {
            DateOnly date => date.ToDateTime(TimeOnly.MinValue),
            DateTimeOffset instant => instant.UtcDateTime,
            // Compared with a wider number, a FLOAT is not the number it is written as.
            _ when column.SystemType == "FLOAT" => (double)(float)value.AsNumber,
            _ when column.SystemType == "DOUBLE" => (double)value.AsNumber,
            var other => other,
        };
        if (parameter.Value is DateTime)
            parameter.DbType = value.Kind == CursorKind.Date ? DbType.Date : DbType.DateTime;
    }

    /// <summary>The kind by the type's name as MySqlConnector gives it, else by its .NET type.</summary>
    internal static ColumnKind KindOf(Type type, string system) => system.ToUpperInvariant() switch
    {
        "TIMESTAMP" => ColumnKind.Instant,
        "DATETIME" => ColumnKind.Timestamp,
        "DATE" => ColumnKind.Date,
        "TIME" => ColumnKind.Text,
        "JSON" => ColumnKind.Json,
        "GEOMETRY" or "VECTOR" => ColumnKind.Unsupported,
        _ => System.Type.GetTypeCode(type) switch
        {
            TypeCode.Boolean => ColumnKind.Boolean,
            TypeCode.SByte or TypeCode.Byte or TypeCode.Int16 or TypeCode.UInt16 or TypeCode.Int32 or TypeCode.UInt32 or TypeCode.Int64
                or TypeCode.UInt64 => ColumnKind.Integer,
            TypeCode.Decimal => ColumnKind.Decimal,
            TypeCode.Single or TypeCode.Double => ColumnKind.Double,
            TypeCode.String => ColumnKind.Text,
            _ => type == typeof(byte[]) ? ColumnKind.Bytes : ColumnKind.Unsupported,
        },
    };

    private async Task<string> TokenAsync(CancellationToken ct)
    {
        _credential ??= AzureIdentity.Credential(await Context.GetAsync("client_id", ct));
        return (await AzureIdentity.TokenAsync(_credential, PostgresLogin.EntraScope, Problems.Place, PostgresLogin.PrincipalFix, ct))
            .Token;
    }

    private static MySqlSslMode SslModeOf(string? text) => text switch
    {
        "none" => MySqlSslMode.None,
        "required" => MySqlSslMode.Required,
        "verify_ca" => MySqlSslMode.VerifyCA,
        "verify_full" => MySqlSslMode.VerifyFull,
        _ => MySqlSslMode.Preferred,
    };

    private static IEnumerable<string> Rules(IReadOnlyDictionary<string, Definitions.SecretText> settings)
    {
        var entra = settings.TryGetValue("auth", out var auth) && auth.Template == "entra";
        if (entra && settings.ContainsKey("password"))
            yield return "auth: entra takes no password";
        if (entra && settings.TryGetValue("ssl_mode", out var mode) && mode.Template is "none" or "preferred")
            yield return "auth: entra needs ssl_mode required, verify_ca or verify_full, so that the token is never sent in clear";
        if (!entra && settings.ContainsKey("client_id"))
            yield return "client_id needs auth: entra";
    }
}
