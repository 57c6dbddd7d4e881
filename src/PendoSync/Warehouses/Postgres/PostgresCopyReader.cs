using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Npgsql;

namespace PendoSync.Warehouses;

/// <summary>
/// Rows of <c>COPY (…) TO STDOUT (FORMAT BINARY)</c>: a whole model costs about half of what a query costs to read, since cells stay bytes until
/// somebody wants them. Gives what <see cref="PostgresReader"/> gives for the same columns. Owns its connection; closed before the end, it
/// cancels the statement, since all that is left would be read otherwise.
/// </summary>
internal sealed class PostgresCopyReader : ForwardReader, IBufferedRow
{
    private static readonly Task<bool> _true = Task.FromResult(true);
    private static readonly DateTime _epoch = new(2000, 1, 1);
    private readonly ReadAhead _ahead;
    private readonly PostgresCopyRows _rows;
    private readonly Type[] _types;
    private readonly TextForm[] _forms;
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlRawCopyStream _stream;
    private readonly Func<Exception, Exception> _explain;
    private byte[] _number = new byte[64];
    private bool _disposed;

    private enum TextForm
    {
        Plain,

        /// <summary>jsonb: a version byte stands before the text.</summary>
        AfterVersion,

        /// <summary>numeric in binary.</summary>
        Number,
    }

    /// <summary>A reader of a statement that was started.</summary>
    public PostgresCopyReader(NpgsqlConnection connection, NpgsqlRawCopyStream stream, PostgresColumns shape, Func<Exception, Exception> explain)
        : base(shape.Columns)
    {
        (_connection, _stream, _explain) = (connection, stream, explain);
        _ahead = new ReadAhead(stream);
        _rows = new PostgresCopyRows(_ahead.Bytes, shape.Columns.Count);
        _types = [.. shape.Columns.Select((column, i) => TypeOf(column, shape.Copy[i].Type))];
        _forms = [.. shape.Copy.Select(c => c switch { ("jsonb", CopyAs.Itself) => TextForm.AfterVersion, ("numeric", _) => TextForm.Number, _ => TextForm.Plain })];
    }

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
    public override bool IsDBNull(int ordinal) => _rows.IsNull(ordinal);

    /// <inheritdoc/>
    public override Type GetFieldType(int ordinal) => _types[ordinal];

    /// <inheritdoc/>
    public bool TryGetUtf8(int ordinal, out ReadOnlySpan<byte> text)
    {
        text = default;
        if (_types[ordinal] != typeof(string))
            return false;
        text = Text(ordinal);
        return true;
    }

    /// <inheritdoc/>
    public override string GetString(int ordinal) => Encoding.UTF8.GetString(Text(ordinal));

