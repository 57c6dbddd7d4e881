using PendoSync.Values;

namespace PendoSync.Batches;

/// <summary>Collects planned records until a batch is full.</summary>
/// <param name="maxRecords">Records per batch.</param>
/// <param name="maxBytes">Payload bytes per batch; a larger single record makes a batch of its own.</param>
/// <param name="events">True: event ids are kept beside the payloads.</param>
internal sealed class BatchBuilder(int maxRecords, int maxBytes, bool events)
{
    private readonly List<int> _ends = [];
    private readonly List<ulong> _keys = [];
    private readonly List<ulong> _fingerprints = [];
    private readonly List<byte> _tries = [];
    private readonly List<string> _ids = [];
    private byte[] _bytes = new byte[64 * 1024];
    private int _length;

    /// <summary>Records collected.</summary>
    public int Count => _ends.Count;

    /// <summary>Lowest cursor among the collected rows.</summary>
    public CursorValue? LowestCursor { get; private set; }

    /// <summary>False when the record would make the batch too large: take the batch first.</summary>
    public bool HasRoomFor(int payloadBytes) => Count == 0 || (Count < maxRecords && _length + payloadBytes + 1 <= maxBytes);

    /// <summary>Adds a record; its bytes are copied. The id is kept of events only.</summary>
    public void Add(ulong key, ulong fingerprint, byte tries, string? id, ReadOnlySpan<byte> payload, CursorValue? cursor)
    {
        if (_length + payload.Length > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + payload.Length));
        payload.CopyTo(_bytes.AsSpan(_length));
        _length += payload.Length;
        _ends.Add(_length);
        _keys.Add(key);
        _fingerprints.Add(fingerprint);
        _tries.Add(tries);
        if (events)
            _ids.Add(id!);
        if (cursor is { } value && (LowestCursor is not { } lowest || value < lowest))
            LowestCursor = value;
    }

    /// <summary>The collected records; the builder is empty afterwards.</summary>
    public PackedRecords Take()
    {
        var bytes = GC.AllocateUninitializedArray<byte>(_length);
        _bytes.AsSpan(0, _length).CopyTo(bytes);
        var records = new PackedRecords(bytes, [.. _ends], [.. _keys], [.. _fingerprints], [.. _tries], events ? [.. _ids] : null);
        _ends.Clear();
        _keys.Clear();
        _fingerprints.Clear();
        _tries.Clear();
        _ids.Clear();
        _length = 0;
        LowestCursor = null;
        return records;
    }
}
