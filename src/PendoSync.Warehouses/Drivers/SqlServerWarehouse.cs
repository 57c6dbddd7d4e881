using System.Data;
using System.Data.Common;
using Azure.Core;
using Microsoft.Data.SqlClient;
using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Values;
using PendoSync.Warehouses.Sql;

namespace PendoSync.Warehouses.Drivers;

/// <summary>
/// SQL Server, Azure SQL and Azure Synapse. Keywords: https://learn.microsoft.com/sql/connect/ado-net/connection-string-syntax.
/// A Synapse dedicated pool that is paused refuses logins until somebody resumes it; a serverless pool and a serverless Azure SQL
/// database start by themselves, and the login waits for that. Its endpoint for serverless is WORKSPACE-ondemand.sql.azuresynapse.net.
/// </summary>
internal sealed class SqlServerWarehouse : DriverWarehouse
{
    private const int WideDecimal = 29;
    private readonly SqlServerErrors _errors;
    // One delegate for all connections: the driver keeps those apart whose callbacks differ.
    private readonly Func<SqlAuthenticationParameters, CancellationToken, Task<SqlAuthenticationToken>> _token;
    private TokenCredential? _credential;

    private SqlServerWarehouse(WarehouseContext context, SqlDialect dialect)
        : base(context, dialect) => (_errors, _token) = (new SqlServerErrors(Problems), TokenAsync);

    /// <summary>How SQL Server is declared.</summary>
    public static WarehouseType SqlServer { get; } = Declare("sqlserver", "SQL Server, Azure SQL", SqlDialects.SqlServer);

    /// <summary>How Synapse is declared.</summary>
    public static WarehouseType Synapse { get; } = Declare("synapse", "Azure Synapse", SqlDialects.Synapse);

    /// <summary>
    /// Asynchronous reading of long texts was wrong in one release of SqlClient after another
    /// (https://github.com/dotnet/SqlClient/issues/3519, https://github.com/dotnet/SqlClient/issues/3871); reading as ever never was.
    /// </summary>
    public override bool ReadsAsync => false;

    /// <inheritdoc/>
    public override ProblemException Explain(Exception error) => _errors.Explain(error);

    /// <summary>All its digits, of which there may be 38.</summary>
    public override string DecimalText(DbDataReader rows, int ordinal) => ((SqlDataReader)rows).GetSqlDecimal(ordinal).ToString();

    /// <inheritdoc/>
    protected override async ValueTask<DbConnection> ConnectionAsync(bool refresh, CancellationToken ct)
    {
        var settings = new SqlConnectionStringBuilder
        {
            DataSource = $"tcp:{await Context.GetAsync("host", ct)},{await NumberAsync("port", ct)}",
            InitialCatalog = await Context.GetAsync("database", ct),
            Encrypt = SqlConnectionEncryptOption.Parse((await Context.GetAsync("encrypt", ct))!),
            ConnectTimeout = (int)await NumberAsync("connect_timeout", ct),
            ApplicationName = "pendosync",
            TrustServerCertificate = await Context.GetAsync("trust_server_certificate", ct) == "true",
            ApplicationIntent = await Context.GetAsync("application_intent", ct) == "read_only" ? ApplicationIntent.ReadOnly
                : ApplicationIntent.ReadWrite,
            MultiSubnetFailover = await Context.GetAsync("multi_subnet_failover", ct) == "true",
            // After a failure the driver would otherwise answer for a time without asking the server, also when it could.
            PoolBlockingPeriod = PoolBlockingPeriod.NeverBlock,
            // It would wait ten seconds before it says that a database does not exist; what may pass is tried again here.
            ConnectRetryCount = 0,
        };
        if (await Context.GetAsync("server_certificate", ct) is { } certificate)
            settings.ServerCertificate = CertificateFile.PathOf(certificate, Context.ProjectDirectory, Problems);
        if (await Context.GetAsync("host_name_in_certificate", ct) is { } name)
            settings.HostNameInCertificate = name;
        if (await Context.GetAsync("auth", ct) == "entra")
        {
            _credential ??= AzureIdentity.Credential(await Context.GetAsync("client_id", ct));
            await ForeseeTokenAsync(ct);
            return new SqlConnection(settings.ConnectionString) { AccessTokenCallback = _token };
        }

        settings.UserID = await Context.GetAsync("user", ct);
        if (Context.Connection.Settings.TryGetValue("password", out var password))
            settings.Password = await password.ResolveAsync(Context.Secrets, refresh, ct);
        return new SqlConnection(settings.ConnectionString);
    }

