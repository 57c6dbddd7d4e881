using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.State;
using PendoSync.Values;
using PendoSync.Warehouses.Sql;
using SQLitePCL;

namespace PendoSync.Warehouses.Sqlite;

/// <summary>
/// A SQLite file, opened read-only. Driver: https://learn.microsoft.com/dotnet/standard/data/sqlite/connection-strings;
/// result codes: https://www.sqlite.org/rescode.html
/// </summary>
internal sealed class SqliteWarehouse(WarehouseContext context) : IWarehouse
{
    private const int BusySeconds = 15;
    private readonly WarehouseProblems _problems = new(context.Connection.Name);

    /// <summary>How it is declared.</summary>
    public static WarehouseType Type { get; } = new()
    {
        Name = "sqlite",
        Title = "SQLite",
        Settings = [new("file", SettingKind.File, "Path of the database file, relative to the project.", Required: true, Source: true)],
        SqlWords = SqlDialects.Sqlite.Words,
        Create = context => new SqliteWarehouse(context),
    };

    /// <inheritdoc/>
    public async Task<DbDataReader> OpenAsync(Model model, ReadFrom? from, CancellationToken ct)
    {
        var dialect = SqlDialects.Sqlite;
        return await OpenAsync(ct, connection =>
        {
            if (from is null)
                return new SqlStatement(dialect.SelectAll(model), null);
            using var probe = Execute(connection, new SqlStatement(dialect.SelectAll(model), null));
            return dialect.Select(model, from, _problems.Find(SqliteColumns.Of(probe), from.Cursor?.Column ?? from.Key!.Column));
        });
    }

    /// <inheritdoc/>
    public async Task CheckAsync(Model? model, CancellationToken ct)
    {
        var sql = model is null ? "select name from sqlite_master limit 1" : SqlDialects.Sqlite.SelectSample(model);
        await using var reader = await OpenAsync(ct, _ => new SqlStatement(sql, null));
        await reader.ReadAsync(ct);
    }

    /// <summary>Another process that writes the file may hold it for longer than we wait.</summary>
    public bool IsTransient(Exception error) =>
        error is SqliteException { SqliteErrorCode: raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_PROTOCOL }
        || (error is ProblemException { Problem.Kind: ProblemKind.Transient });

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<SqliteReader> OpenAsync(CancellationToken ct, Func<SqliteConnection, SqlStatement> statement)
    {
        var setting = await context.GetAsync("file", ct) ?? throw _problems.Configuration("no file is given", "Set 'file'.");
        var file = Path.GetFullPath(setting, context.ProjectDirectory);
        // Opening read-only a file that is not there gives an error that names no file.
        if (!File.Exists(file))
            throw _problems.Configuration($"there is no file '{setting}'",
                "Set 'file' to the database, relative to the folder of pendosync.yaml.");
        try
        {
            return await OpenAnywhereAsync(file, statement, ct);
        }
        catch (SqliteException error)
        {
            throw Explain(error, file);
        }
    }

    private async Task<SqliteReader> OpenAnywhereAsync(string file, Func<SqliteConnection, SqlStatement> statement, CancellationToken ct)
    {
        try
        {
            return await OpenAsync(file, file, statement, ct);
        }
        catch (SqliteException error) when (SqliteReadOnly.SourceOf(file, error) is { } source)
        {
            return await OpenAsync(file, source, statement, ct);
        }
    }

    private async Task<SqliteReader> OpenAsync(
        string file, string source, Func<SqliteConnection, SqlStatement> statement, CancellationToken ct)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = source,
            Mode = SqliteOpenMode.ReadOnly,
            DefaultTimeout = BusySeconds,
            Pooling = false,
        }.ConnectionString);
        try
        {
            await connection.OpenAsync(ct);
            return new SqliteReader(connection, Execute(connection, statement(connection)), e => Explain(e, file), ct);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private SqliteDataReader Execute(SqliteConnection connection, SqlStatement statement)
    {
        var command = connection.CreateCommand();
        command.CommandText = statement.Text;
        if (statement.Parameter is { } value)
            command.Parameters.AddWithValue(SqlDialects.Sqlite.Marker, value is CursorValue cursor ? Bind(cursor) : value);
        try
        {
            return command.ExecuteReader(CommandBehavior.Default);
        }
        // The driver says that there are parameters without a value, and not which.
        catch (InvalidOperationException error) when (ParametersOf(connection, statement.Text) is { Length: > 0 } unbound)
        {
            throw _problems.Unbound(unbound, error);
        }
    }

    private static string ParametersOf(SqliteConnection connection, string sql)
    {
        if (raw.sqlite3_prepare_v2(connection.Handle!, sql, out var statement) != raw.SQLITE_OK)
            return "";
        using (statement)
        {
            return string.Join(", ", Enumerable.Range(1, raw.sqlite3_bind_parameter_count(statement))
                .Select(i => raw.sqlite3_bind_parameter_name(statement, i).utf8_to_string() ?? "?")
                .Where(name => name != SqlDialects.Sqlite.Marker));
        }
    }

    // A decimal would be bound as text, which no stored number equals; a time as text that julianday() reads.
    private static object Bind(CursorValue cursor) => cursor.Parameter switch
    {
        decimal number => (double)number,
        DateOnly or DateTime or DateTimeOffset => cursor.ToString()[2..],
        var other => other,
    };

    private ProblemException Explain(SqliteException error, string file) => (error.SqliteErrorCode, error.Message) switch
    {
        (raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_PROTOCOL, _) =>
            _problems.Transient("the file is locked by another process", "Wait until its write has ended.", error),
        (raw.SQLITE_NOTADB or raw.SQLITE_CORRUPT, _) =>
            _problems.Configuration("the file is not a sound SQLite database", "Check it with: sqlite3 FILE 'pragma integrity_check'.",
                error),
        (raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY, _) when NeedsWriting(file) =>
            _problems.Configuration(
                "who reads this database has to write beside it, and may not: it is in WAL mode, or its last writer broke off",
                "Give the right to write the file's folder, or, with that right, run: sqlite3 FILE 'pragma journal_mode=delete'.", error),
        (raw.SQLITE_CANTOPEN or raw.SQLITE_PERM or raw.SQLITE_READONLY or raw.SQLITE_IOERR, _) =>
            _problems.Configuration("the file cannot be read",
                "Give the user that runs pendosync the right to read the file and its folder.", error),
        (_, var text) when text.Contains("no such table", StringComparison.Ordinal) =>
            _problems.Configuration(Said(text), "Correct the model's table; 'sqlite3 FILE .tables' lists what there is.", error),
        (_, var text) when text.Contains("no such column", StringComparison.Ordinal) =>
            _problems.Configuration(Said(text), "Correct the column in the model's SQL.", error),
        (_, var text) =>
            _problems.Configuration(Said(text), "Correct the model; the statement can be tried with the sqlite3 shell.", error),
    };

    // https://www.sqlite.org/fileformat.html: a read version of 2 means WAL.
    private static bool NeedsWriting(string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var header = new byte[20];
            return File.Exists(file + "-journal") || (stream.ReadAtLeast(header, 20, throwOnEndOfStream: false) == 20 && header[19] == 2);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // "SQLite Error 1: 'no such table: x'." -> "no such table: x"
    private static string Said(string message)
    {
        var (start, end) = (message.IndexOf('\'', StringComparison.Ordinal), message.LastIndexOf('\''));
        return start >= 0 && end > start ? message[(start + 1)..end] : message;
    }
}
