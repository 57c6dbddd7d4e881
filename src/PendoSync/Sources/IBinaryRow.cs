namespace PendoSync.Sources;

/// <summary>
/// A reader that holds the whole current row in memory in binary: cells may be read in any order at no cost, and a mapper can take them
/// without making a string of every text.
/// </summary>
internal interface IBinaryRow
{
    /// <summary>The cells of the current row; the same object for every row.</summary>
    BinaryCells Cells { get; }
}

/// <summary>Cells that are asked for by their bytes; a class and not an interface, since it is asked for every cell of every row.</summary>
internal abstract class BinaryCells
{
    /// <summary>What the bytes of a column are.</summary>
    public abstract CellForm FormOf(int ordinal);

    /// <summary>True for a null.</summary>
    public abstract bool IsNull(int ordinal);

    /// <summary>The bytes as they came, valid until the next row.</summary>
    public abstract ReadOnlySpan<byte> Raw(int ordinal);

    /// <summary>UTF-8 of a text or number, valid until the next row or number; it may not be valid.</summary>
    public abstract ReadOnlySpan<byte> Text(int ordinal);

    /// <summary>An integer of any width.</summary>
    public abstract long Integer(int ordinal);

    /// <summary>A float4.</summary>
    public abstract float Single(int ordinal);

    /// <summary>A float8.</summary>
    public abstract double Double(int ordinal);

    /// <summary>A bool.</summary>
    public abstract bool Boolean(int ordinal);

    /// <summary>A timestamp (kind unspecified) or instant (UTC).</summary>
    /// <exception cref="OverflowException">Infinity, or outside the years 1 to 9999.</exception>
    public abstract DateTime Time(int ordinal);

    /// <summary>A date.</summary>
    /// <exception cref="OverflowException">Infinity, or outside the years 1 to 9999.</exception>
    public abstract DateOnly Date(int ordinal);
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
