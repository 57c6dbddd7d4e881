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

    /// <summary>Text of the driver's own value, for decimals wider than .NET's.</summary>
    OwnText,

    /// <summary>A date and time in UTC, whatever kind the driver marks it with.</summary>
    Utc,

    /// <summary>A date or time whose least value means that there is none (MySQL's zero dates).</summary>
    ZeroIsNull,

    /// <summary>Both of the two before.</summary>
    UtcZeroIsNull,
}

/// <summary>
/// Rows of one command of any ADO.NET driver, with errors explained. It owns its connection; when it is closed before the end, the query is
/// cancelled first, since drivers would otherwise read all that is left.
/// </summary>
internal sealed class DriverReader(
    DbConnection connection, DbCommand command, DbDataReader rows, IReadOnlyList<WarehouseColumn> columns, CellReading[] reading,
    Func<Exception, Exception> explain)
    : RowsReader(columns)
{
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
            return !(_ended = !await rows.ReadAsync(cancellationToken));
        }
        catch (Exception error) when (error is DbException or IOException or InvalidOperationException)
        {
            _ended = true;
            // A driver may tell of a cancelled query by an error of its own.
            cancellationToken.ThrowIfCancellationRequested();
            throw explain(error);
        }
    }

    /// <inheritdoc/>
    public override bool IsDBNull(int ordinal) =>
        rows.IsDBNull(ordinal)
            || (reading[ordinal] is CellReading.ZeroIsNull or CellReading.UtcZeroIsNull && rows.GetDateTime(ordinal) == DateTime.MinValue);

    /// <inheritdoc/>
    public override Type GetFieldType(int ordinal) => Columns[ordinal].Kind switch
    {
        _ when reading[ordinal] == CellReading.OwnText => typeof(string),
        ColumnKind.PerCell when !_ended && rows.GetFieldType(ordinal) == typeof(object) => rows.GetValue(ordinal).GetType(),
        _ => rows.GetFieldType(ordinal),
    };

    /// <inheritdoc/>
    public override object GetValue(int ordinal) => reading[ordinal] switch
    {
        _ when IsDBNull(ordinal) => DBNull.Value,
        CellReading.OwnText => GetString(ordinal),
        CellReading.Utc or CellReading.UtcZeroIsNull => GetDateTime(ordinal),
        _ => rows.GetValue(ordinal),
    };

    /// <inheritdoc/>
    public override string GetString(int ordinal) => reading[ordinal] == CellReading.OwnText
        ? Convert.ToString(rows.GetProviderSpecificValue(ordinal), CultureInfo.InvariantCulture)!
        : rows.GetString(ordinal);

    /// <inheritdoc/>
    public override DateTime GetDateTime(int ordinal) => reading[ordinal] is CellReading.Utc or CellReading.UtcZeroIsNull
        ? DateTime.SpecifyKind(rows.GetDateTime(ordinal), DateTimeKind.Utc)
        : rows.GetDateTime(ordinal);

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        _disposed = true;
        try
        {
            if (!_ended)
                command.Cancel();
            await rows.DisposeAsync();
            await command.DisposeAsync();
        }
        catch (Exception error) when (error is DbException or IOException or InvalidOperationException or OperationCanceledException)
        {
            // The read is over; only the connection is left to be given back.
        }

        await connection.DisposeAsync();
    }
}
