using System.Buffers.Binary;

namespace PendoSync.Warehouses.Postgres;

/// <summary>
/// Splits the binary format of COPY into rows and cells without copying them out of the buffer. The format: a signature, then for each row
/// the count of its cells and for each cell its length (-1: null) and bytes, then -1
/// (https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format").
/// </summary>
internal sealed class PostgresCopyRows(Stream stream, int columns)
{
    private const int HeaderLength = 19;
    private readonly int[] _starts = new int[columns];
    private readonly int[] _lengths = new int[columns];
    private byte[] _buffer = new byte[64 * 1024];
    private int _next = -1;
    private int _end;

    /// <summary>True when a cell is null.</summary>
    public bool IsNull(int ordinal) => _lengths[ordinal] < 0;

    /// <summary>The bytes of a cell, valid until the next row; empty for a null.</summary>
    public ReadOnlySpan<byte> Cell(int ordinal) => _buffer.AsSpan(_starts[ordinal], Math.Max(0, _lengths[ordinal]));

    /// <summary>Goes to the next row: true, false at the end, null when more bytes are needed first.</summary>
    public bool? TryNext()
    {
        var bytes = _buffer.AsSpan(0, _end);
        var at = _next;
        if (at < 0)
        {
            if (bytes.Length < HeaderLength)
                return null;
            at = HeaderLength + BinaryPrimitives.ReadInt32BigEndian(bytes[(HeaderLength - 4)..]);
        }

        if (bytes.Length - at < 2)
            return null;
        var count = BinaryPrimitives.ReadInt16BigEndian(bytes[at..]);
        if (count < 0)
            return false;
        if (count != _starts.Length)
            throw new IOException($"a row of {count} cells among rows of {_starts.Length}");
        at += 2;
        for (var i = 0; i < count; i++)
        {
            if (bytes.Length - at < 4)
                return null;
            var length = BinaryPrimitives.ReadInt32BigEndian(bytes[at..]);
            at += 4;
            if (length > bytes.Length - at)
                return null;
            (_starts[i], _lengths[i]) = (at, length);
            at += Math.Max(0, length);
        }

        _next = at;
        return true;
    }

    /// <summary>Takes more bytes from the stream.</summary>
    /// <exception cref="IOException">The stream ended before the rows did.</exception>
    public async Task FillAsync(CancellationToken ct)
    {
        // What is left over of an unfinished row moves to the front; a row that fills the buffer makes it grow.
        var from = Math.Max(0, _next);
        _buffer.AsSpan(from, _end - from).CopyTo(_buffer);
        _end -= from;
        if (_next > 0)
            _next = 0;
        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, _buffer.Length * 2);
        var read = await stream.ReadAsync(_buffer.AsMemory(_end), ct);
        _end += read > 0 ? read : throw new IOException("the rows ended without the mark of their end");
    }

    /// <summary>Reads what follows the last row, where the server says whether it could send all.</summary>
    public async Task FinishAsync(CancellationToken ct)
    {
        while (await stream.ReadAsync(_buffer, ct) > 0)
        {
        }
    }
}
