using System.Data;
using System.Data.Common;
using Npgsql;
using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Values;
using PendoSync.Warehouses.Sql;

namespace PendoSync.Warehouses.Postgres;

/// <summary>
/// PostgreSQL, in a read-only transaction, forward-only and unbuffered (Npgsql holds one row). A query is described first, so that columns
/// that need it can be asked for as text. A whole model is read by COPY, which is cheaper; a part of it by a query, since COPY takes no
/// parameters. Driver: https://www.npgsql.org/doc/connection-string-parameters.html, https://www.npgsql.org/doc/copy.html.
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
            : dialect.Select(model, from, _errors.Problems.Find(shape.Columns, from.Cursor?.Column ?? from.Key!.Column)), ct,
            shape => from is null ? CopyStatement(model, shape) : null);
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

    private async Task<DbDataReader> RunAsync(
        string described, Func<PostgresColumns, SqlStatement?> narrowed, CancellationToken ct,
            Func<PostgresColumns, string?>? copied = null)
    {
        var connection = await _login.OpenAsync(ct);
        try
        {
            var transaction = await BeginAsync(connection, ct);
            var shape = await DescribeAsync(connection, described, ct);
            if (copied?.Invoke(shape) is { } copy)
            {
                try
                {
                    return new PostgresCopyReader(connection, await StartCopyAsync(connection, copy, ct), shape, _errors.Explain);
                }
                catch (PostgresException error) when (error.SqlState is ['4', '2', ..] or ['0', 'A', ..])
                {
                    // A query, or a relative of PostgreSQL, that COPY does not take; the query itself says what is wrong with it, if
                    // anything.
                    await transaction.RollbackAsync(ct);
                    await BeginAsync(connection, ct);
                }
            }

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

    // The server says nothing before it has rows to send, and while it waits for that Npgsql would only leave the connection, not stop the
    // statement.
    private async Task<NpgsqlRawCopyStream> StartCopyAsync(NpgsqlConnection connection, string copy, CancellationToken ct)
    {
        var starting = connection.BeginRawBinaryCopyAsync(copy, CancellationToken.None);
        try
        {
            return await starting.WaitAsync(ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            await using var other = await _login.OpenAsync(CancellationToken.None);
            await using var cancel = new NpgsqlCommand("select pg_cancel_backend($1)",
                other)
            { Parameters = { new NpgsqlParameter { Value = connection.ProcessID } } };
            await cancel.ExecuteNonQueryAsync(CancellationToken.None);
            await starting.ContinueWith(static ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.None,
                TaskScheduler.Default);
            throw;
        }
    }

    // Ends with the connection; Npgsql sends BEGIN together with the next statement.
    private static async Task<NpgsqlTransaction> BeginAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var transaction = await connection.BeginTransactionAsync(ct);
        await using var readOnly = new NpgsqlCommand("set transaction read only", connection, transaction);
        await readOnly.ExecuteNonQueryAsync(ct);
        return transaction;
    }

    // Null when a column cannot be had this way; names that come twice could not be told apart.
    private static string? CopyStatement(Model model, PostgresColumns shape)
    {
        var names = shape.Columns.Select(column => column.Name).ToList();
        if (names.Count == 0 || names.Distinct(StringComparer.Ordinal).Count() < names.Count || shape.Copy.Any(c => c.As == CopyAs.Never))
            return null;
        var dialect = SqlDialects.Postgres;
        var columns = names.Select((name, i) => dialect.QuotePart(name) + (shape.Copy[i].As == CopyAs.Text ? "::text" : ""));
        return $"copy (select {string.Join(", ", columns)} from {dialect.Source(model)}) to stdout (format binary)";
    }

    /// <summary>Asks the server what the query would return, without running it.</summary>
    internal static async Task<PostgresColumns> DescribeAsync(NpgsqlConnection connection, string query, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(query, connection) { CommandTimeout = 0 };
        await using var reader = await command.ExecuteReaderAsync(CommandBehavior.SchemaOnly, ct);
        return PostgresColumns.Of(reader);
    }

    // Npgsql binds a DateTime of unspecified kind as timestamp, a DateTimeOffset in UTC as timestamptz, so each meets a column of its own
    // type.
    private static NpgsqlParameter Bind(object value) =>
        new(SqlDialects.Postgres.Marker, value is CursorValue cursor ? cursor.Parameter : value);
}
