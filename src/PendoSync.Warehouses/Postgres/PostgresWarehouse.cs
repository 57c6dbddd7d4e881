using System.Data;
using System.Data.Common;
using Npgsql;
using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Values;
using PendoSync.Warehouses.Sql;

namespace PendoSync.Warehouses.Postgres;

/// <summary>
/// PostgreSQL, in a read-only transaction, forward-only and unbuffered. A query is described first, so that columns that need it can be
/// asked for as text; a whole model whose types are common ones is copied, anything else queried (Npgsql holds one row).
/// Driver: https://www.npgsql.org/doc/connection-string-parameters.html.
/// </summary>
internal sealed class PostgresWarehouse : IWarehouse
{
    private readonly PostgresLogin _login;
    private readonly PostgresErrors _errors;

    private PostgresWarehouse(WarehouseContext context)
    {
        _errors = new PostgresErrors(context.Connection.Name);
        _login = new PostgresLogin(context, _errors);
    }

    /// <summary>How it is declared.</summary>
    public static WarehouseType Type { get; } = new()
    {
        Name = "postgres",
        Title = "PostgreSQL",
        Settings = PostgresLogin.Settings(port: "5432", entra: true),
        Rules = PostgresLogin.Rules,
        SqlWords = SqlDialects.Postgres.Words,
        Create = context => new PostgresWarehouse(context),
    };

    /// <inheritdoc/>
    public async Task<DbDataReader> OpenAsync(Model model, ReadFrom? from, CancellationToken ct)
    {
        var dialect = SqlDialects.Postgres;
        return await SilentServer.OpenAsync(RunAsync(dialect.SelectAll(model), shape =>
        {
            var column = from is null ? null : _errors.Problems.Find(shape.Columns, from.Cursor?.Column ?? from.Key!.Column);
            var type = column is null ? null : shape.Types[column.Ordinal];
            // An oid is compared with no number but another oid.
            var compared = from?.Key is not null && type == "oid" ? column! with { Kind = ColumnKind.Text } : column;
            return (dialect.Select(model, from, compared), type);
        }, copy: true, ct), ct);
    }

    /// <inheritdoc/>
    public async Task CheckAsync(Model? model, CancellationToken ct)
    {
        var statement = new SqlStatement(model is null ? "select 1" : SqlDialects.Postgres.SelectSample(model), null);
        await using var reader = await SilentServer.OpenAsync(RunAsync(statement.Text, _ => (statement, null), copy: false, ct), ct);
        await reader.ReadAsync(ct);
    }

    /// <inheritdoc/>
    public bool IsTransient(Exception error) => PostgresErrors.IsTransient(error);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _login.DisposeAsync();

    private async Task<DbDataReader> RunAsync(string described, Func<PostgresColumns, (SqlStatement Statement, string? Type)> narrowed,
        bool copy, CancellationToken ct)
    {
        var connection = await _login.OpenAsync(ct);
        var copies = false;
        try
        {
            await BeginAsync(connection, ct);
            var shape = await DescribeAsync(connection, described, ct);
            var (statement, type) = narrowed(shape);
            copies = copy && statement.Parameter is null && PostgresCopyReader.Knows(shape);
            if (copies)
                return await PostgresCopyReader.StartAsync(connection, statement.Text, shape, _errors.Explain, ct);
            var command = new NpgsqlCommand(statement.Text, connection) { CommandTimeout = 0, UnknownResultTypeList = shape.AsText };
            if (statement.Parameter is { } value)
                command.Parameters.Add(Bind(value, type));
            var rows = await command.ExecuteReaderAsync(ct);
            return new PostgresReader(connection, command, rows, shape, _errors.Explain);
        }
        catch (PostgresException error) when (copies && error.SqlState.AsSpan(0, 2) is "0A" or "42")
        {
            // A relative of PostgreSQL that copies no such thing; if the model is what is wrong, its query says so.
            await connection.DisposeAsync();
            return await RunAsync(described, narrowed, copy: false, ct);
        }
        catch (Exception error)
        {
            await connection.DisposeAsync();
            // A pooler says the same of many other things, so the SQL has to have one.
            if (error is PostgresException { SqlState: "08P01" } && ParametersOf(described) is { Length: > 0 } parameters)
                throw _errors.Problems.Unbound(parameters, error);
            if (error is NpgsqlException or IOException)
                throw _errors.Explain(error);
            throw;
        }
    }

    private static string ParametersOf(string sql) => string.Join(", ",
        SqlDialects.Postgres.Words(sql).Where(word => word is ['$', >= '0' and <= '9', ..]).Distinct(StringComparer.Ordinal));

    // Ends with the connection; Npgsql sends BEGIN together with the next statement.
    private static async Task BeginAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var transaction = await connection.BeginTransactionAsync(ct);
        var text = "set transaction read only";
        // A database of no encoding keeps any bytes, and what is no UTF-8 would end the read at the server: asked for as they are, they
        // make their row invalid.
        if (connection.PostgresParameters.TryGetValue("server_encoding", out var encoding) && encoding == "SQL_ASCII")
            text += "; set local client_encoding = 'SQL_ASCII'";
        // Npgsql cannot cancel a COPY that has brought no row yet: it hangs up, and the server, where it can, soon sees that.
        if (connection.PostgreSqlVersion.Major >= 14)
            text += "; select set_config('client_connection_check_interval', '3s', true) "
                + "where current_setting('client_connection_check_interval', true) is not null and version() like '%linux%'";
        await using var settings = new NpgsqlCommand(text, connection, transaction);
        await settings.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Asks the server what the query would return, without running it.</summary>
    internal static async Task<PostgresColumns> DescribeAsync(NpgsqlConnection connection, string query, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(query, connection) { CommandTimeout = 0 };
        await using var reader = await command.ExecuteReaderAsync(CommandBehavior.SchemaOnly, ct);
        return PostgresColumns.Of(reader);
    }

    // Npgsql binds a DateTime of unspecified kind as timestamp, a DateTimeOffset in UTC as timestamptz, so each meets a column of its
    // own type. A float4 compared with a wider number is not the number it is written as.
    private static NpgsqlParameter Bind(object value, string? type) => new(SqlDialects.Postgres.Marker, value switch
    {
        CursorValue { Kind: CursorKind.Number } cursor when type == "float4" => (float)cursor.AsNumber,
        CursorValue { Kind: CursorKind.Number } cursor when type == "float8" => (double)cursor.AsNumber,
        CursorValue cursor => cursor.Parameter,
        var key => key,
    });
}
