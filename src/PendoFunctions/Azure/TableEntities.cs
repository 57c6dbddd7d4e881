using Azure.Data.Tables;
using PendoSync.State;

namespace PendoFunctions.Azure;

/// <summary>Rows as entities of Table Storage, and back.</summary>
internal static class TableEntities
{
    private static readonly HashSet<string> SystemNames =
        new(["PartitionKey", "RowKey", "Timestamp", "odata.etag"], StringComparer.Ordinal);

    public static TableEntity ToEntity(TableRow row)
    {
        var entity = new TableEntity(row.Partition, row.Row);
        foreach (var (name, value) in row.Properties)
            entity[name] = value;
        return entity;
    }

    public static TableRow ToRow(TableEntity entity)
    {
        var row = new TableRow(entity.PartitionKey, entity.RowKey)
        {
            Version = entity.ETag.ToString(),
            Timestamp = entity.Timestamp ?? default
        };
        foreach (var (name, value) in entity)
        {
            // A chosen column that the entity does not have comes as null.
            if (!SystemNames.Contains(name) && value is not null)
                row[name] = value;
        }

        return row;
    }
}
