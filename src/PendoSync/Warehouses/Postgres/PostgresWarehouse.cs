using System.Data;
using System.Data.Common;
using Npgsql;
using PendoSync.Definitions;

namespace PendoSync.Warehouses;

/// <summary>
/// PostgreSQL, in a read-only transaction, forward-only and unbuffered (Npgsql holds one row). A query is described first, so that columns that
/// need it can be asked for as text. Driver: https://www.npgsql.org/doc/connection-string-parameters.html.
/// CommandBehavior.SequentialAccess is not used: a record's fields are read in the order of their Pendo names, not of the columns.
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
        Create = context => new PostgresWarehouse(context),
    };

    /// <inheritdoc/>
    public async Task<DbDataReader> OpenAsync(Model model, ReadFrom? from, CancellationToken ct)
    {
        var dialect = SqlDialects.Postgres;
        return await RunAsync(dialect.SelectAll(model), shape => from is null
            ? null
            : dialect.Select(model, from, _errors.Problems.Find(shape.Columns, from.Cursor?.Column ?? from.Key!.Column)), ct);
    }

    /// <inheritdoc/>
    public async Task CheckAsync(Model? model, CancellationToken ct)
    {
        await using var reader = await RunAsync(model is null ? "select 1" : SqlDialects.Postgres.SelectSample(model), _ => null, ct);
        await reader.ReadAsync(ct);
    }

    /// <inheritdoc/>
    public bool IsTransient(Exception error) => PostgresErrors.IsTransient(error);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _login.DisposeAsync();

    private async Task<PostgresReader> RunAsync(string described, Func<PostgresColumns, SqlStatement?> narrowed, CancellationToken ct)
    {
        var connection = await _login.OpenAsync(ct);
        try
        {
            // Ends with the connection; Npgsql sends BEGIN together with the next statement.
            var transaction = await connection.BeginTransactionAsync(ct);
            await using (var readOnly = new NpgsqlCommand("set transaction read only", connection, transaction))
                await readOnly.ExecuteNonQueryAsync(ct);
            var shape = await DescribeAsync(connection, described, ct);
            var statement = narrowed(shape) ?? new SqlStatement(described, null);
            var command = new NpgsqlCommand(statement.Text, connection) { CommandTimeout = 0, UnknownResultTypeList = shape.AsText };
            if (statement.Parameter is { } value)
                command.Parameters.Add(Bind(value));
            var rows = await command.ExecuteReaderAsync(ct);
            return new PostgresReader(connection, command, rows, shape, _errors.Explain);
        }
        catch (Exception error)
        {
            await connection.DisposeAsync();
            if (error is NpgsqlException or IOException)
                throw _errors.Explain(error);
            throw;
        }
    }

    /// <summary>Asks the server what the query would return, without running it.</summary>
    internal static async Task<PostgresColumns> DescribeAsync(NpgsqlConnection connection, string query, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(query, connection) { CommandTimeout = 0 };
        await using var reader = await command.ExecuteReaderAsync(CommandBehavior.SchemaOnly, ct);
        return PostgresColumns.Of(reader);
    }

    // Npgsql binds a DateTime of unspecified kind as timestamp, a DateTimeOffset in UTC as timestamptz, so each meets a column of its own type.
    private static NpgsqlParameter Bind(object value) =>
        new(SqlDialects.Postgres.Marker, value is CursorValue cursor ? cursor.Parameter : value);
}
