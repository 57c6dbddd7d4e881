using System.Data.Common;
using System.Globalization;
using System.Numerics;
using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Values;

namespace PendoSync.Records;

/// <summary>Reads the cursor column of each row and keeps the largest value seen.</summary>
internal sealed class CursorReader
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
            throw new ProblemException(ProblemKind.Configuration,
                $"the cursor column '{_column.Name}' is of type {_column.SystemType}, which has no order in time", _place,
                "Use a number, date or timestamp column.");
        }

        RefuseNoLookback(sync);
    }

    /// <summary>What the column's values are; null where only its cells say so, or there is no such column.</summary>
    public static CursorKind? KindOf(SyncDefinition sync, IReadOnlyList<WarehouseColumn> columns) =>
        ColumnLookup.Find(columns, sync.Model.Cursor!, [])?.Kind switch
        {
            ColumnKind.Integer or ColumnKind.Decimal or ColumnKind.Double => CursorKind.Number,
            ColumnKind.Date => CursorKind.Date,
            ColumnKind.Timestamp => CursorKind.Timestamp,
            ColumnKind.Instant => CursorKind.Instant,
            ColumnKind.Text => CursorKind.Text,
            _ => null,
        };

    /// <summary>The largest value so far; null before the first row with a value.</summary>
    public CursorValue? Largest { get; private set; }

    /// <summary>The value of the current row; null when the cell is null.</summary>
    public CursorValue? Read(DbDataReader row)
    {
        if (row.IsDBNull(_column.Ordinal))
            return null;
        CursorValue value;
        try
        {
            value = Value(row);
        }
        catch (Exception e) when (Cells.RuleOf(e) is not null)
        {
            // Counted as the largest, infinity would pass over rows that are still to come.
            throw NoOrder("holds a value that is infinite, out of range or not of the column's type",
                "Give such rows a time or number, or null, in the model's SQL; rows whose cursor is null are read every time.");
        }

        // Cells of several types have no common order: the largest of one type would hide rows of another for ever.
        if (Largest is { } before && before.Kind != value.Kind)
            throw NoOrder("holds values of several types");
        if (Largest is not { } largest || value > largest)
            Largest = value;
        return value;
    }

    // A lookback of the other kind reads nothing again; a value is repaired by the next full read, an event may be too old by then.
    private void RefuseNoLookback(SyncDefinition sync)
    {
        var (model, plain) = (sync.Model, _column.Declared is ColumnKind.Integer or ColumnKind.Decimal or ColumnKind.Double
            && sync.Model.CursorUnit is null);
        if (model.Lookback.Count > 0 ? plain : !plain || sync.Object != PendoObject.TrackEvent)
            return;
        throw new ProblemException(ProblemKind.Configuration,
            plain ? $"the cursor column '{_column.Name}' holds plain numbers, and the lookback is a time: an event that becomes visible "
            + "after a higher number is lost"
                : $"the cursor column '{_column.Name}' is of type {_column.SystemType}, and the lookback counts values", _place,
            plain ? $"Write `lookback: 1000` in {sync.File} (how many values late a row may appear), or `unit: s` or `unit: "
            + "ms` if the number is a time."
                : $"Write a time in {sync.File}, such as `lookback: 1h`.");
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
            case ColumnKind.Integer when type == typeof(BigInteger):
                return OfNumber(row.GetString(_column.Ordinal));
            case ColumnKind.Integer:
                return CursorValue.Of(type == typeof(ulong) ? row.GetFieldValue<ulong>(_column.Ordinal)
                    : Cells.Integer(row, _column.Ordinal, type));
            case ColumnKind.Decimal:
                return type == typeof(string) ? OfNumber(row.GetString(_column.Ordinal)) : CursorValue.Of(row.GetDecimal(_column.Ordinal));
            case ColumnKind.Double:
                // By its shortest text: a cast to decimal rounds to 15 digits, perhaps up, past rows that are still to come.
                return OfNumber(type == typeof(float)
                    ? row.GetFloat(_column.Ordinal).ToString(CultureInfo.InvariantCulture)
                    : row.GetDouble(_column.Ordinal).ToString(CultureInfo.InvariantCulture));
            case ColumnKind.Date:
                // A time of day that the cell carries all the same (SQLite) is cut off: the read starts earlier, and no row is passed over.
                return CursorValue.Of(DateOnly.FromDateTime(row.GetDateTime(_column.Ordinal)));
            case ColumnKind.Timestamp:
                return CursorValue.OfTimestamp(row.GetDateTime(_column.Ordinal));
            case ColumnKind.Instant:
                return CursorValue.Of(type == typeof(DateTimeOffset)
                    ? row.GetFieldValue<DateTimeOffset>(_column.Ordinal)
                    : new DateTimeOffset(DateTime.SpecifyKind(row.GetDateTime(_column.Ordinal), DateTimeKind.Utc)));
            case ColumnKind.Text:
                return OfText(row.GetString(_column.Ordinal));
            default:
                throw NoOrder("holds values that have no order in time");
        }
    }

    private CursorValue OfNumber(string text) => ExactDecimal.TryParse(text, out var number)
        ? CursorValue.Of(number)
        : throw NoOrder("holds NaN, Infinity, or a number with more than 28 digits before or after the point");

    private ProblemException NoOrder(string what, string fix = "Use a number, date or timestamp column, or cast it in the model's SQL.") =>
        new(ProblemKind.Configuration, $"the cursor column '{_column.Name}' {what}", _place, fix);

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
