using System.Data.Common;
using System.Globalization;
using PendoSync.Sources;
using PendoSync.Warehouses.Sql;

namespace PendoSync.Warehouses.Drivers;

/// <summary>How one column of a driver's reader has to be read.</summary>
internal enum CellReading
{
    /// <summary>As the driver gives it.</summary>
    Plain,

    /// <summary>Text of the driver's own decimal, which may be wider than .NET's.</summary>
    OwnDecimal,

    /// <summary>Text without the blanks that CHAR(n) is filled up with.</summary>
    Unpadded,

    /// <summary>A time of day, or a span of hours, as text: hh:mm:ss with what digits of a second there are.</summary>
    TimeOfDay,

    /// <summary>A date or time whose least value means that there is none (MySQL's zero dates).</summary>
    ZeroIsNull,

    /// <summary>The same, an instant in UTC.</summary>
    UtcZeroIsNull,
}

/// <summary>
/// Rows of one command of any ADO.NET driver, with errors explained. It owns its connection; when it is closed before the end, the query is
/// cancelled first, since drivers would otherwise read all that is left.
/// </summary>
internal sealed class DriverReader(
    DbConnection connection, DbCommand command, DbDataReader rows, IReadOnlyList<WarehouseColumn> columns, CellReading[] reading,
    IDriverRules rules, CancellationToken opened)
    : RowsReader(columns)
{
    private readonly CancellationTokenRegistration _cancel = rules.ReadsAsync ? default : opened.Register(() => Cancel(command));
    private Task<bool> _read = Task.FromResult(true);
    private bool _ended;
    private bool _disposed;

    /// <inheritdoc/>
    protected override DbDataReader Rows => rows;

    /// <inheritdoc/>
    public override bool IsClosed => _disposed;

    /// <inheritdoc/>
    public override async Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            if (!rules.ReadsAsync)
                return !(_ended = !rows.Read());
            _read = rows.ReadAsync(cancellationToken);
            return !(_ended = !(_read.IsCompleted ? await _read : await _read.WaitAsync(cancellationToken)));
        }
        catch (Exception error) when (Causes.IsDriver(error))
        {
            _ended = true;
            // A driver may tell of a cancelled query by an error of its own.
            cancellationToken.ThrowIfCancellationRequested();
            opened.ThrowIfCancellationRequested();
            throw rules.Explain(error);
        }
    }

    /// <inheritdoc/>
    public override bool IsDBNull(int ordinal) =>
        rows.IsDBNull(ordinal)
            || (reading[ordinal] is CellReading.ZeroIsNull or CellReading.UtcZeroIsNull && rows.GetDateTime(ordinal) == DateTime.MinValue);

    /// <inheritdoc/>
    public override Type GetFieldType(int ordinal) => Columns[ordinal].Kind switch
    {
        _ when reading[ordinal] is CellReading.OwnDecimal or CellReading.TimeOfDay => typeof(string),
        // The driver may lack even the .NET type of it.
        ColumnKind.Unsupported => typeof(object),
        ColumnKind.PerCell when !_ended && rows.GetFieldType(ordinal) == typeof(object) => rows.GetValue(ordinal).GetType(),
        _ => rows.GetFieldType(ordinal),
    };

    /// <inheritdoc/>
    public override object GetValue(int ordinal) => reading[ordinal] switch
    {
        _ when IsDBNull(ordinal) => DBNull.Value,
        // For people only: nobody maps such a column.
        _ when Columns[ordinal].Kind == ColumnKind.Unsupported => $"({Columns[ordinal].SystemType})",
        CellReading.OwnDecimal or CellReading.Unpadded or CellReading.TimeOfDay => GetString(ordinal),
        CellReading.UtcZeroIsNull => GetDateTime(ordinal),
        _ => rows.GetValue(ordinal),
    };

    /// <inheritdoc/>
    public override string GetString(int ordinal) => reading[ordinal] switch
    {
        CellReading.OwnDecimal => rules.DecimalText(rows, ordinal),
        CellReading.Unpadded => rows.GetString(ordinal).TrimEnd(' '),
        CellReading.TimeOfDay => TimeText(rows.GetFieldValue<TimeSpan>(ordinal)),
        _ => rows.GetString(ordinal),
    };

    /// <inheritdoc/>
    public override DateTime GetDateTime(int ordinal) => reading[ordinal] == CellReading.UtcZeroIsNull
        ? DateTime.SpecifyKind(rows.GetDateTime(ordinal), DateTimeKind.Utc)
        : rows.GetDateTime(ordinal);

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        _disposed = true;
        await _cancel.DisposeAsync();
        await SilentServer.LeaveAsync(EndAsync);
    }

    private async Task EndAsync()
    {
        try
        {
            await ((Task)_read).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!_ended)
                command.Cancel();
            await rows.DisposeAsync();
            await command.DisposeAsync();
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // The read is over. What drivers throw while they pass over the rest of a broken result is of many kinds.
        }

        await rules.EndAsync(connection);
        await connection.DisposeAsync();
    }

    private static void Cancel(DbCommand command)
    {
        try
        {
            command.Cancel();
        }
        catch (Exception error) when (Causes.IsDriver(error))
        {
            // The read is over already.
        }
    }

    // MySQL's TIME is a span of up to 838 hours, also a negative one.
    private static string TimeText(TimeSpan time)
    {
        var (sign, span) = time < TimeSpan.Zero ? ("-", time.Negate()) : ("", time);
        var whole = string.Create(CultureInfo.InvariantCulture, $"{sign}{(int)span.TotalHours:00}:{span.Minutes:00}:{span.Seconds:00}");
        var part = span.Ticks % TimeSpan.TicksPerSecond;
        return part == 0 ? whole : whole + "." + part.ToString("0000000", CultureInfo.InvariantCulture).TrimEnd('0');
    }
}
