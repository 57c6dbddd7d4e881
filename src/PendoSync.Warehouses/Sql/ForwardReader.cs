using System.Collections;
using System.Data.Common;
using PendoSync.Sources;

namespace PendoSync.Warehouses.Sql;

/// <summary>The members of a DbDataReader that follow from a few: one result, forward only, kinds known.</summary>
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
}
