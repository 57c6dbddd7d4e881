using System.Text.Json;

namespace PendoSync.Warehouses.JsonPages;

/// <summary>How a system writes one row.</summary>
internal interface IRowShape
{
    /// <summary>Finds the cells of a row; cells it does not find stay null.</summary>
    /// <param name="reader">Stands on the row's first token; must stand on its last afterwards.</param>
    /// <param name="offset">Where the reader's bytes start in the page; for <see cref="JsonCell.Take"/>.</param>
    /// <param name="cells">One per column, all null.</param>
    void Locate(ref Utf8JsonReader reader, int offset, Span<JsonCell> cells);
}

/// <summary>A row is an array in the order of the columns.</summary>
/// <param name="mayBeShort">True: the system leaves out empty cells at the end of a row (Google Sheets), or sends more than the columns;
/// false: a row has all of its cells and no others.</param>
internal sealed class ArrayRow(bool mayBeShort = false) : IRowShape
{
    /// <inheritdoc/>
    public void Locate(ref Utf8JsonReader reader, int offset, Span<JsonCell> cells)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new JsonException("a row is not an array");
        var count = 0;
        for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; count++)
        {
            if (count < cells.Length)
                cells[count] = JsonCell.Take(ref reader, offset);
            else
                reader.Skip();
        }

        if (count != cells.Length && !mayBeShort)
            throw new JsonException("a row has not as many cells as there are columns");
    }
}
