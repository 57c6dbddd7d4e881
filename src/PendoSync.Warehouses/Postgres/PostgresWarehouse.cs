using System.Data;
using System.Data.Common;
using Npgsql;
using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Values;
using PendoSync.Warehouses.Sql;

namespace PendoSync.Warehouses.Postgres;

/// <summary>
/// PostgreSQL, in a read-only transaction, forward-only and unbuffered (Npgsql holds one row). A query is described first, so that
/// columns that need it can be asked for as text. Driver: https://www.npgsql.org/doc/connection-string-parameters.html.
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
        return await RunAsync(dialect.SelectAll(model), shape =>
        {
            var column = from is null ? null : _errors.Problems.Find(shape.Columns, from.Cursor?.Column ?? from.Key!.Column);
            return (dialect.Select(model, from, column), column is null ? null : shape.Types[column.Ordinal]);
        }, ct);
    }

    /// <inheritdoc/>
    public async Task CheckAsync(Model? model, CancellationToken ct)
    {
        var statement = new SqlStatement(model is null ? "select 1" : SqlDialects.Postgres.SelectSample(model), null);
        await using var reader = await RunAsync(statement.Text, _ => (statement, null), ct);
        await reader.ReadAsync(ct);
    }

    /// <inheritdoc/>
    public bool IsTransient(Exception error) => PostgresErrors.IsTransient(error);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _login.DisposeAsync();

    private async Task<PostgresReader> RunAsync(string described, Func<PostgresColumns, (SqlStatement Statement, string? Type)> narrowed,
        CancellationToken ct)
    {
        var connection = await _login.OpenAsync(ct);
        try
        {
            await BeginAsync(connection, ct);
            var shape = await DescribeAsync(connection, described, ct);
            var (statement, type) = narrowed(shape);
            var command = new NpgsqlCommand(statement.Text, connection) { CommandTimeout = 0, UnknownResultTypeList = shape.AsText };
            if (statement.Parameter is { } value)
                command.Parameters.Add(Bind(value, type));
            var rows = await command.ExecuteReaderAsync(ct);
            return new PostgresReader(connection, command, rows, shape, _errors.Explain);
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

    // Ends with the connection; Npgsql sends BEGIN together with the next statement. A database of no encoding keeps any bytes, and what
    // is no UTF-8 would end the read at the server: asked for as they are, they make their row invalid.
    private static async Task BeginAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var transaction = await connection.BeginTransactionAsync(ct);
        var raw = connection.PostgresParameters.TryGetValue("server_encoding", out var encoding) && encoding == "SQL_ASCII";
        await using var settings = new NpgsqlCommand(
            "set transaction read only" + (raw ? "; set local client_encoding = 'SQL_ASCII'" : ""), connection, transaction);
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
