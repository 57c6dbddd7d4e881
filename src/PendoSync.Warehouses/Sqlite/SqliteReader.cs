using System.Globalization;
using Microsoft.Data.Sqlite;
using PendoSync.Sources;
using PendoSync.Values;
using PendoSync.Warehouses.Sql;
using SQLitePCL;

namespace PendoSync.Warehouses.Sqlite;

/// <summary>
/// Reads the cells of a SQLite statement. Cells are taken from the statement itself rather than through the driver's getters: those turn
/// text into 0 without a word when a number is asked for, and cost about twice the time. A cell that does not fit its column's declared
/// type throws <see cref="InvalidCastException"/>, which names the column and never the value; text that is no UTF-8 throws
/// <see cref="System.Text.DecoderFallbackException"/>. It owns its connection.
/// </summary>
internal sealed class SqliteReader : ForwardReader
{
    private readonly SqliteConnection _connection;
    private readonly SqliteDataReader _rows;
    private readonly sqlite3_stmt _statement;
    private readonly Func<SqliteException, ProblemException> _explain;
    private readonly CancellationTokenRegistration _interrupt;
    private readonly ColumnKind[] _kinds;
    private int _cell = -1;
    private int _cellClass;

    /// <summary>Takes over both; cancelling <paramref name="ct"/> interrupts the statement.</summary>
    public SqliteReader(SqliteConnection connection, SqliteDataReader rows, Func<SqliteException, ProblemException> explain,
        CancellationToken ct)
        : base(SqliteColumns.Of(rows))
    {
        (_connection, _rows, _explain, _statement) = (connection, rows, explain, rows.Handle!);
        _kinds = Columns.Select(c => c.Kind).ToArray();
        _interrupt = ct.Register(() => raw.sqlite3_interrupt(connection.Handle!));
    }

    /// <inheritdoc/>
    public override bool HasRows => _rows.HasRows;

    /// <inheritdoc/>
    public override bool IsClosed => _rows.IsClosed;

    /// <inheritdoc/>
    public override bool Read()
    {
        _cell = -1;
        try
        {
            return _rows.Read();
        }
        catch (SqliteException error) when (error.SqliteErrorCode == raw.SQLITE_INTERRUPT)
        {
            throw new OperationCanceledException("the read was cancelled", error, _interrupt.Token);
        }
        catch (SqliteException error)
        {
            throw _explain(error);
        }
    }

    /// <inheritdoc/>
    public override Task<bool> ReadAsync(CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? Task.FromCanceled<bool>(cancellationToken) : Task.FromResult(Read());

    /// <inheritdoc/>
    public override bool IsDBNull(int ordinal) => ClassOf(ordinal) == raw.SQLITE_NULL;

    /// <inheritdoc/>
    public override Type GetFieldType(int ordinal) => SqliteColumns.TypeOf(_kinds[ordinal]) ?? ClassOf(ordinal) switch
    {
        raw.SQLITE_INTEGER => typeof(long),
        raw.SQLITE_FLOAT => typeof(double),
        raw.SQLITE_TEXT => typeof(string),
        raw.SQLITE_BLOB => typeof(byte[]),
        _ => typeof(object),
    };

    /// <inheritdoc/>
    public override long GetInt64(int ordinal) =>
        ClassOf(ordinal) == raw.SQLITE_INTEGER ? raw.sqlite3_column_int64(_statement, ordinal) : throw Unfit(ordinal, "an integer");

    /// <inheritdoc/>
    public override double GetDouble(int ordinal) =>
        ClassOf(ordinal) is raw.SQLITE_FLOAT or raw.SQLITE_INTEGER ? raw.sqlite3_column_double(_statement, ordinal)
            : throw Unfit(ordinal, "a number");

    /// <summary>A text, or a decimal with all its digits.</summary>
    public override string GetString(int ordinal) =>
        _kinds[ordinal] == ColumnKind.Decimal ? Number(ordinal)
        : ClassOf(ordinal) == raw.SQLITE_TEXT ? StrictUtf8.GetString(Utf8(ordinal)) : throw Unfit(ordinal, "a text");

    /// <inheritdoc/>
    public override bool GetBoolean(int ordinal) => ClassOf(ordinal) switch
    {
        raw.SQLITE_INTEGER when raw.sqlite3_column_int64(_statement, ordinal) is (0 or 1) and var bit => bit == 1,
        raw.SQLITE_TEXT when bool.TryParse(GetString(ordinal), out var value) => value,
        _ => throw Unfit(ordinal, "0, 1, true or false", Rules.NotBoolean),
    };

    /// <inheritdoc/>
    public override decimal GetDecimal(int ordinal) =>
        ExactDecimal.TryParse(Number(ordinal), out var value) ? value : throw Unfit(ordinal, "a decimal of at most 28 digits");

    /// <summary>The wall time; its kind is Utc when the cell itself carries a zone or counts from an epoch.</summary>
    public override DateTime GetDateTime(int ordinal) =>
        Time(ordinal) is var time && time.Offset is null ? time.Wall : time.Utc ?? throw Beyond();

    /// <inheritdoc/>
    public override Guid GetGuid(int ordinal) =>
        ClassOf(ordinal) == raw.SQLITE_TEXT && Guid.TryParse(GetString(ordinal), out var value) ? value : throw Unfit(ordinal, "a UUID");

    /// <inheritdoc/>
    public override T GetFieldValue<T>(int ordinal)
    {
        if (typeof(T) == typeof(DateOnly))
            return (T)(object)Day(ordinal);
        if (typeof(T) == typeof(DateTimeOffset))
        {
            var time = Time(ordinal);
            return (T)(object)new DateTimeOffset(time.Utc ?? throw Beyond());
        }

        if (typeof(T) == typeof(byte[]))
            return (T)(object)Bytes(ordinal).ToArray();
        return (T)GetValue(ordinal);
    }

    /// <inheritdoc/>
    public override object GetValue(int ordinal)
    {
        if (IsDBNull(ordinal))
            return DBNull.Value;
        return Type.GetTypeCode(GetFieldType(ordinal)) switch
        {
            TypeCode.Int64 => GetInt64(ordinal),
            TypeCode.Double => GetDouble(ordinal),
            TypeCode.String => GetString(ordinal),
            TypeCode.Boolean => GetBoolean(ordinal),
            TypeCode.Decimal => GetDecimal(ordinal),
            TypeCode.DateTime => GetDateTime(ordinal),
            _ when _kinds[ordinal] == ColumnKind.Date => GetFieldValue<DateOnly>(ordinal),
            _ when _kinds[ordinal] == ColumnKind.Instant => GetFieldValue<DateTimeOffset>(ordinal),
            _ when _kinds[ordinal] == ColumnKind.Uuid => GetGuid(ordinal),
            _ => Bytes(ordinal).ToArray(),
        };
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing)
            return;
        _interrupt.Dispose();
        _rows.Dispose();
        _connection.Dispose();
    }

