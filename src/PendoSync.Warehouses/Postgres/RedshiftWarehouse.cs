using System.Data.Common;
using System.Globalization;
using Npgsql;
using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Values;
using PendoSync.Warehouses.Sql;

namespace PendoSync.Warehouses.Postgres;

/// <summary>
/// Amazon Redshift: PostgreSQL's protocol, its own dialect. A large result comes through a cursor, block by block, inside a read-only
/// transaction (https://docs.aws.amazon.com/redshift/latest/dg/declare.html); a single-node cluster gives at most 1000 rows a FETCH
/// (https://docs.aws.amazon.com/redshift/latest/dg/fetch.html). What Redshift lacks is left alone: no connection pool (its reset needs
/// DISCARD), no SET TRANSACTION, no parameters in DECLARE, none of its options but the name.
/// </summary>
internal sealed class RedshiftWarehouse : IWarehouse
{
    private const string Begin = "begin read only";
    private const string CursorName = "pendosync_read";
    private readonly PostgresLogin _login;
    private readonly PostgresErrors _errors;
    private readonly WarehouseContext _context;

    private RedshiftWarehouse(WarehouseContext context)
    {
        _context = context;
        _errors = new PostgresErrors(context.Connection.Name);
        _login = new PostgresLogin(context, _errors)
        {
            Adjust = settings => settings.Pooling = false,
        };
    }

    /// <summary>How it is declared.</summary>
    public static WarehouseType Type { get; } = new()
    {
        Name = "redshift",
        Title = "Amazon Redshift",
        Settings =
        [
            .. PostgresLogin.Settings(port: "5439", entra: false),
            new("fetch_size", SettingKind.Number, "Rows a FETCH; a single-node cluster allows 1000, others gain from more.",
                Default: "1000"),
        ],
        SqlWords = SqlDialects.Redshift.Words,
        Create = context => new RedshiftWarehouse(context),
    };

    /// <inheritdoc/>
    public async Task<DbDataReader> OpenAsync(Model model, ReadFrom? from, CancellationToken ct) =>
        await SilentServer.OpenAsync(RunAsync(SqlDialects.Redshift.SelectAll(model), ct, async (connection, shape) =>
        {
            var column = from is null ? null : _errors.Problems.Find(shape.Columns, from.Cursor?.Column ?? from.Key!.Column);
            var statement = SqlDialects.Redshift.Select(model, from, column);
            if (from?.Key is { } key)
                return await PlainAsync(connection, shape, statement.Text, key.Key, ct);
            var query = statement.Parameter is CursorValue cursor
                ? statement.Text.Replace(SqlDialects.Redshift.Marker, Literal(cursor), StringComparison.Ordinal)
                : statement.Text;
            return await FetchAsync(connection, shape, query, ct);
        }), ct);

    /// <inheritdoc/>
    public async Task CheckAsync(Model? model, CancellationToken ct)
    {
        var sql = model is null ? "select 1" : SqlDialects.Redshift.SelectSample(model);
        await using var reader = await SilentServer.OpenAsync(
            RunAsync(sql, ct, (connection, shape) => PlainAsync(connection, shape, sql, null, ct)), ct);
        await reader.ReadAsync(ct);
    }

    /// <inheritdoc/>
    public bool IsTransient(Exception error) => PostgresErrors.IsTransient(error);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _login.DisposeAsync();

    /// <summary>
    /// A cursor value as SQL: DECLARE takes no parameters. Numbers and times have closed forms, and a text cursor is RFC 3339, which holds
    /// no quote or backslash; any other text is refused.
    /// </summary>
    internal static string Literal(CursorValue cursor) => cursor.Parameter switch
    {
        DateOnly date => $"date '{date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}'",
        DateTime time => $"timestamp '{time.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture)}'",
        DateTimeOffset instant => $"timestamptz '{instant.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture)}+00'",
        string text when CursorText.ShapeOf(text) is not null
            && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '+' or ':' or '.' or ' ') => $"'{text}'",
        string => throw new ProblemException(ProblemKind.Configuration, "a text cursor must be an RFC 3339 time",
            fix: "Use a number, date or timestamp column as the cursor."),
        var number => string.Create(CultureInfo.InvariantCulture, $"{number}"),
    };

    private async Task<PostgresReader> RunAsync(string described, CancellationToken ct,
        Func<NpgsqlConnection, PostgresColumns, Task<PostgresReader>> run)
    {
        var connection = await _login.OpenAsync(ct);
        try
        {
            await ExecuteAsync(connection, Begin, ct);
            return await run(connection, await PostgresWarehouse.DescribeAsync(connection, described, ct));
        }
        catch (Exception error)
        {
            await connection.DisposeAsync();
            if (error is NpgsqlException or IOException)
                throw _errors.Explain(error);
            throw;
        }
    }

    private async Task<PostgresReader> PlainAsync(NpgsqlConnection connection, PostgresColumns shape, string query,
        string? key, CancellationToken ct)
    {
        var command = new NpgsqlCommand(query, connection) { CommandTimeout = 0, UnknownResultTypeList = shape.AsText };
        if (key is not null)
            command.Parameters.AddWithValue(SqlDialects.Redshift.Marker, key);
        return new PostgresReader(connection, command, await command.ExecuteReaderAsync(ct), shape, _errors.Explain);
    }

    private async Task<PostgresReader> FetchAsync(NpgsqlConnection connection, PostgresColumns shape, string query, CancellationToken ct)
    {
        var size = int.TryParse(await _context.GetAsync("fetch_size", ct), out var rows) && rows > 0
            ? rows
            : throw _errors.Problems.Configuration("'fetch_size' is not a positive whole number", "Correct 'fetch_size'.");
        await ExecuteAsync(connection, $"declare {CursorName} cursor for {query}", ct);
        var command = new NpgsqlCommand($"fetch forward {size} from {CursorName}", connection)
        {
            CommandTimeout = 0,
            UnknownResultTypeList = shape.AsText
        };
        return new PostgresReader(connection, command, await command.ExecuteReaderAsync(ct), shape, _errors.Explain, size);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(ct);
    }
}
