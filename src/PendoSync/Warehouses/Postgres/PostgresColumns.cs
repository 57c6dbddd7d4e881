using Npgsql;
using Npgsql.PostgresTypes;

namespace PendoSync.Warehouses;

/// <summary>
/// What the columns of a PostgreSQL result hold, and which of them must come as text: numeric that may be wider than .NET's decimal, and every
/// type without a .NET value of its own. Types: https://www.postgresql.org/docs/current/datatype.html;
/// .NET values: https://www.npgsql.org/doc/types/basic.html
/// </summary>
internal sealed record PostgresColumns(IReadOnlyList<WarehouseColumn> Columns, bool[] AsText)
{
    private const int DecimalDigits = 28;

    /// <summary>Works them out from an open (or schema-only) reader; a domain is described by the server as its base type.</summary>
    public static PostgresColumns Of(NpgsqlDataReader reader)
    {
        var columns = new WarehouseColumn[reader.FieldCount];
        var asText = new bool[columns.Length];
        for (var i = 0; i < columns.Length; i++)
        {
            var system = reader.GetDataTypeName(i);
            (var kind, asText[i]) = KindOf(reader.GetPostgresType(i), system);
            columns[i] = new WarehouseColumn(i, reader.GetName(i), kind, system);
        }

        return new PostgresColumns(columns, asText);
    }

    private static (ColumnKind Kind, bool AsText) KindOf(PostgresType type, string system) => type switch
    {
        PostgresEnumType => (ColumnKind.Text, true),
        PostgresArrayType array => IsPlainElement(array.Element) ? (ColumnKind.Array, false) : (ColumnKind.Unsupported, true),
        PostgresDomainType domain => KindOf(domain.BaseType, system),
        _ => KindOf(type.InternalName, system),
    };

    /// <summary>The kind of a scalar by its name in pg_type.</summary>
    public static (ColumnKind Kind, bool AsText) KindOf(string name, string system) => name switch
    {
        "bool" => (ColumnKind.Boolean, false),
        "int2" or "int4" or "int8" or "oid" => (ColumnKind.Integer, false),
        "float4" or "float8" => (ColumnKind.Double, false),
        "numeric" => (ColumnKind.Decimal, PrecisionOf(system) is not <= DecimalDigits),
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

    private static bool IsPlainElement(PostgresType element) =>
        element.InternalName is "bool" or "int2" or "int4" or "int8" or "float4" or "float8" or "text" or "varchar" or "bpchar" or "name"
            or "uuid" or "date" or "timestamp" or "timestamptz" or "numeric" or "citext";

    // "numeric(12,2)"; plain "numeric" has no limit.
    private static int? PrecisionOf(string system)
    {
        var start = system.IndexOf('(', StringComparison.Ordinal) + 1;
        var end = system.AsSpan(start).IndexOfAny(',', ')');
        return start > 0 && end > 0 && int.TryParse(system.AsSpan(start, end), out var precision) ? precision : null;
    }
}
