namespace PendoSimulator.Records;

/// <summary>One record of a bulk call: where its id and changes stand in the batch, or why it is refused.</summary>
internal readonly record struct BulkRecord(int IdStart, int IdLength, int FirstChange, int Changes, string? Error);

/// <summary>The parsed records of one bulk call; reused, so that a call allocates little more than what is stored.</summary>
internal sealed class BulkBatch
{
    private readonly List<ValueChange> changes = [];
    private char[] ids = new char[16 * 1024];
    private int idsLength;

    public List<BulkRecord> Records { get; } = [];

    public ByteBuffer Values { get; } = new(64 * 1024);

    public ByteBuffer Work { get; } = new();

    public int ChangeCount => changes.Count;

    public void Clear()
    {
        Records.Clear();
        changes.Clear();
        Values.CutTo(0);
        idsLength = 0;
    }

    public void Add(ValueChange change) => changes.Add(change);

    public void DropChangesFrom(int first) => changes.RemoveRange(first, changes.Count - first);

    public Span<char> ReserveId(int length)
    {
        if (ids.Length - idsLength < length)
            Array.Resize(ref ids, Math.Max(ids.Length * 2, idsLength + length));
        return ids.AsSpan(idsLength);
    }

    public int TakeId(int length)
    {
        idsLength += length;
        return idsLength - length;
    }

    public ReadOnlySpan<char> Id(in BulkRecord record) => ids.AsSpan(record.IdStart, record.IdLength);

    public ReadOnlySpan<ValueChange> ChangesOf(in BulkRecord record) =>
        System.Runtime.InteropServices.CollectionsMarshal.AsSpan(changes).Slice(record.FirstChange, record.Changes);
}
