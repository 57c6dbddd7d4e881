using Npgsql;
using Npgsql.PostgresTypes;
using PendoSync.Sources;

namespace PendoSync.Warehouses.Postgres;

/// <summary>
/// What the columns of a PostgreSQL result hold, and which of them must come as text: numeric, which may be wider than .NET's decimal,
/// and every type without a .NET value of its own. Types: https://www.postgresql.org/docs/current/datatype.html; .NET values:
/// https://www.npgsql.org/doc/types/basic.html
/// </summary>
/// <param name="Columns">All columns in order.</param>
/// <param name="AsText">Those that have to come as text.</param>
/// <param name="Types">Each type's name in pg_type; of an array that of its elements.</param>
internal sealed record PostgresColumns(IReadOnlyList<WarehouseColumn> Columns, bool[] AsText, IReadOnlyList<string> Types)
{
    /// <summary>Works them out from an open (or schema-only) reader; a domain is described by the server as its base type.</summary>
    public static PostgresColumns Of(NpgsqlDataReader reader)
    {
        var columns = new WarehouseColumn[reader.FieldCount];
        var asText = new bool[columns.Length];
        var types = new string[columns.Length];
        for (var i = 0; i < columns.Length; i++)
        {
            (var kind, asText[i], types[i]) = KindOf(reader.GetPostgresType(i));
            columns[i] = new WarehouseColumn(i, reader.GetName(i), kind, reader.GetDataTypeName(i));
        }

        return new PostgresColumns(columns, asText, types);
    }

    /// <summary>The kind of a scalar by its name in pg_type.</summary>
    public static (ColumnKind Kind, bool AsText) KindOf(string name) => name switch
    {
        "bool" => (ColumnKind.Boolean, false),
        "int2" or "int4" or "int8" or "oid" => (ColumnKind.Integer, false),
        "float4" or "float8" => (ColumnKind.Double, false),
        "numeric" => (ColumnKind.Decimal, true),
        "date" => (ColumnKind.Date, false),
        "timestamp" => (ColumnKind.Timestamp, false),
        "timestamptz" => (ColumnKind.Instant, false),
        "uuid" => (ColumnKind.Uuid, false),
        "json" or "jsonb" => (ColumnKind.Json, false),
        "super" => (ColumnKind.Json, true),
        "bytea" => (ColumnKind.Bytes, false),
        "varbyte" => (ColumnKind.Bytes, false),
        "text" or "varchar" or "bpchar" or "name" or "char" or "xml" => (ColumnKind.Text, name is "char"),
        "citext" or "unknown" or "time" or "timetz" or "inet" or "cidr" or "macaddr" or "macaddr8" or "bit" or "varbit" or "ltree" =>
            (ColumnKind.Text, true),
        // money (its text depends on the server's locale), interval, ranges, geometry, tsvector, hstore, composites and the rest.
        _ => (ColumnKind.Unsupported, true),
    };

    private static (ColumnKind Kind, bool AsText, string Type) KindOf(PostgresType type)
    {
        switch (type)
        {
            case PostgresEnumType:
                return (ColumnKind.Text, true, "text");
            case PostgresArrayType array:
                var plain = IsPlainElement(array.Element);
                return (plain ? ColumnKind.Array : ColumnKind.Unsupported, !plain, array.Element.InternalName);
            case PostgresDomainType domain:
                return KindOf(domain.BaseType);
            default:
                var (kind, asText) = KindOf(type.InternalName);
                return (kind, asText, type.InternalName);
        }
    }

    // Not timestamp and timestamptz: with nulls allowed, Npgsql (10.0.0) reads no array of them.
    private static bool IsPlainElement(PostgresType element) =>
        element.InternalName is "bool" or "int2" or "int4" or "int8" or "float4" or "float8" or "text" or "varchar" or "bpchar" or "name"
            or "uuid" or "date" or "numeric" or "citext";
}
