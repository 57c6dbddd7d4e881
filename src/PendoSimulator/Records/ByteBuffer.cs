namespace PendoSimulator.Records;

/// <summary>A growing byte buffer that can be cut back, reused from call to call.</summary>
internal sealed class ByteBuffer(int capacity = 4096)
{
    private byte[] bytes = new byte[capacity];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => bytes.AsSpan(0, Length);

    public ReadOnlySpan<byte> Slice(int start, int length) => bytes.AsSpan(start, length);

    public Span<byte> Reserve(int size)
    {
        if (bytes.Length - Length < size)
            Array.Resize(ref bytes, Math.Max(bytes.Length * 2, Length + size));
        return bytes.AsSpan(Length);
    }

    public void Advance(int count) => Length += count;

    public void CutTo(int length) => Length = length;

    public void Append(byte value)
    {
        Reserve(1)[0] = value;
        Length++;
    }

    public void Append(ReadOnlySpan<byte> value)
    {
        value.CopyTo(Reserve(value.Length));
        Length += value.Length;
    }

    public void AppendNumber(int value)
    {
        var rest = (uint)value;
        while (rest >= 0x80)
        {
            Append((byte)(rest | 0x80));
            rest >>= 7;
        }
        Append((byte)rest);
    }
}
