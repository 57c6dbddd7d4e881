using System.Buffers.Binary;
using System.Text;
using Npgsql;
using PendoSync.Sources;
using PendoSync.Values;
using PendoSync.Warehouses.Sql;

namespace PendoSync.Warehouses.Postgres;

/// <summary>
/// Rows of <c>COPY (...) TO STDOUT (FORMAT BINARY)</c>: an unchanged run over a million rows of eleven columns takes a fifth less than with
/// <see cref="PostgresReader"/>, which gives the same for the same columns. It owns its connection; closed before the end, it cancels the
/// statement.
/// </summary>
internal sealed class PostgresCopyReader : ForwardReader
{
    private static readonly UTF8Encoding _strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly Task<bool> _true = Task.FromResult(true);
    private readonly ColumnKind[] _kinds;
    private readonly IReadOnlyList<string> _types;
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlRawCopyStream _stream;
    private readonly ReadAhead _ahead;
    private readonly PostgresCopyRows _rows;
    private readonly Func<Exception, Exception> _explain;
    private bool _ended;
    private bool _disposed;

    private PostgresCopyReader(NpgsqlConnection connection, NpgsqlRawCopyStream stream, PostgresColumns shape,
        Func<Exception, Exception> explain)
        : base(shape.Columns)
    {
        (_connection, _stream, _types, _explain) = (connection, stream, shape.Types, explain);
        _kinds = [.. shape.Columns.Select(column => column.Kind)];
        _ahead = new ReadAhead(stream);
        _rows = new PostgresCopyRows(_ahead.Bytes, shape.Columns.Count);
    }

    /// <inheritdoc/>
    public override bool HasRows => true;

    /// <inheritdoc/>
    public override bool IsClosed => _disposed;

    /// <summary>True when every column's binary form is read here; other types' forms are Npgsql's matter.</summary>
    public static bool Knows(PostgresColumns shape) => shape.Columns.Count > 0 && shape.Columns.All(column =>
        column.Kind is not (ColumnKind.Array or ColumnKind.Unsupported) && shape.Types[column.Ordinal]
            is "bool" or "int2" or "int4" or "int8" or "oid" or "float4" or "float8" or "numeric" or "date" or "timestamp" or "timestamptz"
            or "uuid" or "json" or "jsonb" or "bytea" or "text" or "varchar" or "bpchar" or "name" or "citext");

    /// <summary>Starts it, on a connection that it owns from then on.</summary>
    /// <param name="connection">An open connection, in its transaction.</param>
    /// <param name="query">The query, without parameters.</param>
    /// <param name="shape">What the query returns; <see cref="Knows"/> is true of it.</param>
    /// <param name="explain">Makes a problem of what the driver throws.</param>
    /// <param name="ct">Cancels the start.</param>
    /// <exception cref="PostgresException">The server does not copy this.</exception>
    public static async Task<PostgresCopyReader> StartAsync(NpgsqlConnection connection, string query, PostgresColumns shape,
        Func<Exception, Exception> explain, CancellationToken ct)
    {
        // Names of our own, since two columns of a model may share one. A numeric has no binary form that .NET knows.
        var names = string.Join(", ", shape.Columns.Select(column => $"c{column.Ordinal}"));
        var cells = string.Join(", ", shape.Columns.Select(column =>
            column.Kind == ColumnKind.Decimal ? $"c{column.Ordinal}::text" : $"c{column.Ordinal}"));
        var stream = await connection.BeginRawBinaryCopyAsync(
            $"copy (select {cells} from (\n{query}\n) as rows ({names})) to stdout (format binary)", ct);
        return new PostgresCopyReader(connection, stream, shape, explain);
    }

    /// <inheritdoc/>
    public override Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        // Most rows are in the buffer already: no state machine for those.
        return !cancellationToken.IsCancellationRequested && _rows.TryNext() is true ? _true : ReadOnAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override bool IsDBNull(int ordinal) => _rows.IsNull(ordinal);

    /// <inheritdoc/>
    public override Type GetFieldType(int ordinal) => _kinds[ordinal] switch
    {
        ColumnKind.Boolean => typeof(bool),
        ColumnKind.Integer => typeof(long),
        ColumnKind.Double => _types[ordinal] == "float4" ? typeof(float) : typeof(double),
        ColumnKind.Date => typeof(DateOnly),
        ColumnKind.Timestamp or ColumnKind.Instant => typeof(DateTime),
        ColumnKind.Uuid => typeof(Guid),
        ColumnKind.Bytes => typeof(byte[]),
        _ => typeof(string),
    };

