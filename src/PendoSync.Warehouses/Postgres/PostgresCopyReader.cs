using Npgsql;
using PendoSync.Sources;
using PendoSync.Values;
using PendoSync.Warehouses.Sql;

namespace PendoSync.Warehouses.Postgres;

/// <summary>
/// Rows of <c>COPY (…) TO STDOUT (FORMAT BINARY)</c>: a whole model costs about half of what a query costs to read, since cells stay bytes
/// until somebody wants them. Gives what <see cref="PostgresReader"/> gives for the same columns. Owns its connection; closed before the
/// end, it cancels the statement, since all that is left would be read otherwise.
/// </summary>
internal sealed class PostgresCopyReader : ForwardReader, IBinaryRow
{
    private static readonly Task<bool> _true = Task.FromResult(true);
    private readonly ReadAhead _ahead;
    private readonly PostgresCopyRows _rows;
    private readonly Type[] _types;
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlRawCopyStream _stream;
    private readonly Func<Exception, Exception> _explain;
    private bool _disposed;

    /// <summary>A reader of a statement that was started.</summary>
    public PostgresCopyReader(NpgsqlConnection connection, NpgsqlRawCopyStream stream, PostgresColumns shape,
        Func<Exception, Exception> explain)
        : base(shape.Columns)
    {
        (_connection, _stream, _explain) = (connection, stream, explain);
        _ahead = new ReadAhead(stream);
        _rows = new PostgresCopyRows(_ahead.Bytes, shape.Columns.Count);
        Cells = new PostgresCells(_rows, shape);
        _types = [.. shape.Columns.Select((_, i) => TypeOf(Cells.FormOf(i)))];
    }

    /// <inheritdoc/>
    public BinaryCells Cells { get; }

    /// <inheritdoc/>
    public override bool HasRows => !_rows.Ended;

    /// <inheritdoc/>
    public override bool IsClosed => _disposed;