    /// <inheritdoc/>
    protected override ProblemException ExplainConnect(Exception error) => _errors.ExplainConnect(error);

    /// <inheritdoc/>
    protected override bool IsWrongPassword(Exception error) => error is SqlException { Number: SqlServerErrors.LoginFailed };

    /// <inheritdoc/>
    protected override bool IsColdStart(Exception error) =>
        error is SqlException { Number: SqlServerErrors.NotAvailableNow or SqlServerErrors.Starting };

    /// <inheritdoc/>
    protected override (IReadOnlyList<WarehouseColumn> Columns, CellReading[] Reading) Describe(DbDataReader rows)
    {
        var schema = rows.GetColumnSchema();
        var columns = new WarehouseColumn[schema.Count];
        var reading = new CellReading[schema.Count];
        for (var i = 0; i < columns.Length; i++)
        {
            var system = schema[i].DataTypeName ?? "";
            columns[i] = new WarehouseColumn(i, schema[i].ColumnName, KindOf(schema[i].DataType, system), system);
            reading[i] = system switch
            {
                "decimal" or "numeric" when schema[i].NumericPrecision is >= WideDecimal and <= 38 => CellReading.OwnDecimal,
                "char" or "nchar" => CellReading.Unpadded,
                "time" => CellReading.TimeOfDay,
                _ => CellReading.Plain,
            };
        }

        return (columns, reading);
    }

    /// <summary>In the column's own type: a DATETIME that is widened to DATETIME2 is no longer the value that was read.</summary>
    protected override void Bind(DbParameter parameter, CursorValue value, WarehouseColumn column)
    {
        ((SqlParameter)parameter).SqlDbType = column.SystemType switch
        {
            "datetime" => SqlDbType.DateTime,
            "smalldatetime" => SqlDbType.SmallDateTime,
            "real" => SqlDbType.Real,
            "float" => SqlDbType.Float,
            "char" or "varchar" => SqlDbType.VarChar,
            _ => value.Kind switch
            {
                CursorKind.Date => SqlDbType.Date,
                CursorKind.Timestamp => SqlDbType.DateTime2,
                CursorKind.Instant => SqlDbType.DateTimeOffset,
                CursorKind.Text => SqlDbType.NVarChar,
                _ => value.Parameter is long ? SqlDbType.BigInt : SqlDbType.Decimal,
            },
        };
        parameter.Value = (column.SystemType, value.Parameter) switch
        {
            ("real", _) => (float)value.AsNumber,
            ("float", _) => (double)value.AsNumber,
            (_, DateOnly date) => date.ToDateTime(TimeOnly.MinValue),
            // A cursor that was moved down by the lookback may lie before the type's first day.
            ("datetime", DateTime time) when time.Year < 1753 => new DateTime(1753, 1, 1, 0, 0, 0, DateTimeKind.Unspecified),
            ("smalldatetime", DateTime time) when time.Year < 1900 => new DateTime(1900, 1, 1, 0, 0, 0, DateTimeKind.Unspecified),
            (_, var other) => other,
        };
    }

    /// <summary>
    /// The kind by the type's name, else by the driver's .NET type.
    /// https://learn.microsoft.com/sql/t-sql/data-types/data-types-transact-sql
    /// </summary>
    internal static ColumnKind KindOf(Type? type, string system) => system.ToLowerInvariant() switch
    {
        "bit" => ColumnKind.Boolean,
        "tinyint" or "smallint" or "int" or "bigint" => ColumnKind.Integer,
        "decimal" or "numeric" or "money" or "smallmoney" => ColumnKind.Decimal,
        "real" or "float" => ColumnKind.Double,
        "char" or "varchar" or "text" or "nchar" or "nvarchar" or "ntext" or "sysname" or "xml" or "time" => ColumnKind.Text,
        "date" => ColumnKind.Date,
        "datetime" or "datetime2" or "smalldatetime" => ColumnKind.Timestamp,
        "datetimeoffset" => ColumnKind.Instant,
        "uniqueidentifier" => ColumnKind.Uuid,
        "json" => ColumnKind.Json,
        "binary" or "varbinary" or "image" or "timestamp" or "rowversion" => ColumnKind.Bytes,
        "sql_variant" => ColumnKind.PerCell,
        // geography, geometry, hierarchyid, vector and types of the user's own.
        _ => type == typeof(string) ? ColumnKind.Text : ColumnKind.Unsupported,
    };