    /// <inheritdoc/>
    public override object GetValue(int ordinal) => _kinds[ordinal] switch
    {
        _ when IsDBNull(ordinal) => DBNull.Value,
        ColumnKind.Boolean => GetBoolean(ordinal),
        ColumnKind.Integer => GetInt64(ordinal),
        ColumnKind.Double when _types[ordinal] == "float4" => GetFloat(ordinal),
        ColumnKind.Double => GetDouble(ordinal),
        ColumnKind.Date => Day(ordinal),
        ColumnKind.Timestamp or ColumnKind.Instant => GetDateTime(ordinal),
        ColumnKind.Uuid => GetGuid(ordinal),
        ColumnKind.Bytes => _rows.Cell(ordinal).ToArray(),
        _ => GetString(ordinal),
    };

    /// <inheritdoc/>
    public override T GetFieldValue<T>(int ordinal) =>
        typeof(T) == typeof(DateTime) ? (T)(object)GetDateTime(ordinal) : (T)GetValue(ordinal);

    /// <summary>Without the padding of CHAR(n), and without the number of the form that JSONB begins with.</summary>
    public override string GetString(int ordinal)
    {
        var cell = _rows.Cell(ordinal);
        return _types[ordinal] switch
        {
            "bpchar" => _strict.GetString(cell.TrimEnd((byte)' ')),
            "jsonb" => _strict.GetString(cell[1..]),
            _ => _strict.GetString(cell),
        };
    }

    /// <inheritdoc/>
    public override decimal GetDecimal(int ordinal) => ExactDecimal.Parse(GetString(ordinal));

    /// <inheritdoc/>
    public override bool GetBoolean(int ordinal) => _rows.Cell(ordinal)[0] != 0;

    /// <inheritdoc/>
    public override long GetInt64(int ordinal) => _rows.Cell(ordinal) switch
    {
        { Length: 2 } cell => BinaryPrimitives.ReadInt16BigEndian(cell),
        { Length: 8 } cell => BinaryPrimitives.ReadInt64BigEndian(cell),
        { Length: 4 } cell when _types[ordinal] == "oid" => BinaryPrimitives.ReadUInt32BigEndian(cell),
        { Length: 4 } cell => BinaryPrimitives.ReadInt32BigEndian(cell),
        _ => throw new InvalidCastException("the cell is no integer"),
    };

    /// <inheritdoc/>
    public override float GetFloat(int ordinal) => BinaryPrimitives.ReadSingleBigEndian(_rows.Cell(ordinal));

    /// <inheritdoc/>
    public override double GetDouble(int ordinal) => _types[ordinal] == "float4"
        ? GetFloat(ordinal) : BinaryPrimitives.ReadDoubleBigEndian(_rows.Cell(ordinal));

    /// <inheritdoc/>
    public override DateTime GetDateTime(int ordinal) => _kinds[ordinal] switch
    {
        ColumnKind.Date => Day(ordinal).ToDateTime(TimeOnly.MinValue),
        ColumnKind.Instant => PostgresTimes.Moment(GetInt64(ordinal), DateTimeKind.Utc),
        _ => PostgresTimes.Moment(GetInt64(ordinal), DateTimeKind.Unspecified),
    };

    /// <inheritdoc/>
    public override Guid GetGuid(int ordinal) => new(_rows.Cell(ordinal), bigEndian: true);

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        _disposed = true;
        await SilentServer.LeaveAsync(EndAsync);
    }

    private async Task EndAsync()
    {
        try
        {
            var left = _ahead.DisposeAsync();
            if (!_ended)
                await _stream.CancelAsync();
            await left;
            await _stream.DisposeAsync();
        }
        catch (Exception error) when (error is NpgsqlException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The read is over; only the connection is left to be given back.
        }

        await _connection.DisposeAsync();
    }

    private DateOnly Day(int ordinal) => PostgresTimes.Day(BinaryPrimitives.ReadInt32BigEndian(_rows.Cell(ordinal)));

    private async Task<bool> ReadOnAsync(CancellationToken ct)
    {
        try
        {
            ct.ThrowIfCancellationRequested();
            bool? found;
            while ((found = _rows.TryNext()) is null)
                await _rows.FillAsync(ct);
            if (found is true)
                return true;
            await _rows.FinishAsync(ct);
            _ended = true;
            return _ahead.Failure is null ? false : throw new IOException("the rows ended without the server's word that these are all");
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            await DisposeAsync();
            throw;
        }
        catch (Exception error) when (error is NpgsqlException or IOException)
        {
            _ended = true;
            throw _explain(_ahead.Failure ?? error);
        }
    }
}
