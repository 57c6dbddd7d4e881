using System.Text.Json;

namespace PendoSync.Batches;

/// <summary>Records of a batch in one buffer, with a few bytes of bookkeeping each.</summary>
/// <param name="Bytes">All payloads, one after the other.</param>
/// <param name="Ends">End of each payload in <paramref name="Bytes"/>.</param>
/// <param name="KeyHashes">Hash of each key; for events the first half of the 128-bit id.</param>
/// <param name="Fingerprints">Fingerprint of each payload; for events the rest of the id.</param>
/// <param name="Tries">How often each record was rejected before.</param>
/// <param name="EventIds">The warehouse's event ids, since no payload holds them; null for accounts and visitors.</param>
public sealed record PackedRecords(byte[] Bytes, int[] Ends, ulong[] KeyHashes, ulong[] Fingerprints, byte[] Tries, string[]? EventIds)
{
    /// <summary>Number of records.</summary>
    public int Count => Ends.Length;

    /// <summary>Where payload <paramref name="index"/> starts.</summary>
    public int StartOf(int index) => index == 0 ? 0 : Ends[index - 1];

    /// <summary>The exact bytes that were fingerprinted and are sent (promise 1).</summary>
    public ReadOnlyMemory<byte> PayloadOf(int index) => Bytes.AsMemory(StartOf(index), Ends[index] - StartOf(index));

    /// <summary>The key: the event's id, or the value of the payload's first property.</summary>
    public string KeyOf(int index)
    {
        if (EventIds is not null)
            return EventIds[index];
        var reader = new Utf8JsonReader(PayloadOf(index).Span);
        reader.Read();
        reader.Read();
        reader.Read();
        return reader.GetString()!;
    }

    /// <summary>The same records in two parts.</summary>
    public (PackedRecords First, PackedRecords Second) Halves()
    {
        var half = Count / 2;
        return (Slice(0, half), Slice(half, Count));
    }

    private PackedRecords Slice(int from, int to)
    {
        var start = StartOf(from);
        var ends = Ends[from..to];
        for (var i = 0; i < ends.Length; i++)
            ends[i] -= start;
        return new PackedRecords(Bytes[start..Ends[to - 1]], ends, KeyHashes[from..to], Fingerprints[from..to],
            Tries[from..to], EventIds?[from..to]);
    }
}
