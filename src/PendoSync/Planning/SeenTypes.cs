using System.Data.Common;
using PendoSync.Records;
using PendoSync.Runs;
using PendoSync.Sources;

namespace PendoSync.Planning;

/// <summary>
/// What the cells of a column hold that declares no type: an expression of SQLite, an unformatted column of a sheet. It is asked only when
/// a field has to be made from it, and by a read of its own, since a reader goes forward only.
/// </summary>
internal static class SeenTypes
{
    private const int MostRows = 1000;

    /// <summary>
    /// The columns, with what the first thousand rows hold where that is of one kind; columns that are empty or mixed stay as they are.
    /// </summary>
    /// <param name="context">The sync.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="wanted">Those to look at.</param>
    /// <param name="ct">Ends it.</param>
    public static async Task<IReadOnlyList<WarehouseColumn>> AddAsync(SyncContext context, IReadOnlyList<WarehouseColumn> columns,
        IReadOnlyList<WarehouseColumn> wanted, CancellationToken ct)
    {
        var seen = new Dictionary<int, ColumnKind>();
        await using var reader = await context.Warehouse.OpenAsync(context.Sync.Model, null, ct);
        for (var row = 0; row < MostRows && await reader.ReadAsync(ct); row++)
            foreach (var column in wanted)
                if (KindOf(reader, column.Ordinal) is { } kind)
                    seen[column.Ordinal] = seen.TryGetValue(column.Ordinal, out var before) ? Both(before, kind) : kind;
        return [.. columns.Select(c => seen.TryGetValue(c.Ordinal, out var kind) ? c with { Declared = kind } : c)];
    }

    // Null: the cell is empty, or cannot be read; what is wrong with it, its own row says.
    private static ColumnKind? KindOf(DbDataReader reader, int ordinal)
    {
        try
        {
            if (reader.IsDBNull(ordinal))
                return null;
            var type = reader.GetFieldType(ordinal);
            return Type.GetTypeCode(type) switch
            {
                TypeCode.Boolean => ColumnKind.Boolean,
                TypeCode.Double or TypeCode.Single or TypeCode.Decimal => ColumnKind.Double,
                TypeCode.DateTime => ColumnKind.Timestamp,
                TypeCode.String => ColumnKind.Text,
                >= TypeCode.SByte and <= TypeCode.UInt64 => ColumnKind.Integer,
                _ => type == typeof(DateOnly) || type == typeof(DateTimeOffset) ? ColumnKind.Timestamp : ColumnKind.PerCell,
            };
        }
        catch (Exception e) when (Cells.RuleOf(e) is not null)
        {
            return null;
        }
    }

    private static ColumnKind Both(ColumnKind a, ColumnKind b) => a == b ? a
        : a is ColumnKind.Integer or ColumnKind.Double && b is ColumnKind.Integer or ColumnKind.Double ? ColumnKind.Double
        : ColumnKind.PerCell;
}
