using System.Data.Common;
using System.Numerics;

namespace PendoSync.Sources;

/// <summary>What a column holds, whatever the system calls it.</summary>
public enum ColumnKind
{
    /// <summary>bool.</summary>
    Boolean,

    /// <summary>
    /// Any whole number: read with GetInt64 (GetInt32, GetInt16, GetByte by FieldType), or with GetString where FieldType is BigInteger,
    /// since it may be wider than 64 bits.
    /// </summary>
    Integer,

    /// <summary>Exact decimal; read with GetDecimal, or text when the FieldType is string (wider than .NET's decimal).</summary>
    Decimal,

    /// <summary>float or double.</summary>
    Double,

    /// <summary>Text.</summary>
    Text,

    /// <summary>Calendar date: FieldType DateOnly or DateTime.</summary>
    Date,

    /// <summary>Date and time without zone: FieldType DateTime.</summary>
    Timestamp,

    /// <summary>Instant: FieldType DateTime (UTC) or DateTimeOffset.</summary>
    Instant,

    /// <summary>Guid.</summary>
    Uuid,

    /// <summary>JSON as text.</summary>
    Json,

    /// <summary>An array of scalars: FieldType is an array.</summary>
    Array,

    /// <summary>byte[].</summary>
    Bytes,

    /// <summary>The type is known only cell by cell (SQLite, Google Sheets, Elasticsearch): ask GetFieldType on each row.</summary>
    PerCell,

    /// <summary>Nothing Pendo could hold (interval, geography, …).</summary>
    Unsupported,
}

/// <summary>
/// A column of an open reader. REST readers return these from <see cref="IKnowsColumns"/>; for the rest they are worked out from FieldType
/// and DataTypeName.
/// </summary>
/// <param name="Ordinal">Position from 0.</param>
/// <param name="Name">Name as the system spells it.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="SystemType">The system's own name of the type, for messages.</param>
public sealed record WarehouseColumn(int Ordinal, string Name, ColumnKind Kind, string SystemType)
{
    /// <summary>
    /// What the column is declared to hold. Default: <see cref="Kind"/>. Of a <see cref="ColumnKind.PerCell"/> column it is what most cells
    /// are meant to be, while each may be something else; PerCell again when the system declares nothing.
    /// </summary>
    public ColumnKind Declared { get; init; } = Kind;
}

/// <summary>A reader that knows the kinds of its columns better than FieldType can tell.</summary>
public interface IKnowsColumns
{
    /// <summary>All columns in order.</summary>
    IReadOnlyList<WarehouseColumn> Columns { get; }
}

/// <summary>Works out the columns of any reader.</summary>
internal static class WarehouseColumns
{
    /// <summary>The columns in order.</summary>
    public static IReadOnlyList<WarehouseColumn> Of(DbDataReader reader)
    {
        if (reader is IKnowsColumns known)
            return known.Columns;
        var columns = new WarehouseColumn[reader.FieldCount];
        for (var i = 0; i < columns.Length; i++)
        {
            var system = reader.GetDataTypeName(i);
            columns[i] = new WarehouseColumn(i, reader.GetName(i), KindOf(reader.GetFieldType(i), system), system);
        }

        return columns;
    }

    /// <summary>The kind of a CLR type under the name the system gives it.</summary>
    public static ColumnKind KindOf(Type type, string system)
    {
        // Npgsql adds a length, SQL Server and MySQL do not: "character varying(20)", "timestamp with time zone".
        var name = system.ToLowerInvariant();
        if (name is "json" or "jsonb" or "super" or "variant")
            return ColumnKind.Json;
        if (type == typeof(string) && name is "interval")
            return ColumnKind.Unsupported;
        if (type == typeof(DateTime))
        {
            if (name is "date")
                return ColumnKind.Date;
            return name.StartsWith("timestamp with time zone", StringComparison.Ordinal) || name is "timestamptz"
                ? ColumnKind.Instant
                : ColumnKind.Timestamp;
        }

        if (type == typeof(byte[]))
            return ColumnKind.Bytes;
        if (type.IsArray || type == typeof(Array))
            return ColumnKind.Array;
        return Type.GetTypeCode(type) switch
        {
            TypeCode.Boolean => ColumnKind.Boolean,
            TypeCode.Byte or TypeCode.SByte or TypeCode.Int16 or TypeCode.UInt16 or TypeCode.Int32 or TypeCode.UInt32
                or TypeCode.Int64 or TypeCode.UInt64 => ColumnKind.Integer,
            TypeCode.Decimal => ColumnKind.Decimal,
            TypeCode.Single or TypeCode.Double => ColumnKind.Double,
            TypeCode.String or TypeCode.Char => ColumnKind.Text,
            _ when type == typeof(BigInteger) => ColumnKind.Integer,
            _ when type == typeof(Guid) => ColumnKind.Uuid,
            _ when type == typeof(DateOnly) => ColumnKind.Date,
            _ when type == typeof(DateTimeOffset) => ColumnKind.Instant,
            _ when type == typeof(object) => ColumnKind.PerCell,
            _ => ColumnKind.Unsupported,
        };
    }
}
