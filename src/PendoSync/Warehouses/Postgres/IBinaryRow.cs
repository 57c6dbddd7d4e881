namespace PendoSync.Warehouses;

/// <summary>
/// A reader that holds the whole current row in memory in binary: cells may be read in any order at no cost, and a mapper can take them without
/// making a string of every text.
/// </summary>
internal interface IBinaryRow
{
    /// <summary>The cells of the current row; the same object for every row.</summary>
    BinaryCells Cells { get; }
}
