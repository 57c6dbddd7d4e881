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

/// <summary>A row is an array in the order of the columns; a short array leaves the last cells null.</summary>
internal sealed class ArrayRow : IRowShape
{
    /// <inheritdoc/>
    public void Locate(ref Utf8JsonReader reader, int offset, Span<JsonCell> cells)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new JsonException("a row is not an array");
        for (var i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
        {
            if (i < cells.Length)
                cells[i] = JsonCell.Take(ref reader, offset);
            else
                reader.Skip();
        }
    }
}
