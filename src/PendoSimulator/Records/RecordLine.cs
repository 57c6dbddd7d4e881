using System.Buffers.Binary;
using System.Security.Cryptography;

namespace PendoSimulator.Records;

/// <summary>
/// One record as one line of canonical JSON: <c>{"id":"v-1","custom":{"plan":"pro","seats":3}}</c>, groups and fields in ordinal order,
/// groups without values left out. The dump and the checksum use the same line.
/// </summary>
internal sealed class RecordLine(FieldSet fields)
{
    private readonly (int Start, int Length)[] places = new (int, int)[fields.All.Length];
    private readonly ByteBuffer line = new();

    public ReadOnlySpan<byte> Write(string id, ReadOnlySpan<byte> packed)
    {
        line.CutTo(0);
        line.Append("{\"id\":"u8);
        CanonicalJson.AppendText(id, line);
        PackedValues.Locate(packed, places);
        string? group = null;
        foreach (var field in fields.Canonical)
        {
            var (start, length) = places[field.Index];
            if (length == 0)
                continue;
            if (field.Group != group)
            {
                line.Append(group is null ? ","u8 : "},"u8);
                group = field.Group;
                CanonicalJson.AppendText(group, line);
                line.Append(":{"u8);
            }
            else
            {
                line.Append((byte)',');
            }
            CanonicalJson.AppendText(field.Utf8Name, line);
            line.Append((byte)':');
            line.Append(packed.Slice(start, length));
        }
        line.Append(group is null ? "}"u8 : "}}"u8);
        return line.Written;
    }

    /// <summary>
    /// The sum, modulo 2^64, of the first eight bytes (big endian) of each line's SHA-256; the order of the records does not matter.
    /// </summary>
    public static (int Count, ulong Sum) Checksum(RecordStore store, FieldSet fields)
    {
        var lines = new RecordLine(fields);
        var page = new RecordStore.Entry[1000];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        var (count, sum) = (0, 0UL);
        while (store.Copy(count, page) is var taken and > 0)
        {
            foreach (var entry in page.AsSpan(0, taken))
            {
                SHA256.HashData(lines.Write(entry.Id, entry.Values), hash);
                sum = unchecked(sum + BinaryPrimitives.ReadUInt64BigEndian(hash));
            }
            count += taken;
        }
        return (count, sum);
    }
}
