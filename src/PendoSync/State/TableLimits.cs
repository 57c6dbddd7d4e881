namespace PendoSync.State;

/// <summary>What every table store refuses alike, so that no path works on one machine and fails in Azure.</summary>
/// <remarks>https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model</remarks>
internal static class TableLimits
{
    /// <summary>Bytes of one binary; a text counts two bytes a character.</summary>
    public const int PropertyBytes = 64 * 1024;

    /// <summary>
    /// Bytes of an entity. Binaries count as base64, which is how they travel and what Azurite counts: eleven full ones fit.
    /// </summary>
    public const int EntityBytes = 1024 * 1024;

    /// <summary>255 less the two keys and the timestamp.</summary>
    public const int Properties = 252;

    /// <summary>Entities of one transaction.</summary>
    public const int GroupRows = 100;

    // A transaction's body may have 4 MiB; the margin is for the lines between its parts.
    private const int GroupBytes = (4 * 1024 * 1024) - (64 * 1024);
    private const int KeyCharacters = 512;
    private static readonly DateTimeOffset EarliestTime = new(1601, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Refuses an entity that Azure would refuse.</summary>
    public static void Check(string table, TableRow row)
    {
        CheckKey(table, row.Partition);
        CheckKey(table, row.Row);
        if (row.Properties.Count > Properties)
            throw Refused(table, row, $"has {row.Properties.Count} properties, at most {Properties} are allowed");
        var size = 4 + (2 * (row.Partition.Length + row.Row.Length));
        foreach (var (name, value) in row.Properties)
        {
            CheckName(table, row, name);
            size += 8 + (2 * name.Length) + SizeOf(table, row, name, value);
        }

        if (size > EntityBytes)
            throw Refused(table, row, $"has {size} bytes, at most {EntityBytes} are allowed");
    }

    /// <summary>Refuses a key with characters outside the contract; <c>/ \ # ?</c> and control characters are forbidden in Azure.</summary>
    public static void CheckKey(string table, string key)
    {
        if (key.Length is 0 or > KeyCharacters)
            throw new ProblemException(ProblemKind.State, $"a key has {key.Length} characters, 1 to {KeyCharacters} are allowed", table);
        foreach (var c in key)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.' or '~' or '=' or '+'))
                throw new ProblemException(ProblemKind.State, $"a key holds the character U+{(int)c:X4}, which is not allowed", table);
        }
    }

    /// <summary>Entities in groups that fit into one transaction each, in their order.</summary>
    public static IEnumerable<IReadOnlyList<TableRow>> Groups(string table, string partition, IReadOnlyList<TableRow> rows)
    {
        var group = new List<TableRow>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var size = 0;
        foreach (var row in rows)
        {
            if (row.Partition != partition)
                throw Refused(table, row, $"does not belong to partition {partition}");
            if (!seen.Add(row.Row))
                throw Refused(table, row, "stands twice in one group");
            Check(table, row);
            var more = BodyBytes(row);
            if (group.Count > 0 && (group.Count == GroupRows || size + more > GroupBytes))
            {
                yield return group;
                group = [];
                size = 0;
            }

            group.Add(row);
            size += more;
        }

        if (group.Count > 0)
            yield return group;
    }

    private static int SizeOf(string table, TableRow row, string name, object value)
    {
        switch (value)
        {
            case string text when text.Length * 2 > PropertyBytes:
                throw Refused(table, row, $"has the text {name} of {text.Length} characters, at most {PropertyBytes / 2} are allowed");
            case string text:
                return 4 + (2 * text.Length);
            case byte[] bytes when bytes.Length > PropertyBytes:
                throw Refused(table, row, $"has the binary {name} of {bytes.Length} bytes, at most {PropertyBytes} are allowed");
            case byte[] bytes:
                return 4 + Base64Length(bytes);
            case DateTimeOffset time when time.Offset != TimeSpan.Zero || time < EarliestTime:
                throw Refused(table, row, $"has the instant {name} that is not UTC or before 1601");
            case double number when !double.IsFinite(number):
                throw Refused(table, row, $"has the number {name} that is not finite");
            case bool or long or double or DateTimeOffset:
                return 8;
            default:
                throw Refused(table, row, $"has the property {name} of type {value.GetType().Name}, which no table store keeps");
        }
    }

    private static void CheckName(string table, TableRow row, string name)
    {
        var valid = name.Length is > 0 and <= 255 && (char.IsAsciiLetter(name[0]) || name[0] == '_')
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') && name is not ("PartitionKey" or "RowKey" or "Timestamp");
        if (!valid)
            throw Refused(table, row, $"has the property name '{name}', which is not allowed");
    }

    // A character may become \uXXXX in JSON; 600 bytes are the headers of one part of a transaction.
    private static int BodyBytes(TableRow row) => 600 + row.Properties.Sum(p => 60 + (2 * p.Key.Length) + p.Value switch
    {
        string text => 6 * text.Length,
        byte[] bytes => Base64Length(bytes),
        _ => 40,
    });

    private static int Base64Length(byte[] bytes) => (bytes.Length + 2) / 3 * 4;

    private static ProblemException Refused(string table, TableRow row, string reason) =>
        new(ProblemKind.State, $"the entity {reason}", $"{table}/{row.Partition}/{row.Row}");
}
