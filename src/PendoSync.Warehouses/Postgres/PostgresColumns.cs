using Npgsql;
using Npgsql.PostgresTypes;
using PendoSync.Sources;

namespace PendoSync.Warehouses.Postgres;

/// <summary>How COPY has to give a column, so that its binary form can be read.</summary>
internal enum CopyAs
{
    /// <summary>As it is.</summary>
    Itself,

    /// <summary>Cast to text: its binary form is not text, or nobody reads it.</summary>
    Text,

    /// <summary>Not at all: its text form differs from its cast to text, or it has parts.</summary>
    Never,
}

/// <summary>
/// What the columns of a PostgreSQL result hold, and which of them must come as text: numeric, which may be wider than .NET's decimal, and
/// every type without a .NET value of its own. The type beside how COPY gives a column is its name in pg_type, of an array that of its
/// elements. Types: https://www.postgresql.org/docs/current/datatype.html; .NET values: https://www.npgsql.org/doc/types/basic.html
/// </summary>
internal sealed record PostgresColumns(IReadOnlyList<WarehouseColumn> Columns, bool[] AsText, IReadOnlyList<(string Type, CopyAs As)> Copy)
{
    /// <summary>Works them out from an open (or schema-only) reader; a domain is described by the server as its base type.</summary>
    public static PostgresColumns Of(NpgsqlDataReader reader)
    {
        var columns = new WarehouseColumn[reader.FieldCount];
        var asText = new bool[columns.Length];
        var copy = new (string, CopyAs)[columns.Length];
        for (var i = 0; i < columns.Length; i++)
        {
            var system = reader.GetDataTypeName(i);
            (var kind, asText[i], copy[i]) = KindOf(reader.GetPostgresType(i));
            columns[i] = new WarehouseColumn(i, reader.GetName(i), kind, system);
        }

        return new PostgresColumns(columns, asText, copy);
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

    private static (ColumnKind Kind, bool AsText, (string, CopyAs) Copy) KindOf(PostgresType type)
    {
        switch (type)
        {
            case PostgresEnumType:
                return (ColumnKind.Text, true, ("text", CopyAs.Itself));
            case PostgresArrayType array:
                var plain = IsPlainElement(array.Element);
                return (plain ? ColumnKind.Array : ColumnKind.Unsupported, !plain,
                    (array.Element.InternalName, plain ? CopyAs.Never : CopyAs.Text));
            case PostgresDomainType domain:
                return KindOf(domain.BaseType);
            default:
                var name = type.InternalName;
                var (kind, asText) = KindOf(name);
                return (kind, asText, (name, CopyOf(name, kind, asText)));
        }
    }

    // inet alone: its text form leaves out the mask of a host, its cast to text does not. bpchar: its cast cuts the padding off.
    private static CopyAs CopyOf(string name, ColumnKind kind, bool asText) => name switch
    {
        "inet" => CopyAs.Never,
        "numeric" or "citext" or "xml" => CopyAs.Itself,
        _ => asText || kind == ColumnKind.Unsupported ? CopyAs.Text : CopyAs.Itself,
    };

    // Not timestamp and timestamptz: with nulls allowed, Npgsql (10.0.0) reads no array of them.
    private static bool IsPlainElement(PostgresType element) =>
        element.InternalName is "bool" or "int2" or "int4" or "int8" or "float4" or "float8" or "text" or "varchar" or "bpchar" or "name"
            or "uuid" or "date" or "numeric" or "citext";
}
