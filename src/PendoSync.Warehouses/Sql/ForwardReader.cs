using System.Collections;
using System.Data.Common;
using PendoSync.Sources;

namespace PendoSync.Warehouses.Sql;

/// <summary>
/// The members of a DbDataReader that follow from a few: one result, forward only, kinds known, and narrow values by the widest getter of
/// their kind.
/// </summary>
internal abstract class ForwardReader(IReadOnlyList<WarehouseColumn> columns) : DbDataReader, IKnowsColumns
{
    /// <inheritdoc/>
    public IReadOnlyList<WarehouseColumn> Columns { get; } = columns;

    /// <inheritdoc/>
    public override int FieldCount => Columns.Count;

    /// <inheritdoc/>
    public override int Depth => 0;

    /// <inheritdoc/>
    public override int RecordsAffected => -1;

    /// <inheritdoc/>
    public override object this[int ordinal] => GetValue(ordinal);

    /// <inheritdoc/>
    public override object this[string name] => GetValue(GetOrdinal(name));

    /// <inheritdoc/>
    public override string GetName(int ordinal) => Columns[ordinal].Name;

    /// <inheritdoc/>
    public override string GetDataTypeName(int ordinal) => Columns[ordinal].SystemType;

    /// <inheritdoc/>
    public override int GetOrdinal(string name)
    {
        foreach (var comparison in (ReadOnlySpan<StringComparison>)[StringComparison.Ordinal, StringComparison.OrdinalIgnoreCase])
        {
            foreach (var column in Columns)
            {
                if (string.Equals(column.Name, name, comparison))
                    return column.Ordinal;
            }
        }

        throw new ArgumentOutOfRangeException(nameof(name), name, "no such column");
    }

    /// <inheritdoc/>
    public override int GetValues(object[] values)
    {
        var count = Math.Min(values.Length, FieldCount);
        for (var i = 0; i < count; i++)
            values[i] = GetValue(i);
        return count;
    }

    /// <inheritdoc/>
    public override int GetInt32(int ordinal) => checked((int)GetInt64(ordinal));

    /// <inheritdoc/>
    public override short GetInt16(int ordinal) => checked((short)GetInt64(ordinal));

    /// <inheritdoc/>
    public override byte GetByte(int ordinal) => checked((byte)GetInt64(ordinal));

    /// <inheritdoc/>
    public override float GetFloat(int ordinal) => (float)GetDouble(ordinal);

    /// <inheritdoc/>
    public override Guid GetGuid(int ordinal) => Guid.Parse(GetString(ordinal));

    /// <inheritdoc/>
    public override char GetChar(int ordinal) => GetString(ordinal) is [var only]
        ? only : throw new InvalidCastException("the text is not one character");

    /// <inheritdoc/>
    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length) =>
        Copy(GetFieldValue<byte[]>(ordinal), dataOffset, buffer, bufferOffset, length);

    /// <inheritdoc/>
    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length) =>
        Copy(GetString(ordinal).ToCharArray(), dataOffset, buffer, bufferOffset, length);

    /// <inheritdoc/>
    public override bool NextResult() => false;

    /// <inheritdoc/>
    public override bool Read() => ReadAsync(CancellationToken.None).GetAwaiter().GetResult();

    /// <inheritdoc/>
    public override IEnumerator GetEnumerator() => new DbEnumerator(this, closeReader: false);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private static long Copy<T>(T[] all, long from, T[]? buffer, int at, int length)
    {
        if (buffer is null)
            return all.Length;
        var count = (int)Math.Clamp(all.Length - from, 0, length);
        Array.Copy(all, Math.Min(from, all.Length), buffer, at, count);
        return count;
    }
}
