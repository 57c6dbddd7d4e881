using System.Data;
using System.Data.Common;
using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Values;
using PendoSync.Warehouses.Sql;

namespace PendoSync.Warehouses.Drivers;

/// <summary>
/// MySQL 8 and MariaDB, unbuffered, in a read-only transaction. Driver: https://mysqlconnector.net/connection-options/;
/// types: https://dev.mysql.com/doc/refman/8.4/en/data-types.html. The session's zone is UTC, so that a TIMESTAMP is the instant it stores.
/// </summary>
internal sealed class MySqlWarehouse(WarehouseContext context)
    : DriverWarehouse(context, WarehouseDrivers.MySqlConnector, SqlDialects.MySql)
{
    private const int WideDecimal = 29;
    private readonly MySqlErrors _errors = new(new WarehouseProblems(context.Connection.Name));

    /// <summary>How it is declared.</summary>
    public static WarehouseType Type { get; } = new()
    {
        Name = "mysql",
        Title = "MySQL, MariaDB",
        Settings =
        [
            new("host", SettingKind.Text, "Host name or address.", Required: true),
            new("port", SettingKind.Number, "TCP port.", Default: "3306"),
            new("database", SettingKind.Text, "Database to connect to.", Required: true),
            new("user", SettingKind.Text, "User that may only read.", Required: true),
            new("password", SettingKind.Secret, "The user's password."),
            new("ssl_mode", SettingKind.Text, "TLS as the mysql client has it.", Default: "preferred",
                Values: ["none", "preferred", "required", "verify_ca", "verify_full"]),
            new("ca_file", SettingKind.File, "PEM file with the certificate authority for verify_ca and verify_full."),
            new("connect_timeout", SettingKind.Number, "Seconds until a connection must stand.", Default: "15"),
        ],
        Create = context => new MySqlWarehouse(context),
    };

    /// <summary>A slow destination may hold the read up, and the server would drop a reader after 60 s.</summary>
    protected override IReadOnlyList<string> Prologue =>
        ["set time_zone = '+00:00', net_write_timeout = 3600", "start transaction read only"];

    /// <inheritdoc/>
    protected override async ValueTask FillAsync(DbConnectionStringBuilder settings, bool refresh, CancellationToken ct)
    {
        settings["Server"] = await Context.GetAsync("host", ct);
        settings["Port"] = await Context.GetAsync("port", ct);
        settings["Database"] = await Context.GetAsync("database", ct);
        settings["User ID"] = await Context.GetAsync("user", ct);
        if (Context.Connection.Settings.TryGetValue("password", out var password))
            settings["Password"] = await password.ResolveAsync(Context.Secrets, refresh, ct);
        settings["SSL Mode"] = (await Context.GetAsync("ssl_mode", ct))!.Replace("_", "", StringComparison.Ordinal);
        if (await Context.GetAsync("ca_file", ct) is { } ca)
            settings["SSL CA"] = Path.GetFullPath(ca, Context.ProjectDirectory);
        settings["Connection Timeout"] = await Context.GetAsync("connect_timeout", ct);
        settings["Default Command Timeout"] = "0";
        settings["Application Name"] = "pendosync";
        // A CHAR(36) holds whatever it holds, and a zero date is no date.
        settings["GUID Format"] = "None";
        settings["Convert Zero DateTime"] = "true";
        settings["Character Set"] = "utf8mb4";
    }

    /// <summary>A decimal of up to 65 digits is asked for as text; the driver has no other way to give it whole.</summary>
    protected override async Task<DriverReader> SelectAsync(DbConnection connection, Model model, ReadFrom? from,
        WarehouseColumn? column, CancellationToken ct)
    {
        IReadOnlyList<DbColumn> schema;
        await using (var probe = await ExecuteAsync(connection, new SqlStatement(SqlDialects.MySql.SelectColumns(model), null), ct))
            schema = probe.Rows.GetColumnSchema();
        if (!schema.Any(IsWide))
            return await base.SelectAsync(connection, model, from, column, ct);
        var list = schema.Select(c => SqlDialects.MySql.QuotePart(c.ColumnName))
            .Select((name, i) => IsWide(schema[i]) ? $"cast({name} as char) as {name}" : name);
        var inner = SqlDialects.MySql.Select(model, from, column);
        var running =
            await ExecuteAsync(connection,
            inner with { Text = $"select {string.Join(", ", list)} from ({inner.Text}\n) as pendosync_wide" }, ct);
        var (columns, reading) = Describe(running.Rows);
        columns = columns.Select((c, i) => IsWide(schema[i]) ? c with { Kind = ColumnKind.Decimal, SystemType = "DECIMAL" } : c).ToArray();
        return new DriverReader(connection, running.Command, running.Rows, columns, reading, error => _errors.Explain(error));
    }

    /// <inheritdoc/>
    protected override ProblemException Explain(int number, Exception error) => _errors.Explain(number, error);

    /// <inheritdoc/>
    protected override bool IsTransient(int number) => MySqlErrors.IsTransient(number);

    /// <inheritdoc/>
    protected override bool IsWrongPassword(int number) => number == MySqlErrors.AccessDenied;

    /// <inheritdoc/>
    protected override (IReadOnlyList<WarehouseColumn> Columns, CellReading[] Reading) Describe(DbDataReader rows)
    {
        var columns = new WarehouseColumn[rows.FieldCount];
        var reading = new CellReading[columns.Length];
        for (var i = 0; i < columns.Length; i++)
        {
            var system = rows.GetDataTypeName(i);
            columns[i] = new WarehouseColumn(i, rows.GetName(i), KindOf(rows.GetFieldType(i), system), system);
            if (rows.GetFieldType(i) == typeof(DateTime))
                reading[i] = columns[i].Kind == ColumnKind.Instant ? CellReading.UtcZeroIsNull : CellReading.ZeroIsNull;
        }

        return (columns, reading);
    }

    /// <inheritdoc/>
    protected override void Bind(DbParameter parameter, CursorValue value)
    {
        parameter.Value = value.Parameter switch
        {
            DateOnly date => date.ToDateTime(TimeOnly.MinValue),
            DateTimeOffset instant => instant.UtcDateTime,
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
        "JSON" => ColumnKind.Json,
        "GEOMETRY" or "TIME" or "VECTOR" => ColumnKind.Unsupported,
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

    private static bool IsWide(DbColumn column) =>
        column.DataType == typeof(decimal) && column.NumericPrecision is >= WideDecimal and <= 65;
}