    /// <inheritdoc/>
    public override decimal GetDecimal(int ordinal) => decimal.Parse(Text(ordinal), NumberStyles.Float, CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public override bool GetBoolean(int ordinal) => _rows.Cell(ordinal)[0] != 0;

    /// <inheritdoc/>
    public override byte GetByte(int ordinal) => checked((byte)GetInt64(ordinal));

    /// <inheritdoc/>
    public override short GetInt16(int ordinal) => BinaryPrimitives.ReadInt16BigEndian(_rows.Cell(ordinal));

    /// <inheritdoc/>
    public override int GetInt32(int ordinal) => BinaryPrimitives.ReadInt32BigEndian(_rows.Cell(ordinal));

    /// <inheritdoc/>
    public override long GetInt64(int ordinal) => _rows.Cell(ordinal) is { Length: 8 } cell
        ? BinaryPrimitives.ReadInt64BigEndian(cell)
        : _types[ordinal] == typeof(short) ? GetInt16(ordinal) : _types[ordinal] == typeof(uint) ? (uint)GetInt32(ordinal) : GetInt32(ordinal);

    /// <inheritdoc/>
    public override float GetFloat(int ordinal) => BinaryPrimitives.ReadSingleBigEndian(_rows.Cell(ordinal));

    /// <inheritdoc/>
    public override double GetDouble(int ordinal) => BinaryPrimitives.ReadDoubleBigEndian(_rows.Cell(ordinal));

    /// <summary>A date, timestamp or instant (in UTC); infinity is the last or first moment, as Npgsql has it.</summary>
    public override DateTime GetDateTime(int ordinal)
    {
        if (_types[ordinal] == typeof(DateOnly))
            return Date(ordinal).ToDateTime(TimeOnly.MinValue);
        var kind = Columns[ordinal].Kind == ColumnKind.Instant ? DateTimeKind.Utc : DateTimeKind.Unspecified;
        return BinaryPrimitives.ReadInt64BigEndian(_rows.Cell(ordinal)) switch
        {
            long.MaxValue => DateTime.SpecifyKind(DateTime.MaxValue, kind),
            long.MinValue => DateTime.SpecifyKind(DateTime.MinValue, kind),
            var microseconds => new DateTime(checked(_epoch.Ticks + (microseconds * TimeSpan.TicksPerMicrosecond)), kind),
        };
    }

    /// <inheritdoc/>
    public override Guid GetGuid(int ordinal) => new(_rows.Cell(ordinal), bigEndian: true);

    /// <inheritdoc/>
    public override char GetChar(int ordinal) => GetString(ordinal)[0];

    /// <inheritdoc/>
    public override object GetValue(int ordinal) => IsDBNull(ordinal) ? DBNull.Value : Type.GetTypeCode(_types[ordinal]) switch
    {
        TypeCode.Boolean => GetBoolean(ordinal),
        TypeCode.Int16 => GetInt16(ordinal),
        TypeCode.Int32 => GetInt32(ordinal),
        TypeCode.Int64 => GetInt64(ordinal),
        TypeCode.UInt32 => (uint)GetInt32(ordinal),
        TypeCode.Single => GetFloat(ordinal),
        TypeCode.Double => GetDouble(ordinal),
        TypeCode.DateTime => GetDateTime(ordinal),
        TypeCode.String => GetString(ordinal),
        _ when _types[ordinal] == typeof(DateOnly) => Date(ordinal),
        _ when _types[ordinal] == typeof(Guid) => GetGuid(ordinal),
        _ => _rows.Cell(ordinal).ToArray(),
    };

    /// <inheritdoc/>
    public override T GetFieldValue<T>(int ordinal) => (T)GetValue(ordinal);

    /// <inheritdoc/>
    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length)
    {
        var cell = _rows.Cell(ordinal);
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

    private ReadOnlySpan<byte> Text(int ordinal)
    {
        var cell = _rows.Cell(ordinal);
        switch (_forms[ordinal])
        {
            case TextForm.AfterVersion:
                return cell[1..];
            case TextForm.Number:
                var length = PostgresNumeric.MaxLength(cell);
                if (_number.Length < length)
                    _number = new byte[length];
                return _number.AsSpan(0, PostgresNumeric.Write(cell, _number));
            default:
                return cell;
        }
    }

    private DateOnly Date(int ordinal) => BinaryPrimitives.ReadInt32BigEndian(_rows.Cell(ordinal)) switch
    {
        int.MaxValue => DateOnly.MaxValue,
        int.MinValue => DateOnly.MinValue,
        var days => DateOnly.FromDateTime(_epoch).AddDays(days),
    };

    private static Type TypeOf(WarehouseColumn column, string type) => column.Kind switch
    {
        ColumnKind.Boolean => typeof(bool),
        ColumnKind.Integer => type switch { "int2" => typeof(short), "int4" => typeof(int), "oid" => typeof(uint), _ => typeof(long) },
        ColumnKind.Double => type == "float4" ? typeof(float) : typeof(double),
        ColumnKind.Date => typeof(DateOnly),
        ColumnKind.Timestamp or ColumnKind.Instant => typeof(DateTime),
        ColumnKind.Uuid => typeof(Guid),
        ColumnKind.Bytes => typeof(byte[]),
        _ => typeof(string),
    };
}
