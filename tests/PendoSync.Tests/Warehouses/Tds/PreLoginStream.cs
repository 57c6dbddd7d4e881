using System.Buffers.Binary;

namespace PendoSync.Tests.Warehouses.Tds;

/// <summary>
/// Carries the handshake of TLS in packets of the pre-login, as TDS 7 wants it; after it, bytes as they are. [MS-TDS]
/// 2.2.6.5
/// </summary>
internal sealed class PreLoginStream(Stream inner, byte type) : Stream
{
    private int _left;

    /// <summary>True until the handshake is over.</summary>
    public bool Wraps { get; set; } = true;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!Wraps)
            return await inner.ReadAsync(buffer, cancellationToken);
        if (_left == 0)
        {
            var header = new byte[8];
            await inner.ReadExactlyAsync(header, cancellationToken);
            _left = BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(2)) - header.Length;
        }

        var read = await inner.ReadAsync(buffer[..Math.Min(buffer.Length, _left)], cancellationToken);
        _left -= read;
        return read;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!Wraps)
        {
            await inner.WriteAsync(buffer, cancellationToken);
            return;
        }

        var packet = new byte[8 + buffer.Length];
        (packet[0], packet[1]) = (type, 1);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        buffer.CopyTo(packet.AsMemory(8));
        await inner.WriteAsync(packet, cancellationToken);
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter()
        .GetResult();

    public override void Write(byte[] buffer, int offset, int count) => WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter()
        .GetResult();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
