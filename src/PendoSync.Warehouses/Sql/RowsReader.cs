using System.Data.Common;
using PendoSync.Sources;

namespace PendoSync.Warehouses.Sql;

/// <summary>The getters of a driver's reader as they are; who derives from it overrides what the driver gives otherwise.</summary>
internal abstract class RowsReader(IReadOnlyList<WarehouseColumn> columns) : ForwardReader(columns)
{
    /// <inheritdoc/>
    public override bool HasRows => Rows.HasRows;

    /// <summary>The driver's reader.</summary>
    protected abstract DbDataReader Rows { get; }

    /// <inheritdoc/>
    public override bool IsDBNull(int ordinal) => Rows.IsDBNull(ordinal);

    /// <inheritdoc/>
    public override T GetFieldValue<T>(int ordinal) => Rows.GetFieldValue<T>(ordinal);

    /// <inheritdoc/>
    public override string GetString(int ordinal) => Rows.GetString(ordinal);

    /// <inheritdoc/>
    public override decimal GetDecimal(int ordinal) => Rows.GetDecimal(ordinal);

    /// <inheritdoc/>
    public override bool GetBoolean(int ordinal) => Rows.GetBoolean(ordinal);

    /// <inheritdoc/>
    public override byte GetByte(int ordinal) => Rows.GetByte(ordinal);

    /// <inheritdoc/>
    public override short GetInt16(int ordinal) => Rows.GetInt16(ordinal);

    /// <inheritdoc/>
    public override int GetInt32(int ordinal) => Rows.GetInt32(ordinal);

    /// <inheritdoc/>
    public override long GetInt64(int ordinal) => Rows.GetInt64(ordinal);

    /// <inheritdoc/>
    public override float GetFloat(int ordinal) => Rows.GetFloat(ordinal);

    /// <inheritdoc/>
    public override double GetDouble(int ordinal) => Rows.GetDouble(ordinal);

    /// <inheritdoc/>
    public override Guid GetGuid(int ordinal) => Rows.GetGuid(ordinal);

    /// <inheritdoc/>
    public override char GetChar(int ordinal) => Rows.GetChar(ordinal);

    /// <inheritdoc/>
    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length) =>
        Rows.GetBytes(ordinal, dataOffset, buffer, bufferOffset, length);

    /// <inheritdoc/>
    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length) =>
        Rows.GetChars(ordinal, dataOffset, buffer, bufferOffset, length);
}
