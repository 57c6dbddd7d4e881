using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using PendoSync.Batches;

namespace PendoSync.Pendo;

/// <summary>A range of a batch as the JSON array of a bulk call, written straight from the batch's buffer.</summary>
public sealed class RecordsContent : HttpContent
{
    private readonly PackedRecords _records;
    private readonly int _start;
    private readonly int _count;

    /// <summary>Records <paramref name="start"/> to <paramref name="start"/> + <paramref name="count"/>.</summary>
    public RecordsContent(PackedRecords records, int start, int count)
    {
        (_records, _start, _count) = (records, start, count);
        Headers.ContentType = new MediaTypeHeaderValue("application/json");
    }

    /// <summary>Records in it.</summary>
    public int Count => _count;

    /// <summary>The same content for another request; a content can be sent once only.</summary>
    public RecordsContent Again() => new(_records, _start, _count);

    /// <inheritdoc/>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        // One write: the connection would send thousands of small ones in packets of 4 KB.
        TryComputeLength(out var length);
        var body = ArrayPool<byte>.Shared.Rent((int)length);
        try
        {
            var at = 0;
            for (var i = _start; i < _start + _count; i++)
            {
                body[at++] = (byte)(i == _start ? '[' : ',');
                var payload = _records.PayloadOf(i).Span;
                payload.CopyTo(body.AsSpan(at));
                at += payload.Length;
            }

            if (_count == 0)
                body[at++] = (byte)'[';
            body[at++] = (byte)']';
            await stream.WriteAsync(body.AsMemory(0, at));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(body);
        }
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        var payloads = _count == 0 ? 0 : _records.Ends[_start + _count - 1] - _records.StartOf(_start);
        length = payloads + 2 + Math.Max(0, _count - 1);
        return true;
    }
}
