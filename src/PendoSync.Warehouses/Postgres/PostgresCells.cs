using System.Buffers.Binary;
using PendoSync.Sources;

namespace PendoSync.Warehouses.Postgres;

/// <summary>The cells of the current row in PostgreSQL's binary format, in memory.</summary>
internal sealed class PostgresCells : BinaryCells
{
    private readonly PostgresCopyRows _rows;
    private readonly CellForm[] _forms;
    private byte[] _number = new byte[64];

    /// <summary>The cells of <paramref name="rows"/>, whichever of them is current.</summary>
    public PostgresCells(PostgresCopyRows rows, PostgresColumns shape)
    {
        _rows = rows;
        _forms = [.. shape.Columns.Select((column, i) => FormOf(column.Kind, shape.Copy[i].Type))];
    }

    /// <inheritdoc/>
    public override CellForm FormOf(int ordinal) => _forms[ordinal];

    /// <inheritdoc/>
    public override bool IsNull(int ordinal) => _rows.IsNull(ordinal);

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Raw(int ordinal) => _rows.Cell(ordinal);

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Text(int ordinal)
    {
        var cell = _rows.Cell(ordinal);
        return _forms[ordinal] switch
        {
            CellForm.Number => Number(cell),
            CellForm.VersionedText => cell[1..],
            _ => cell,
        };
    }

    /// <inheritdoc/>
    public override long Integer(int ordinal) => _forms[ordinal] switch
    {
        CellForm.Int2 => BinaryPrimitives.ReadInt16BigEndian(_rows.Cell(ordinal)),
        CellForm.Int4 => BinaryPrimitives.ReadInt32BigEndian(_rows.Cell(ordinal)),
        CellForm.UInt4 => BinaryPrimitives.ReadUInt32BigEndian(_rows.Cell(ordinal)),
        _ => BinaryPrimitives.ReadInt64BigEndian(_rows.Cell(ordinal)),
    };

    /// <inheritdoc/>
    public override float Single(int ordinal) => BinaryPrimitives.ReadSingleBigEndian(_rows.Cell(ordinal));

    /// <inheritdoc/>
    public override double Double(int ordinal) => BinaryPrimitives.ReadDoubleBigEndian(_rows.Cell(ordinal));

    /// <inheritdoc/>
    public override bool Boolean(int ordinal) => _rows.Cell(ordinal)[0] != 0;

    /// <inheritdoc/>
    public override DateTime Time(int ordinal) => PostgresTimes.Moment(
        BinaryPrimitives.ReadInt64BigEndian(_rows.Cell(ordinal)), _forms[ordinal] == CellForm.Instant ? DateTimeKind.Utc
            : DateTimeKind.Unspecified);

    /// <inheritdoc/>
    public override DateOnly Date(int ordinal) => PostgresTimes.Day(BinaryPrimitives.ReadInt32BigEndian(_rows.Cell(ordinal)));

    private ReadOnlySpan<byte> Number(ReadOnlySpan<byte> cell)
    {
        var length = PostgresNumeric.MaxLength(cell);
        if (_number.Length < length)
            _number = new byte[length];
        return _number.AsSpan(0, PostgresNumeric.Write(cell, _number));
    }

    private static CellForm FormOf(ColumnKind kind, string type) => kind switch
    {
        ColumnKind.Boolean => CellForm.Boolean,
        ColumnKind.Integer => type switch { "int2" => CellForm.Int2, "int4" => CellForm.Int4, "oid" => CellForm.UInt4, _ => CellForm.Int8 },
        ColumnKind.Double => type == "float4" ? CellForm.Float4 : CellForm.Float8,
        ColumnKind.Date => CellForm.Date,
        ColumnKind.Timestamp => CellForm.Timestamp,
        ColumnKind.Instant => CellForm.Instant,
        ColumnKind.Uuid => CellForm.Uuid,
        ColumnKind.Bytes => CellForm.Bytes,
        _ => type switch { "jsonb" => CellForm.VersionedText, "numeric" => CellForm.Number, _ => CellForm.Text },
    };
}