    /// <inheritdoc/>
    public override Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return CancelAsync(cancellationToken);
        try
        {
            var next = _rows.NextAsync();
            return next.IsCompletedSuccessfully && next.Result ? _true : WaitAsync(next, cancellationToken);
        }
        catch (Exception error) when (error is NpgsqlException or IOException)
        {
            return Task.FromException<bool>(_explain(error));
        }
    }

    /// <inheritdoc/>
    public override bool IsDBNull(int ordinal) => Cells.IsNull(ordinal);

    /// <inheritdoc/>
    public override Type GetFieldType(int ordinal) => _types[ordinal];

    /// <inheritdoc/>
    public override string GetString(int ordinal) => StrictUtf8.GetString(Cells.Text(ordinal));

    /// <inheritdoc/>
    public override decimal GetDecimal(int ordinal) => ExactDecimal.Parse(Cells.Text(ordinal));

    /// <inheritdoc/>
    public override bool GetBoolean(int ordinal) => Cells.Boolean(ordinal);

    /// <inheritdoc/>
    public override byte GetByte(int ordinal) => checked((byte)Cells.Integer(ordinal));

    /// <inheritdoc/>
    public override short GetInt16(int ordinal) => checked((short)Cells.Integer(ordinal));

    /// <inheritdoc/>
    public override int GetInt32(int ordinal) => checked((int)Cells.Integer(ordinal));

    /// <inheritdoc/>
    public override long GetInt64(int ordinal) => Cells.Integer(ordinal);

    /// <inheritdoc/>
    public override float GetFloat(int ordinal) => Cells.Single(ordinal);

    /// <inheritdoc/>
    public override double GetDouble(int ordinal) => Cells.Double(ordinal);

    /// <inheritdoc/>
    public override DateTime GetDateTime(int ordinal) =>
        Cells.FormOf(ordinal) == CellForm.Date ? Cells.Date(ordinal).ToDateTime(TimeOnly.MinValue) : Cells.Time(ordinal);

    /// <inheritdoc/>
    public override Guid GetGuid(int ordinal) => new(Cells.Raw(ordinal), bigEndian: true);

    /// <inheritdoc/>
    public override char GetChar(int ordinal) => GetString(ordinal)[0];

    /// <inheritdoc/>
    public override object GetValue(int ordinal) => IsDBNull(ordinal) ? DBNull.Value : Type.GetTypeCode(_types[ordinal]) switch
    {
        TypeCode.Boolean => GetBoolean(ordinal),
        TypeCode.Int16 => GetInt16(ordinal),
        TypeCode.Int32 => GetInt32(ordinal),
        TypeCode.Int64 => GetInt64(ordinal),
        TypeCode.UInt32 => (uint)GetInt64(ordinal),
        TypeCode.Single => GetFloat(ordinal),
        TypeCode.Double => GetDouble(ordinal),
        TypeCode.DateTime => GetDateTime(ordinal),
        TypeCode.String => GetString(ordinal),
        _ when _types[ordinal] == typeof(DateOnly) => Cells.Date(ordinal),
        _ when _types[ordinal] == typeof(Guid) => GetGuid(ordinal),
        _ => Cells.Raw(ordinal).ToArray(),
    };

    /// <inheritdoc/>
    public override T GetFieldValue<T>(int ordinal) => (T)GetValue(ordinal);

    /// <inheritdoc/>
    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length)
    {
        var cell = Cells.Raw(ordinal);
        if (buffer is null)
            return cell.Length;
        var part = cell[(int)Math.Min(dataOffset, cell.Length)..];
        part = part[..Math.Min(part.Length, length)];
        part.CopyTo(buffer.AsSpan(bufferOffset));
        return part.Length;
    }

    /// <inheritdoc/>
    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length)
    {
        var text = GetString(ordinal);
        if (buffer is null)
            return text.Length;
        var part = text.AsSpan((int)Math.Min(dataOffset, text.Length));
        part = part[..Math.Min(part.Length, length)];
        part.CopyTo(buffer.AsSpan(bufferOffset));
        return part.Length;
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        _disposed = true;
        try
        {
            if (!_rows.Ended)
                await _stream.CancelAsync();
            await _ahead.DisposeAsync();
            await _stream.DisposeAsync();
        }
        catch (Exception error) when (error is NpgsqlException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The read is over; only the connection is left to be given back.
        }

        await _connection.DisposeAsync();
    }

    private async Task<bool> CancelAsync(CancellationToken ct)
    {
        await _stream.CancelAsync();
        throw new OperationCanceledException(ct);
    }

    // Npgsql would break the connection and leave the statement running: it is told to cancel instead.
    private async Task<bool> WaitAsync(ValueTask<bool> next, CancellationToken ct)
    {
        await using var cancelling = ct.UnsafeRegister(static stream => ((NpgsqlRawCopyStream)stream!).Cancel(), _stream);
        try
        {
            return await next;
        }
        catch (Exception error) when (ct.IsCancellationRequested && error is NpgsqlException or IOException or OperationCanceledException)
        {
            throw new OperationCanceledException(error.Message, error, ct);
        }
        catch (Exception error) when (error is NpgsqlException or IOException)
        {
            throw _explain(error);
        }
    }

    private static Type TypeOf(CellForm form) => form switch
    {
        CellForm.Boolean => typeof(bool),
        CellForm.Int2 => typeof(short),
        CellForm.Int4 => typeof(int),
        CellForm.UInt4 => typeof(uint),
        CellForm.Int8 => typeof(long),
        CellForm.Float4 => typeof(float),
        CellForm.Float8 => typeof(double),
        CellForm.Date => typeof(DateOnly),
        CellForm.Timestamp or CellForm.Instant => typeof(DateTime),
        CellForm.Uuid => typeof(Guid),
        CellForm.Bytes => typeof(byte[]),
        _ => typeof(string),
    };
}
