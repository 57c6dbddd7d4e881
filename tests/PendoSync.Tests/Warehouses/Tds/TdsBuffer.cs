using System.Buffers.Binary;
using System.Text;

namespace PendoSync.Tests.Warehouses.Tds;

/// <summary>Bytes of a message to be sent; numbers are little-endian, texts UTF-16, as TDS has them.</summary>
internal sealed class TdsBuffer
{
    private readonly MemoryStream _bytes = new();
    private readonly List<int> _breaks = [];

    /// <summary>Bytes that one packet holds.</summary>
    public int Payload { get; set; } = 4096 - 8;

    /// <summary>Bytes for which the packet that is being filled has room.</summary>
    public int Room => Ends().LastOrDefault() + Payload - Length;

    public int Length => (int)_bytes.Length;

    public ReadOnlySpan<byte> Written => _bytes.GetBuffer().AsSpan(0, Length);

    public void Clear()
    {
        _bytes.SetLength(0);
        _breaks.Clear();
    }

    /// <summary>Ends the packet here, though it has room.</summary>
    public void EndPacket() => _breaks.Add(Length);

    /// <summary>Where the packets end that are full.</summary>
    public IEnumerable<int> Ends()
    {
        for (var end = 0; ;)
        {
            var start = end;
            end = _breaks.Where(b => b > start).Append(start + Payload).Min();
            if (end > Length)
                yield break;
            yield return end;
        }
    }

    public TdsBuffer Byte(int value)
    {
        _bytes.WriteByte((byte)value);
        return this;
    }

    public TdsBuffer Bytes(ReadOnlySpan<byte> value)
    {
        _bytes.Write(value);
        return this;
    }

    public TdsBuffer Int16(int value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteInt16LittleEndian(bytes, unchecked((short)value));
        return Bytes(bytes);
    }

    public TdsBuffer Int32(int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return Bytes(bytes);
    }

    public TdsBuffer Int64(long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return Bytes(bytes);
    }

    /// <summary>The low <paramref name="count"/> bytes of a number.</summary>
    public TdsBuffer Low(long value, int count)
    {
        for (var i = 0; i < count; i++)
            Byte((int)(value >> (8 * i)));
        return this;
    }

    /// <summary>A text after the count of its characters in one byte (B_VARCHAR).</summary>
    public TdsBuffer Short(string text) => Byte(text.Length).Bytes(Encoding.Unicode.GetBytes(text));

    /// <summary>A text after the count of its characters in two bytes (US_VARCHAR).</summary>
    public TdsBuffer Long(string text) => Int16(text.Length).Bytes(Encoding.Unicode.GetBytes(text));

    /// <summary>A token whose length stands in two bytes behind its number.</summary>
    public TdsBuffer Token(int token, TdsBuffer body) => Byte(token).Int16(body.Length).Bytes(body.Written);
}

/// <summary>Reads a message that was received.</summary>
internal sealed class TdsCursor(byte[] bytes, int at = 0)
{
    public int At { get; set; } = at;

    public bool Ended => At >= bytes.Length;

    public byte Byte() => bytes[At++];

    public short Int16() => BinaryPrimitives.ReadInt16LittleEndian(Take(2));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    public ReadOnlySpan<byte> Take(int count) => bytes.AsSpan((At += count) - count, count);

    public string Text(int characters) => Encoding.Unicode.GetString(Take(characters * 2));

    /// <summary>A value of a large type, in chunks (PLP); null when it is null.</summary>
    public byte[]? Chunks()
    {
        if (Int64() == -1)
            return null;
        var all = new MemoryStream();
        for (var length = Int32(); length > 0; length = Int32())
            all.Write(Take(length));
        return all.ToArray();
    }
}
