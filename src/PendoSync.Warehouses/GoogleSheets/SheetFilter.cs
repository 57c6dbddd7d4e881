using System.Globalization;
using System.Text.Json;
using PendoSync.Sources;
using PendoSync.Values;
using PendoSync.Warehouses.JsonPages;

namespace PendoSync.Warehouses.GoogleSheets;

/// <summary>
/// Which rows of a page are kept. The values API has no query, so a part of a sheet is taken out of its pages here; a row without any value
/// is no row. Nothing is turned into objects: the kept rows' bytes move together.
/// </summary>
/// <param name="from">Null: every row that is not blank.</param>
/// <param name="ordinal">Where the filtered column stands.</param>
/// <param name="type">How its cells are written.</param>
internal sealed class SheetFilter(ReadFrom? from, int ordinal, SheetType type)
{
    /// <summary>The rows to keep as a page of their own.</summary>
    /// <param name="body">The answer.</param>
    /// <param name="rows">Position of the array of rows.</param>
    public JsonPage Apply(ReadOnlySpan<byte> body, int rows)
    {
        using var kept = new MemoryStream(body.Length - rows);
        kept.WriteByte((byte)'[');
        var reader = new Utf8JsonReader(body[rows..]);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.StartArray)
        {
            var start = (int)reader.TokenStartIndex;
            var row = reader;
            reader.Skip();
            if (!Keep(ref row, body[rows..]))
                continue;
            if (kept.Length > 1)
                kept.WriteByte((byte)',');
            kept.Write(body[(rows + start)..(rows + (int)reader.BytesConsumed)]);
        }

        kept.WriteByte((byte)']');
        return new JsonPage(PooledBytes.CopyOf(kept.GetBuffer().AsSpan(0, (int)kept.Length)), 0);
    }

    private bool Keep(ref Utf8JsonReader row, ReadOnlySpan<byte> bytes)
    {
        var (blank, found) = (true, JsonCell.Null);
        for (var i = 0; row.Read() && row.TokenType != JsonTokenType.EndArray; i++)
        {
            var cell = JsonCell.Take(ref row, 0);
            blank &= cell is { Type: JsonTokenType.Null } or { Type: JsonTokenType.String, Length: 0 };
            if (i == ordinal)
                found = cell;
        }

        if (blank || from is null)
            return !blank;
        var value = new JsonValue(bytes.Slice(found.Start, found.Length), found.Type, found.Escaped);
        var isNull = found.Type == JsonTokenType.Null || type.IsNull(value);
        return from.Cursor is { } cursor ? isNull || IsAtLeast(value, cursor.Value) : !isNull && value.Text() == from.Key!.Key;
    }

    // A cell that cannot be compared is kept: it is reported as invalid rather than passed over.
    private bool IsAtLeast(JsonValue value, CursorValue least)
    {
        var clr = type.FieldTypeOf(value);
        try
        {
            CursorValue? at = least.Kind switch
            {
                CursorKind.Number when clr == typeof(long) => CursorValue.Of(type.GetInt64(value)),
                // As the cursor itself is read: a cast would round, perhaps to below it.
                CursorKind.Number when clr == typeof(double) =>
                    CursorValue.Of(ExactDecimal.Parse(type.GetDouble(value).ToString("R", CultureInfo.InvariantCulture))),
                CursorKind.Date when clr == typeof(DateOnly) => CursorValue.Of(DateOnly.FromDateTime(type.GetDateTime(value))),
                CursorKind.Instant when clr == typeof(DateTimeOffset) =>
                    CursorValue.Of(new DateTimeOffset(type.GetDateTime(value), TimeSpan.Zero)),
                CursorKind.Text when clr == typeof(string) => CursorValue.OfText(value.Text()),
                _ => null,
            };
            return at is not { } known || known >= least;
        }
        catch (Exception error) when (error is FormatException or OverflowException)
        {
            return true;
        }
    }
}
