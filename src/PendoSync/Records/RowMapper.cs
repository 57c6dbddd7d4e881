using System.Data.Common;
using System.Text;
using PendoSync.Definitions;
using PendoSync.Sources;
using PendoSync.Values;

namespace PendoSync.Records;

/// <summary>
/// Turns the current row of a reader into a record: key, hashes and the exact bytes that would be sent.
/// One mapper serves one read and reuses its buffers: what it exposes is valid until the next row.
/// </summary>
internal abstract class RowMapper
{
    /// <summary>Largest record in bytes; a Service Bus message has to hold it compressed or not.</summary>
    public const int MaxRecordBytes = 128 * 1024;

    private readonly KeyReader _key;
    private byte[] _keyBytes = new byte[256];
    private int _keyLength = -1;

    /// <summary>A mapper for one read.</summary>
    protected RowMapper(SyncDefinition sync, IReadOnlyList<WarehouseColumn> columns, DbDataReader reader, HashSeeds seeds)
    {
        var problems = new List<string>();
        var column = ColumnLookup.Find(columns, sync.Key, problems)
            ?? throw new ProblemException(ProblemKind.Configuration, problems[0], $"sync '{sync.Name}', key",
                $"Correct `key:` in {sync.File}.");
        _key = new KeyReader(column, reader.GetFieldType(column.Ordinal), $"sync '{sync.Name}'");
        KeyColumn = column.Name;
        Seeds = seeds;
    }

    /// <summary>The key column as the system spells it.</summary>
    public string KeyColumn { get; }

    /// <summary>The row's key; null when the cell is null or cannot be read.</summary>
    public string? Key { get; private set; }

    /// <summary>Hash of the key; 0 when there is no usable key.</summary>
    public ulong KeyHash { get; private set; }

    /// <summary>Fingerprint of the payload; of an event, which is known by its id alone, the rest of the id's 128 bits.</summary>
    public ulong Fingerprint { get; private set; }

    /// <summary>The exact bytes to be sent.</summary>
    public ReadOnlySpan<byte> Payload => Json.Written;

    /// <summary>Null values that were left out since <c>when_null</c> is skip, in this row.</summary>
    public int SkippedNulls { get; protected set; }

    /// <summary>Why the row is invalid; null when it is good.</summary>
    public Invalid? Invalid { get; private set; }

    /// <summary>The row's cursor; null without one.</summary>
    public CursorValue? Cursor { get; private set; }

    /// <summary>The seeds of the state.</summary>
    protected HashSeeds Seeds { get; }

    /// <summary>Writes into the payload.</summary>
    protected JsonBuffer Json { get; } = new();

    /// <summary>UTF-8 of the key.</summary>
    protected ReadOnlySpan<byte> KeyBytes => _keyBytes.AsSpan(0, _keyLength);

    /// <summary>The key of the current row, also one that Pendo would not take; null when the cell is null or cannot be read.</summary>
    internal string? KeyOf(DbDataReader row) => _key.Read(row, out _);

    /// <summary>Maps the current row; null, or why it is invalid.</summary>
    /// <param name="row">The row.</param>
    /// <param name="cursor">Reads its cursor; null: it has none.</param>
    public Invalid? Map(DbDataReader row, CursorReader? cursor = null)
    {
        Invalid = MapRecord(row);
        Cursor = cursor?.Read(row);
        return Invalid;
    }

    /// <summary>Writes the payload; null, or why the row is invalid.</summary>
    protected abstract Invalid? MapBody(DbDataReader row);

    /// <summary>The fingerprint, once the payload is written.</summary>
    protected abstract ulong FingerprintOf();

    /// <summary>Writes a constant; null, or the rule it breaks.</summary>
    internal static string? WriteConstant(JsonBuffer json, object constant, FieldTarget target, TimeZoneInfo zone) => constant switch
    {
        bool flag => ScalarWriter.Write(json, flag, target),
        long number => ScalarWriter.Write(json, number, target),
        int number => ScalarWriter.Write(json, number, target),
        decimal number => ScalarWriter.Write(json, number, target),
        double number => ScalarWriter.Write(json, number, target),
        _ => ScalarWriter.Write(json, constant.ToString()!, target, zone),
    };

    private Invalid? MapRecord(DbDataReader row)
    {
        SkippedNulls = 0;
        KeyHash = 0;
        if (!ReadKey(row, out var rule))
            return new Invalid(rule!, KeyColumn);
        KeyHash = Seeds.OfKey(KeyBytes);
        Json.Clear();
        var invalid = MapBody(row);
        if (invalid is not null)
            return invalid;
        if (Json.Length > MaxRecordBytes)
            return new Invalid(Rules.TooLarge, null);
        Fingerprint = FingerprintOf();
        return null;
    }

    private bool ReadKey(DbDataReader row, out string? rule)
    {
        _keyLength = -1;
        Key = _key.Read(row, out rule);
        if (rule is not null)
            return false;
        var most = Encoding.UTF8.GetMaxByteCount(Key!.Length);
        if (most > _keyBytes.Length)
            _keyBytes = new byte[most];
        _keyLength = Encoding.UTF8.GetBytes(Key, _keyBytes);
        return true;
    }
}
