namespace PendoSync.Warehouses;

/// <summary>
/// A reader that holds the whole current row in memory, its text as UTF-8: cells may be read in any order at no cost, and a mapper can copy text
/// without making a string of every cell.
/// </summary>
public interface IBufferedRow
{
    /// <summary>The bytes of a text cell that is not null, valid until the next row; false when the cell has no such form. They may not be valid UTF-8.</summary>
    bool TryGetUtf8(int ordinal, out ReadOnlySpan<byte> text);
}
