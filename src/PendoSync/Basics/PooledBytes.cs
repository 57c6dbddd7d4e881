using System.Buffers;

namespace PendoSync.Basics;

/// <summary>The bytes of an answer in a rented buffer; disposing gives the buffer back.</summary>
internal sealed class PooledBytes(byte[] buffer, int length) : IDisposable
{
    private byte[]? _buffer = buffer;

    /// <summary>The bytes; must not be used after disposal.</summary>
    public ReadOnlySpan<byte> Span => (_buffer ?? throw new ObjectDisposedException(nameof(PooledBytes))).AsSpan(0, length);

    /// <summary>The same bytes for callers that need memory.</summary>
    public ReadOnlyMemory<byte> Memory => (_buffer ?? throw new ObjectDisposedException(nameof(PooledBytes))).AsMemory(0, length);

    /// <summary>Reads a stream to its end, or until at least <paramref name="most"/> bytes are there.</summary>
    public static async Task<PooledBytes> ReadAsync(Stream stream, CancellationToken ct, int most = int.MaxValue)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        var length = 0;
        try
        {
            while (true)
            {
                if (length == buffer.Length)
                    Grow(ref buffer);
                var read = await stream.ReadAsync(buffer.AsMemory(length), ct);
                length += read;
                if (read == 0 || length >= most)
                    return new PooledBytes(buffer, length);
            }
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
    }

    /// <summary>A copy of the bytes.</summary>
    public static PooledBytes CopyOf(ReadOnlySpan<byte> bytes)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Max(1, bytes.Length));
        bytes.CopyTo(buffer);
        return new PooledBytes(buffer, bytes.Length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _buffer, null) is { } rented)
            ArrayPool<byte>.Shared.Return(rented);
    }

    private static void Grow(ref byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(checked(buffer.Length * 2));
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }
}
