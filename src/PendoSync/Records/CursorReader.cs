using System.Data.Common;
using PendoSync.Definitions;
using PendoSync.Warehouses;

namespace PendoSync.Records;

/// <summary>Reads the cursor column of each row and keeps the largest value seen.</summary>
public sealed class CursorReader
{
    private readonly WarehouseColumn _column;
    private readonly Type _type;
    private readonly string _place;
    private string? _shape;

    /// <summary>A reader for the sync's cursor.</summary>
    /// <exception cref="ProblemException">Configuration: the column is missing or of a type that has no order.</exception>
    public CursorReader(SyncDefinition sync, IReadOnlyList<WarehouseColumn> columns, DbDataReader reader)
    {
        _place = $"sync '{sync.Name}', cursor";
        var problems = new List<string>();
        _column = ColumnLookup.Find(columns, sync.Model.Cursor!, problems)
            ?? throw new ProblemException(ProblemKind.Configuration, problems[0], _place, $"Correct `cursor:` in {sync.File}.");
        _type = reader.GetFieldType(_column.Ordinal);
        if (_column.Kind is not (ColumnKind.Integer or ColumnKind.Decimal or ColumnKind.Double or ColumnKind.Date or ColumnKind.Timestamp
            or ColumnKind.Instant or ColumnKind.Text or ColumnKind.PerCell))
        {
            throw new ProblemException(ProblemKind.Configuration, $"the cursor column '{_column.Name}' is of type {_column.SystemType}, which has no order in time", _place,
                "Use a number, date or timestamp column.");
        }
    }

    /// <summary>The largest value so far; null before the first row with a value.</summary>
    public CursorValue? Largest { get; private set; }

    /// <summary>The value of the current row; null when the cell is null.</summary>
    public CursorValue? Read(DbDataReader row)
    {
        if (row.IsDBNull(_column.Ordinal))
            return null;
        var value = Value(row);
        if (Largest is not { } largest || value > largest)
            Largest = value;
        return value;
    }

    private CursorValue Value(DbDataReader row)
    {
        var kind = _column.Kind;
        var type = _type;
        if (kind == ColumnKind.PerCell)
        {
            type = row.GetFieldType(_column.Ordinal);
            kind = WarehouseColumns.KindOf(type, "");
        }

        switch (kind)
        {
            case ColumnKind.Integer:
                return CursorValue.Of((decimal)Cells.Integer(row, _column.Ordinal, type));
            case ColumnKind.Decimal when type != typeof(string):
                return CursorValue.Of(row.GetDecimal(_column.Ordinal));
            case ColumnKind.Double:
                return CursorValue.Of((decimal)row.GetDouble(_column.Ordinal));
            case ColumnKind.Date:
                return CursorValue.Of(type == typeof(DateOnly)
                    ? row.GetFieldValue<DateOnly>(_column.Ordinal)
                    : DateOnly.FromDateTime(row.GetDateTime(_column.Ordinal)));
            case ColumnKind.Timestamp:
                return CursorValue.OfTimestamp(row.GetDateTime(_column.Ordinal));
            case ColumnKind.Instant:
                return CursorValue.Of(type == typeof(DateTimeOffset)
                    ? row.GetFieldValue<DateTimeOffset>(_column.Ordinal)
                    : new DateTimeOffset(DateTime.SpecifyKind(row.GetDateTime(_column.Ordinal), DateTimeKind.Utc)));
            case ColumnKind.Text:
                return OfText(row.GetString(_column.Ordinal));
            default:
                throw new ProblemException(ProblemKind.Configuration, $"the cursor column '{_column.Name}' holds values that have no order in time", _place,
                    "Use a number, date or timestamp column.");
        }
    }

    // Ordinal order is time order only while every text has the same shape.
    private CursorValue OfText(string text)
    {
        var shape = CursorText.ShapeOf(text);
        _shape ??= shape;
        if (shape is null || !string.Equals(shape, _shape, StringComparison.Ordinal))
        {
            throw new ProblemException(ProblemKind.Configuration,
                $"the text cursor '{_column.Name}' holds values that are not RFC 3339 of one shape", _place,
                "Cast the column to a timestamp in the model's SQL.");
        }

        return CursorValue.OfText(text);
    }
}
