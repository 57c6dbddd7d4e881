using Microsoft.Data.Sqlite;
using PendoSync.Sources;
using SQLitePCL;

namespace PendoSync.Warehouses.Sqlite;

/// <summary>
/// What the columns of a SQLite statement hold. A declared type that means more than a storage class (BOOLEAN, DATE, DATETIME, TIMESTAMP,
/// DECIMAL, NUMERIC, UUID, JSON, BLOB) fixes the kind; every other column, and every expression, is known only cell by cell.
/// https://www.sqlite.org/datatype3.html
/// </summary>
internal static class SqliteColumns
{
    /// <summary>
    /// The columns in order; the declared type is asked of the statement, since the driver answers with the first row's type where there is
    /// none.
    /// </summary>
    public static WarehouseColumn[] Of(SqliteDataReader reader)
    {
        var columns = new WarehouseColumn[reader.FieldCount];
        for (var i = 0; i < columns.Length; i++)
        {
            var declared = raw.sqlite3_column_decltype(reader.Handle!, i).utf8_to_string();
            columns[i] = new WarehouseColumn(i, reader.GetName(i), KindOf(declared), declared
                ?? "expression")
            { Declared = DeclaredKindOf(declared) };
        }

        return columns;
    }

    /// <summary>The kind of a declared type.</summary>
    public static ColumnKind KindOf(string? declared)
    {
        return NameOf(declared) switch
        {
            "BOOLEAN" or "BOOL" => ColumnKind.Boolean,
            "DATE" => ColumnKind.Date,
            "DATETIME" or "TIMESTAMP" or "TIMESTAMP WITHOUT TIME ZONE" => ColumnKind.Timestamp,
            "TIMESTAMPTZ" or "TIMESTAMP WITH TIME ZONE" or "DATETIMEOFFSET" => ColumnKind.Instant,
            "DECIMAL" or "NUMERIC" or "NUMBER" => ColumnKind.Decimal,
            "UUID" or "GUID" or "UNIQUEIDENTIFIER" => ColumnKind.Uuid,
            "JSON" or "JSONB" => ColumnKind.Json,
            "BLOB" or "BYTEA" or "VARBINARY" => ColumnKind.Bytes,
            _ => ColumnKind.PerCell,
        };
    }

    /// <summary>
    /// What a column of that declared type is meant to hold: its kind, else what SQLite's own rules of affinity make of the name. A name
    /// that those do not know gets affinity NUMERIC, which takes any text as well and so says nothing; nor does INTERVAL or POINT, which
    /// have INT by chance.
    /// </summary>
    public static ColumnKind DeclaredKindOf(string? declared)
    {
        var name = NameOf(declared);
        return KindOf(declared) switch
        {
            ColumnKind.PerCell when IsInteger(name) => ColumnKind.Integer,
            ColumnKind.PerCell when Has("CHAR") || Has("CLOB") || Has("TEXT") => ColumnKind.Text,
            ColumnKind.PerCell when Has("BLOB") => ColumnKind.Bytes,
            ColumnKind.PerCell when Has("REAL") || Has("FLOA") || Has("DOUB") => ColumnKind.Double,
            var kind => kind,
        };

        bool Has(string part) => name.Contains(part, StringComparison.Ordinal);
    }

    /// <summary>The .NET type of a kind whose cells all have one; null for <see cref="ColumnKind.PerCell"/>.</summary>
    public static Type? TypeOf(ColumnKind kind) => kind switch
    {
        ColumnKind.Boolean => typeof(bool),
        ColumnKind.Date => typeof(DateOnly),
        ColumnKind.Timestamp => typeof(DateTime),
        ColumnKind.Instant => typeof(DateTimeOffset),
        // Its cells are integers, reals or texts, and not all of these fit .NET's decimal.
        ColumnKind.Decimal => typeof(string),
        ColumnKind.Uuid => typeof(Guid),
        ColumnKind.Json => typeof(string),
        ColumnKind.Bytes => typeof(byte[]),
        _ => null,
    };

    private static bool IsInteger(string name) =>
        name.Split(' ')
            .Any(word => word is "INT" or "INTEGER" or "TINYINT" or "SMALLINT" or "MEDIUMINT" or "BIGINT" or "INT2" or "INT4" or "INT8");

    private static string NameOf(string? declared)
    {
        var name = (declared ?? "").ToUpperInvariant();
        var bracket = name.IndexOf('(', StringComparison.Ordinal);
        // A length or scale may stand before more words: TIMESTAMP(6) WITH TIME ZONE.
        if (bracket >= 0)
            name = string.Concat(name.AsSpan(0, bracket), name.AsSpan(name.IndexOf(')', bracket) + 1));
        return name.Trim();
    }
}