    // The credential keeps it for the callback. While it opens a connection the driver would give up first, and name the host.
    private Task ForeseeTokenAsync(CancellationToken ct) => TokenAsync("https://database.windows.net/", ct);

    // The resource is what the server names, as in https://database.windows.net/.
    private Task<SqlAuthenticationToken> TokenAsync(SqlAuthenticationParameters asked, CancellationToken ct) =>
        TokenAsync(asked.Resource, ct);

    private async Task<SqlAuthenticationToken> TokenAsync(string resource, CancellationToken ct)
    {
        var token = await AzureIdentity.TokenAsync(_credential!, resource.TrimEnd('/') + "/.default", Problems.Place,
            "The identity must be a user of the database: CREATE USER [name] FROM EXTERNAL PROVIDER.", ct);
        return new SqlAuthenticationToken(token.Token, token.ExpiresOn);
    }

    private static WarehouseType Declare(string name, string title, SqlDialect dialect) => new()
    {
        Name = name,
        Title = title,
        Settings =
        [
            new("host", SettingKind.Text, "Host name, for Azure the full one (NAME.database.windows.net).", Required: true, Source: true),
            new("port", SettingKind.Number, "TCP port.", Default: "1433", Source: true),
            new("database", SettingKind.Text, "Database, or SQL pool, to connect to.", Required: true, Source: true),
            new("user", SettingKind.Text, "User that may only read; not for entra."),
            new("password", SettingKind.Secret, "The user's password; not for entra."),
            new("auth", SettingKind.Text, "password, or entra for a managed identity or other Microsoft Entra credential.",
                Default: "password", Values: ["password", "entra"]),
            new("client_id", SettingKind.Text, "Client id of a user-assigned managed identity, for entra; in the app its own."),
            new("encrypt", SettingKind.Text, "true, strict (TDS 8, SQL Server 2022 and Azure) or false.", Default: "true",
                Values: ["true", "strict", "false"]),
            new("trust_server_certificate", SettingKind.Flag,
                "true skips the check of the server's certificate; only for a test server.", Default: "false"),
            new("server_certificate", SettingKind.File,
                "PEM file with the server's own certificate, for one that no known authority signed."),
            new("host_name_in_certificate", SettingKind.Text, "Name in the server's certificate, where it is not 'host'."),
            new("application_intent", SettingKind.Text, "read_only asks an availability group for a readable secondary.",
                Default: "read_write", Values: ["read_write", "read_only"]),
            new("multi_subnet_failover", SettingKind.Flag, "true tries all addresses of an availability group's listener at once.",
                Default: "false"),
            new("connect_timeout", SettingKind.Number, "Seconds until a connection must stand.", Default: "15"),
        ],
        Rules = Rules,
        SqlWords = dialect.Words,
        Create = context => new SqlServerWarehouse(context, dialect),
    };

    private static IEnumerable<string> Rules(IReadOnlyDictionary<string, Definitions.SecretText> settings)
    {
        var entra = settings.TryGetValue("auth", out var auth) && auth.Template == "entra";
        if (entra && (settings.ContainsKey("user") || settings.ContainsKey("password")))
            yield return "auth: entra takes neither user nor password";
        if (entra && settings.TryGetValue("encrypt", out var encrypt) && encrypt.Template == "false")
            yield return "auth: entra needs encrypt true or strict, so that the token is never sent in clear";
        if (!entra && (!settings.ContainsKey("user") || !settings.ContainsKey("password")))
            yield return "auth: password needs user and password";
        if (!entra && settings.ContainsKey("client_id"))
            yield return "client_id needs auth: entra";
    }
}
