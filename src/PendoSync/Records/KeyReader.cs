using System.Data.Common;
using System.Globalization;
using System.Numerics;
using PendoSync.Sources;
using PendoSync.Values;

namespace PendoSync.Records;

/// <summary>Reads a key column: text as it is, integers in decimal, uuid in lower case.</summary>
internal sealed class KeyReader
{
    private readonly int _ordinal;
    private readonly ColumnKind _kind;
    private readonly Type _type;

    /// <summary>A reader for one column.</summary>
    /// <exception cref="ProblemException">Configuration: the column's type cannot be a key.</exception>
    public KeyReader(WarehouseColumn column, Type type, string place)
    {
        if (column.Kind is not (ColumnKind.Text or ColumnKind.Integer or ColumnKind.Decimal or ColumnKind.Uuid or ColumnKind.PerCell))
        {
            throw new ProblemException(ProblemKind.Configuration,
                $"the key column '{column.Name}' is of type {column.SystemType}, which cannot be a key", place,
                "Use a text, integer or uuid column, or cast it in the model's SQL.");
        }

        (_ordinal, _kind, _type) = (column.Ordinal, column.Kind, type);
    }

    /// <summary>The key of the current row; null with a rule when it cannot be one.</summary>
    public string? Read(DbDataReader row, out string? rule)
    {
        try
        {
            return ReadCell(row, out rule);
        }
        catch (Exception e) when (Cells.RuleOf(e) is { } broken)
        {
            rule = broken;
            return null;
        }
    }

    private string? ReadCell(DbDataReader row, out string? rule)
    {
        rule = null;
        if (row.IsDBNull(_ordinal))
        {
            rule = Rules.NullKey;
            return null;
        }

        var kind = _kind;
        var type = _type;
        if (kind == ColumnKind.PerCell)
        {
            type = row.GetFieldType(_ordinal);
            kind = WarehouseColumns.KindOf(type, "");
        }

        switch (kind)
        {
            case ColumnKind.Text:
                var text = row.GetString(_ordinal);
                rule = ReservedIds.Contains(text) ? Rules.ReservedId : IdText.RuleOf(text);
                return text;
            case ColumnKind.Integer when type == typeof(BigInteger):
                return row.GetString(_ordinal);
            case ColumnKind.Integer:
                return type == typeof(ulong)
                    ? row.GetFieldValue<ulong>(_ordinal).ToString(CultureInfo.InvariantCulture)
                    : Cells.Integer(row, _ordinal, type).ToString(CultureInfo.InvariantCulture);
            case ColumnKind.Uuid:
                return row.GetGuid(_ordinal).ToString();
            case ColumnKind.Decimal when type == typeof(string):
                return Whole(row.GetString(_ordinal), out rule);
            case ColumnKind.Decimal:
                return Whole(row.GetDecimal(_ordinal).ToString(CultureInfo.InvariantCulture), out rule);
            case ColumnKind.Double:
                // Spreadsheets know no integers.
                var number = row.GetDouble(_ordinal);
                rule = Math.Abs(number) < 9e15 && number == Math.Floor(number) ? null : Rules.KeyNotWhole;
                return rule is null ? ((long)number).ToString(CultureInfo.InvariantCulture)
                    : number.ToString(CultureInfo.InvariantCulture);
            default:
                rule = Rules.NotAnId;
                return null;
        }
    }

    private static string Whole(string number, out string? rule)
    {
        var point = number.IndexOf('.');
        var whole = point < 0 ? number : number[..point];
        // A wide decimal comes as text and may be NaN, Infinity or have an exponent.
        var digits = whole.AsSpan(whole.StartsWith('-') ? 1 : 0);
        var good = digits.Length > 0 && !digits.ContainsAnyExceptInRange('0', '9')
            && (point < 0 || number.AsSpan(point + 1).IndexOfAnyExcept('0') < 0);
        rule = good ? null : Rules.KeyNotWhole;
        return good ? whole : number;
    }
}