    private int ClassOf(int ordinal)
    {
        if (_cell != ordinal)
            (_cell, _cellClass) = (ordinal, raw.sqlite3_column_type(_statement, ordinal));
        return _cellClass;
    }

    // Asking for text first makes SQLite convert the text of a UTF-16 database to UTF-8 in place.
    private ReadOnlySpan<byte> Utf8(int ordinal)
    {
        _ = raw.sqlite3_column_text(_statement, ordinal);
        return raw.sqlite3_column_blob(_statement, ordinal);
    }

    private string Number(int ordinal) => ClassOf(ordinal) switch
    {
        raw.SQLITE_INTEGER => raw.sqlite3_column_int64(_statement, ordinal).ToString(CultureInfo.InvariantCulture),
        raw.SQLITE_FLOAT => Shortest(raw.sqlite3_column_double(_statement, ordinal)),
        raw.SQLITE_TEXT => StrictUtf8.GetString(Utf8(ordinal)),
        _ => throw Unfit(ordinal, "a number"),
    };

    // The shortest text that reads back equal; without an exponent where a decimal can hold it.
    private static string Shortest(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        if (!text.Contains('E', StringComparison.Ordinal))
            return text;
        return ExactDecimal.TryParse(text, out var exact) ? exact.ToString(CultureInfo.InvariantCulture) : text;
    }

    private ReadOnlySpan<byte> Bytes(int ordinal) => ClassOf(ordinal) switch
    {
        raw.SQLITE_BLOB => raw.sqlite3_column_blob(_statement, ordinal),
        raw.SQLITE_TEXT => Utf8(ordinal),
        _ => throw Unfit(ordinal, "bytes"),
    };

    private IsoTime Time(int ordinal) => ClassOf(ordinal) switch
    {
        raw.SQLITE_TEXT when SqliteTime.TryParse(Utf8(ordinal), out var time) => time,
        raw.SQLITE_INTEGER or raw.SQLITE_FLOAT
            when SqliteTime.TryFromNumber(raw.sqlite3_column_double(_statement, ordinal), out var time) => time,
        raw.SQLITE_INTEGER or raw.SQLITE_FLOAT => throw Unfit(ordinal, "a Julian day or seconds since 1970, of the years 1 to 9999"),
        _ => throw Unfit(ordinal, "a date or time as SQLite writes it", Rules.NotTime),
    };

    // A time of day, or a zone other than UTC, would be lost.
    private DateOnly Day(int ordinal) => Time(ordinal) is { Wall: { TimeOfDay.Ticks: 0 } midnight, Offset: null or { Ticks: 0 } }
        ? DateOnly.FromDateTime(midnight)
        : throw Unfit(ordinal, "a date without a time of day");

    private static OverflowException Beyond() => new("the year is not between 1 and 9999");

    // Of a rule that a text breaks: one that is no UTF-8 breaks another.
    private InvalidCastException Unfit(int ordinal, string wanted, string? rule = null)
    {
        var message = $"column '{GetName(ordinal)}' ({Columns[ordinal].SystemType}) holds a cell that is not {wanted}";
        if (rule is null)
            return new InvalidCastException(message);
        if (ClassOf(ordinal) == raw.SQLITE_TEXT)
            _ = StrictUtf8.GetString(Utf8(ordinal));
        return new UnfitCellException(rule, message);
    }
}
