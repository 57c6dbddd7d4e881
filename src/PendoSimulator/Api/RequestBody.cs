using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace PendoSimulator.Api;

/// <summary>A whole request body in a pooled buffer.</summary>
internal sealed class RequestBody : IDisposable
{
    private byte[] buffer = [];
    private int length;

    public ReadOnlyMemory<byte> Memory => buffer.AsMemory(0, length);

    public int Length => length;

    /// <summary>Whether reading stopped because the body is larger than allowed.</summary>
    public bool TooLarge { get; private set; }

    public static async ValueTask<RequestBody> ReadAsync(HttpRequest request, long limit, CancellationToken ct)
    {
        var body = new RequestBody();
        try
        {
            await body.FillAsync(request, limit > 0 ? limit : Array.MaxLength, ct);
            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
    }

    private async ValueTask FillAsync(HttpRequest request, long limit, CancellationToken ct)
    {
        if (request.ContentLength is 0)
            return;
        if (request.ContentLength > limit)
        {
            TooLarge = true;
            return;
        }
        // One byte more than announced, so that the end is seen without growing.
        buffer = ArrayPool<byte>.Shared.Rent((int)(request.ContentLength ?? 4095) + 1);
        while (await request.Body.ReadAsync(buffer.AsMemory(length), ct) is var read and > 0)
        {
            length += read;
            if (length > limit)
            {
                TooLarge = true;
                return;
            }
            if (length == buffer.Length)
                Grow();
        }
    }

    private void Grow()
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }
}
