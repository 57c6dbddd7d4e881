using System.Data;
using System.Data.Common;
using PendoSync.Sources;
using PendoSync.Values;
using PendoSync.Warehouses.Sql;

namespace PendoSync.Warehouses.Drivers;

/// <summary>
/// SQL Server, Azure SQL and Azure Synapse. Keywords: https://learn.microsoft.com/sql/connect/ado-net/connection-string-syntax;
/// Entra: https://learn.microsoft.com/sql/connect/ado-net/sql/azure-active-directory-authentication.
/// A Synapse dedicated pool that is paused refuses logins until somebody resumes it; a serverless pool and a serverless Azure SQL database
/// start by themselves, and the login waits for that. Its endpoint for serverless is WORKSPACE-ondemand.sql.azuresynapse.net.
/// </summary>
internal sealed class SqlServerWarehouse(WarehouseContext context, SqlDialect dialect)
    : DriverWarehouse(context, WarehouseDrivers.SqlClient, dialect)
{
    private const int WideDecimal = 29;
    private readonly SqlServerErrors _errors = new(new WarehouseProblems(context.Connection.Name));

    /// <summary>How SQL Server is declared.</summary>
    public static WarehouseType SqlServer { get; } = Declare("sqlserver", "SQL Server, Azure SQL", SqlDialects.SqlServer);

    /// <summary>How Synapse is declared.</summary>
    public static WarehouseType Synapse { get; } = Declare("synapse", "Azure Synapse", SqlDialects.Synapse);

    /// <inheritdoc/>
    protected override async ValueTask FillAsync(DbConnectionStringBuilder settings, bool refresh, CancellationToken ct)
    {
        settings["Data Source"] = $"tcp:{await Context.GetAsync("host", ct)},{await Context.GetAsync("port", ct)}";
        settings["Initial Catalog"] = await Context.GetAsync("database", ct);
        settings["Encrypt"] = await Context.GetAsync("encrypt", ct);
        settings["Connect Timeout"] = await Context.GetAsync("connect_timeout", ct);
        settings["Application Name"] = "pendosync";
        if (await Context.GetAsync("trust_server_certificate", ct) == "true")
            settings["TrustServerCertificate"] = "true";
        if (await Context.GetAsync("auth", ct) == "entra")
        {
            var client = await Context.GetAsync("client_id", ct);
            settings["Authentication"] = client is null ? "Active Directory Default" : "Active Directory Managed Identity";
            if (client is not null)
                settings["User ID"] = client;
            return;
        }

        settings["User ID"] = await Context.GetAsync("user", ct);
        if (Context.Connection.Settings.TryGetValue("password", out var password))
            settings["Password"] = await password.ResolveAsync(Context.Secrets, refresh, ct);
    }

    /// <inheritdoc/>
    protected override ProblemException Explain(int number, Exception error) => _errors.Explain(number, error);

    /// <inheritdoc/>
    protected override bool IsTransient(int number) => SqlServerErrors.IsTransient(number);

    /// <inheritdoc/>
    protected override bool IsWrongPassword(int number) => number == SqlServerErrors.LoginFailed;

    /// <inheritdoc/>
    protected override bool IsColdStart(int number) => number == SqlServerErrors.NotAvailableNow;

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
            // SQL Server's decimal has 38 digits; the driver's own value writes them all.
            if (system is "decimal" or "numeric" && schema[i].NumericPrecision is >= WideDecimal and <= 38)
                reading[i] = CellReading.OwnText;
        }

        return (columns, reading);
    }

    /// <inheritdoc/>
    protected override void Bind(DbParameter parameter, CursorValue value)
    {
        parameter.DbType = value.Kind switch
        {
            CursorKind.Date => DbType.Date,
            CursorKind.Timestamp => DbType.DateTime2,
            CursorKind.Instant => DbType.DateTimeOffset,
            CursorKind.Text => DbType.String,
            _ => value.Parameter is long ? DbType.Int64 : DbType.Decimal,
        };
        parameter.Value = value.Parameter is DateOnly date ? date.ToDateTime(TimeOnly.MinValue) : value.Parameter;
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
        "char" or "varchar" or "text" or "nchar" or "nvarchar" or "ntext" or "sysname" or "xml" => ColumnKind.Text,
        "date" => ColumnKind.Date,
        "datetime" or "datetime2" or "smalldatetime" => ColumnKind.Timestamp,
        "datetimeoffset" => ColumnKind.Instant,
        "uniqueidentifier" => ColumnKind.Uuid,
        "json" => ColumnKind.Json,
        "binary" or "varbinary" or "image" or "timestamp" or "rowversion" => ColumnKind.Bytes,
        "sql_variant" => ColumnKind.PerCell,
        "time" => ColumnKind.Unsupported,
        // geography, geometry, hierarchyid, vector and types of the user's own.
        _ => type == typeof(string) ? ColumnKind.Text : ColumnKind.Unsupported,
    };

    private static WarehouseType Declare(string name, string title, SqlDialect dialect) => new()
    {
        Name = name,
        Title = title,
        Settings =
        [
            new("host", SettingKind.Text, "Host name, for Azure the full one (NAME.database.windows.net).", Required: true),
            new("port", SettingKind.Number, "TCP port.", Default: "1433"),
            new("database", SettingKind.Text, "Database, or SQL pool, to connect to.", Required: true),
            new("user", SettingKind.Text, "User that may only read; not for entra."),
            new("password", SettingKind.Secret, "The user's password; not for entra."),
            new("auth", SettingKind.Text, "password, or entra for a managed identity or other Microsoft Entra credential.",
                Default: "password", Values: ["password", "entra"]),
            new("client_id", SettingKind.Text, "Client id of a user-assigned managed identity, for entra."),
            new("encrypt", SettingKind.Text, "true, strict (TDS 8, SQL Server 2022 and Azure) or false.", Default: "true",
                Values: ["true", "strict", "false"]),
            new("trust_server_certificate", SettingKind.Flag, "true skips the check of the server's certificate; only for a test server.",
                Default: "false"),
            new("connect_timeout", SettingKind.Number, "Seconds until a connection must stand.", Default: "15"),
        ],
        Rules = Rules,
        Create = context => new SqlServerWarehouse(context, dialect),
    };

    private static IEnumerable<string> Rules(IReadOnlyDictionary<string, Definitions.SecretText> settings)
    {
        var entra = settings.TryGetValue("auth", out var auth) && auth.Template == "entra";
        if (entra && (settings.ContainsKey("user") || settings.ContainsKey("password")))
            yield return "auth: entra takes neither user nor password";
        if (!entra && (!settings.ContainsKey("user") || !settings.ContainsKey("password")))
            yield return "auth: password needs user and password";
        if (!entra && settings.ContainsKey("client_id"))
            yield return "client_id needs auth: entra";
    }
}
