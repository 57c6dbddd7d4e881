using System.Data.Common;
using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Values;

namespace PendoSync.Records;

/// <summary>Reads a column as an instant in UTC.</summary>
internal sealed class InstantReader(WarehouseColumn column, Type type, TimeZoneInfo zone, InstantUnit? unit)
{
    /// <summary>The instant of the current row; the result is null or the rule the value breaks.</summary>
    public string? Read(DbDataReader row, out DateTime utc)
    {
        utc = default;
        if (row.IsDBNull(column.Ordinal))
            return Rules.NoTimestamp;
        var kind = column.Kind;
        var clr = type;
        if (kind == ColumnKind.PerCell)
        {
            clr = row.GetFieldType(column.Ordinal);
            kind = WarehouseColumns.KindOf(clr, "");
        }

        try
        {
            switch (kind)
            {
                case ColumnKind.Integer:
                    if (unit is not { } known || TimeText.FromUnix(Cells.Integer(row, column.Ordinal, clr), known) is not { } instant)
                        return Rules.NotTime;
                    utc = instant;
                    return null;
                case ColumnKind.Instant:
                    utc = clr == typeof(DateTimeOffset) ? row.GetFieldValue<DateTimeOffset>(column.Ordinal).UtcDateTime
                        : row.GetDateTime(column.Ordinal);
                    return null;
                case ColumnKind.Date:
                    utc = DateTime.SpecifyKind(clr == typeof(DateOnly)
                        ? row.GetFieldValue<DateOnly>(column.Ordinal).ToDateTime(TimeOnly.MinValue)
                        : row.GetDateTime(column.Ordinal), DateTimeKind.Utc);
                    return null;
                case ColumnKind.Timestamp:
                    return TimeText.ToUtc(row.GetDateTime(column.Ordinal), zone, out utc);
                case ColumnKind.Text:
                    return TimeText.TryParse(row.GetString(column.Ordinal), zone, out utc, out var broken) ? null : broken;
                default:
                    return Rules.NotTime;
            }
        }
        catch (Exception e) when (Cells.RuleOf(e) is { } rule)
        {
            return rule;
        }
    }
}
