using System.Buffers.Binary;

namespace PendoSync.Warehouses;

/// <summary>
/// The cells of the current row in PostgreSQL's binary format, in memory. Readers and mapper share this class rather than an interface: it is
/// asked for every cell of every row, and its methods are called directly.
/// </summary>
internal sealed class BinaryCells
{
    private readonly PostgresCopyRows _rows;
    private readonly CellForm[] _forms;
    private byte[] _number = new byte[64];

    /// <summary>The cells of <paramref name="rows"/>, whichever of them is current.</summary>
    public BinaryCells(PostgresCopyRows rows, PostgresColumns shape)
    {
        _rows = rows;
        _forms = [.. shape.Columns.Select((column, i) => FormOf(column.Kind, shape.Copy[i].Type))];
    }

    /// <summary>What the bytes of a column are.</summary>
    public CellForm FormOf(int ordinal) => _forms[ordinal];

    /// <summary>True for a null.</summary>
    public bool IsNull(int ordinal) => _rows.IsNull(ordinal);

    /// <summary>The bytes as they came, valid until the next row.</summary>
    public ReadOnlySpan<byte> Raw(int ordinal) => _rows.Cell(ordinal);

    /// <summary>UTF-8 of a text or number, valid until the next row or number; it may not be valid.</summary>
    public ReadOnlySpan<byte> Text(int ordinal)
    {
        var cell = _rows.Cell(ordinal);
        return _forms[ordinal] switch
        {
            CellForm.Number => Number(cell),
            CellForm.VersionedText => cell[1..],
            _ => cell,
        };
    }

    /// <summary>An integer of any width.</summary>
    public long Integer(int ordinal) => _forms[ordinal] switch
    {
        CellForm.Int2 => BinaryPrimitives.ReadInt16BigEndian(_rows.Cell(ordinal)),
        CellForm.Int4 => BinaryPrimitives.ReadInt32BigEndian(_rows.Cell(ordinal)),
        CellForm.UInt4 => BinaryPrimitives.ReadUInt32BigEndian(_rows.Cell(ordinal)),
        _ => BinaryPrimitives.ReadInt64BigEndian(_rows.Cell(ordinal)),
    };

    /// <summary>A float4.</summary>
    public float Single(int ordinal) => BinaryPrimitives.ReadSingleBigEndian(_rows.Cell(ordinal));

    /// <summary>A float8.</summary>
    public double Double(int ordinal) => BinaryPrimitives.ReadDoubleBigEndian(_rows.Cell(ordinal));

    /// <summary>A bool.</summary>
    public bool Boolean(int ordinal) => _rows.Cell(ordinal)[0] != 0;

    /// <summary>A timestamp (kind unspecified) or instant (UTC).</summary>
    /// <exception cref="OverflowException">Infinity, or outside the years 1 to 9999.</exception>
    public DateTime Time(int ordinal) => PostgresTimes.Moment(
        BinaryPrimitives.ReadInt64BigEndian(_rows.Cell(ordinal)), _forms[ordinal] == CellForm.Instant ? DateTimeKind.Utc : DateTimeKind.Unspecified);

    /// <summary>A date.</summary>
    /// <exception cref="OverflowException">Infinity, or outside the years 1 to 9999.</exception>
    public DateOnly Date(int ordinal) => PostgresTimes.Day(BinaryPrimitives.ReadInt32BigEndian(_rows.Cell(ordinal)));

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

/// <summary>What the bytes of a binary cell are.</summary>
internal enum CellForm
{
    /// <summary>UTF-8.</summary>
    Text,

    /// <summary>UTF-8 after a byte with a version (jsonb).</summary>
    VersionedText,

    /// <summary>numeric.</summary>
    Number,

    /// <summary>16 bits.</summary>
    Int2,

    /// <summary>32 bits.</summary>
    Int4,

    /// <summary>32 bits without sign (oid).</summary>
    UInt4,

    /// <summary>64 bits.</summary>
    Int8,

    /// <summary>float4.</summary>
    Float4,

    /// <summary>float8.</summary>
    Float8,

    /// <summary>One byte.</summary>
    Boolean,

    /// <summary>Days.</summary>
    Date,

    /// <summary>Microseconds of a wall clock.</summary>
    Timestamp,

    /// <summary>Microseconds in UTC.</summary>
    Instant,

    /// <summary>16 bytes.</summary>
    Uuid,

    /// <summary>bytea.</summary>
    Bytes,
}
