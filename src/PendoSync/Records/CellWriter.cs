using System.Data.Common;
using System.Numerics;
using System.Text;
using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Values;

namespace PendoSync.Records;

/// <summary>Reads one column of the current row with its typed getter and writes it as JSON.</summary>
/// <param name="column">The column.</param>
/// <param name="type">Its CLR type; ignored for <see cref="ColumnKind.PerCell"/>.</param>
/// <param name="target">What the value has to become.</param>
/// <param name="zone">Zone of times without one.</param>
/// <param name="unit">Unit of integers that mean instants.</param>
internal sealed class CellWriter(WarehouseColumn column, Type type, FieldTarget target, TimeZoneInfo zone, InstantUnit? unit)
{
    private readonly int _ordinal = column.Ordinal;
    private readonly ColumnKind _kind = column.Kind;

    /// <summary>A writer for a column of an open reader.</summary>
    public CellWriter(WarehouseColumn column, DbDataReader reader, FieldTarget target, TimeZoneInfo zone, InstantUnit? unit)
        : this(column, reader.GetFieldType(column.Ordinal), target, zone, unit)
    {
    }

    /// <summary>The column.</summary>
    public WarehouseColumn Column { get; } = column;

    /// <summary>What the value becomes.</summary>
    public FieldTarget Target { get; } = target;

    /// <summary>
    /// True for a null, also for the null of JSON: written as a value it would clear the field whatever <c>when_null</c> says.
    /// </summary>
    public bool IsNull(DbDataReader row) =>
        row.IsDBNull(_ordinal) || (_kind == ColumnKind.Json && row.GetString(_ordinal).AsSpan().Trim(" \t\r\n")
            .SequenceEqual("null"));

    /// <summary>Writes the value; null, or the rule it breaks. The cell must not be null.</summary>
    public string? Write(DbDataReader row, JsonBuffer json)
    {
        var kind = _kind;
        var clr = type;
        if (kind == ColumnKind.PerCell)
        {
            clr = row.GetFieldType(_ordinal);
            kind = WarehouseColumns.KindOf(clr, "");
        }

        switch (kind)
        {
            case ColumnKind.Text:
                return ScalarWriter.Write(json, row.GetString(_ordinal), Target, zone);
            case ColumnKind.Integer:
                return WriteInteger(row, json, clr);
            case ColumnKind.Decimal:
                return clr == typeof(string)
                    ? ScalarWriter.WriteNumberText(json, row.GetString(_ordinal), Target)
                    : ScalarWriter.Write(json, row.GetDecimal(_ordinal), Target);
            case ColumnKind.Double:
                return clr == typeof(float)
                    ? ScalarWriter.Write(json, row.GetFloat(_ordinal), Target)
                    : ScalarWriter.Write(json, row.GetDouble(_ordinal), Target);
            case ColumnKind.Boolean:
                return ScalarWriter.Write(json, row.GetBoolean(_ordinal), Target);
            case ColumnKind.Date:
                return ScalarWriter.Write(json, clr == typeof(DateOnly)
                    ? row.GetFieldValue<DateOnly>(_ordinal)
                    : DateOnly.FromDateTime(row.GetDateTime(_ordinal)), Target);
            case ColumnKind.Instant:
                return ScalarWriter.Write(json, clr == typeof(DateTimeOffset)
                    ? row.GetFieldValue<DateTimeOffset>(_ordinal).UtcDateTime
                    : row.GetDateTime(_ordinal), Target);
            case ColumnKind.Timestamp:
                return TimeText.ToUtc(row.GetDateTime(_ordinal), zone, out var utc) ?? ScalarWriter.Write(json, utc, Target);
            case ColumnKind.Uuid:
                return ScalarWriter.Write(json, row.GetGuid(_ordinal).ToString(), Target, zone);
            case ColumnKind.Json:
                return JsonValueWriter.Write(json, row.GetString(_ordinal), Target, zone);
            case ColumnKind.Array:
                return JsonValueWriter.Write(json, (Array)row.GetValue(_ordinal), Target);
            case ColumnKind.Bytes:
                return JsonValueWriter.Write(json, row.GetFieldValue<byte[]>(_ordinal), Target);
            default:
                return Rules.OutOfRange;
        }
    }

    private string? WriteInteger(DbDataReader row, JsonBuffer json, Type clr)
    {
        if (clr == typeof(BigInteger) && Target != FieldTarget.Time)
            return ScalarWriter.WriteNumberText(json, row.GetString(_ordinal), Target);
        if (clr == typeof(ulong) && Target != FieldTarget.Time)
            return ScalarWriter.Write(json, (decimal)row.GetFieldValue<ulong>(_ordinal), Target);
        return WriteInteger(Cells.Integer(row, _ordinal, clr), json);
    }

    private string? WriteInteger(long value, JsonBuffer json)
    {
        if (Target != FieldTarget.Time)
            return ScalarWriter.Write(json, value, Target);
        return unit is { } known && TimeText.FromUnix(value, known) is { } utc ? ScalarWriter.Write(json, utc, Target) : Rules.NotTime;
    }
}

/// <summary>Typed getters by CLR type.</summary>
internal static class Cells
{
    /// <summary>The rule that a value breaks whose getter throws this; null for an error that is not the value's.</summary>
    public static string? RuleOf(Exception e) => e switch
    {
        UnfitCellException unfit => unfit.Rule,
        DecoderFallbackException => Rules.NotUnicode,
        OverflowException or InvalidCastException or FormatException or ArgumentException => Rules.OutOfRange,
        _ => null,
    };

    /// <summary>Any integer column; a value over 63 bits overflows.</summary>
    public static long Integer(DbDataReader row, int ordinal, Type clr) => Type.GetTypeCode(clr) switch
    {
        TypeCode.Int32 => row.GetInt32(ordinal),
        TypeCode.Int16 => row.GetInt16(ordinal),
        TypeCode.Byte => row.GetByte(ordinal),
        TypeCode.SByte => row.GetFieldValue<sbyte>(ordinal),
        TypeCode.UInt16 => row.GetFieldValue<ushort>(ordinal),
        TypeCode.UInt32 => row.GetFieldValue<uint>(ordinal),
        TypeCode.UInt64 => checked((long)row.GetFieldValue<ulong>(ordinal)),
        _ => row.GetInt64(ordinal),
    };
}
