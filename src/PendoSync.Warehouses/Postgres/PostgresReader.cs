using System.Data.Common;
using Npgsql;
using PendoSync.Sources;
using PendoSync.Values;
using PendoSync.Warehouses.Sql;

namespace PendoSync.Warehouses.Postgres;

/// <summary>
/// Rows of one Npgsql command, with columns that came as text put right and errors explained. It owns its connection; when it is closed
/// before the end, the query is cancelled first, since Npgsql would otherwise read all that is left. With <paramref name="block"/> the
/// command is a FETCH of that many rows, run again until a block is not full.
/// </summary>
internal sealed class PostgresReader(
    NpgsqlConnection connection, NpgsqlCommand command, NpgsqlDataReader first, PostgresColumns shape,
    Func<Exception, Exception> explain, int? block = null)
    : RowsReader(shape.Columns)
{
    private readonly bool[] _asText = shape.AsText;
    private readonly ColumnKind[] _kinds = [.. shape.Columns.Select(column => column.Kind)];
    private readonly bool[] _padded = [.. shape.Types.Select(type => type == "bpchar")];
    private NpgsqlDataReader _rows = first;
    private Task<bool> _read = Task.FromResult(true);
    private int _inBlock;
    private bool _ended;
    private bool _disposed;

    /// <inheritdoc/>
    protected override DbDataReader Rows => _rows;

    /// <inheritdoc/>
    public override bool IsClosed => _disposed;

    /// <inheritdoc/>
    public override Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        // Npgsql looks at the token only when it has to wait.
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled<bool>(cancellationToken);
        // Most rows are in the buffer already: no state machine for those.
        var read = _rows.ReadAsync(cancellationToken);
        if (!read.IsCompletedSuccessfully || !read.Result)
            return ReadOnAsync(read, cancellationToken);
        _inBlock++;
        return read;
    }

    /// <inheritdoc/>
    public override Type GetFieldType(int ordinal) => _asText[ordinal] ? typeof(string) : _rows.GetFieldType(ordinal);

    /// <inheritdoc/>
    public override object GetValue(int ordinal) => _kinds[ordinal] switch
    {
        _ when IsDBNull(ordinal) => DBNull.Value,
        ColumnKind.Date => Day(ordinal),
        ColumnKind.Timestamp or ColumnKind.Instant => GetDateTime(ordinal),
        ColumnKind.Text => GetString(ordinal),
        ColumnKind.Array when _padded[ordinal] => Array.ConvertAll(_rows.GetFieldValue<string?[]>(ordinal), text => text?.TrimEnd(' ')),
        ColumnKind.Array when shape.Types[ordinal] == "date" =>
            Array.ConvertAll(_rows.GetFieldValue<int?[]>(ordinal), days => days is { } known ? PostgresTimes.Day(known) : (DateOnly?)null),
        _ => _rows.GetValue(ordinal),
    };

    /// <inheritdoc/>
    public override T GetFieldValue<T>(int ordinal) => typeof(T) == typeof(DateOnly) ? (T)(object)Day(ordinal)
        : typeof(T) == typeof(DateTime) ? (T)(object)GetDateTime(ordinal)
        : _rows.GetFieldValue<T>(ordinal);

    /// <summary>The padding of CHAR(n) is no part of its value: https://www.postgresql.org/docs/current/datatype-character.html.</summary>
    public override string GetString(int ordinal) => _padded[ordinal] ? _rows.GetString(ordinal).TrimEnd(' ') : _rows.GetString(ordinal);

    /// <summary>Also of a numeric that came as text, when it fits.</summary>
    public override decimal GetDecimal(int ordinal) =>
        _asText[ordinal] ? ExactDecimal.Parse(_rows.GetString(ordinal)) : _rows.GetDecimal(ordinal);

    /// <inheritdoc/>
    public override DateTime GetDateTime(int ordinal) => _kinds[ordinal] switch
    {
        ColumnKind.Date => Day(ordinal).ToDateTime(TimeOnly.MinValue),
        ColumnKind.Instant => PostgresTimes.Moment(_rows.GetFieldValue<long>(ordinal), DateTimeKind.Utc),
        _ => PostgresTimes.Moment(_rows.GetFieldValue<long>(ordinal), DateTimeKind.Unspecified),
    };

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
            await ((Task)_read).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!_ended)
                command.Cancel();
            await _rows.DisposeAsync();
        }
        catch (Exception error) when (error is NpgsqlException or IOException or OperationCanceledException)
        {
            // The read is over; only the connection is left to be given back.
        }

        await command.DisposeAsync();
        await connection.DisposeAsync();
    }

    private DateOnly Day(int ordinal) => PostgresTimes.Day(_rows.GetFieldValue<int>(ordinal));

    private Task<bool> ReadOnAsync(Task<bool> read, CancellationToken ct)
    {
        _read = NextAsync(read, ct);
        return _read.WaitAsync(ct);
    }

    private async Task<bool> NextAsync(Task<bool> read, CancellationToken ct)
    {
        try
        {
            while (!await read)
            {
                if (_inBlock != block)
                {
                    _ended = true;
                    return false;
                }

                _inBlock = 0;
                await _rows.DisposeAsync();
                _rows = await command.ExecuteReaderAsync(ct);
                read = _rows.ReadAsync(ct);
            }

            _inBlock++;
            return true;
        }
        catch (Exception error) when (error is NpgsqlException or IOException)
        {
            _ended = true;
            throw explain(error);
        }
    }
}
