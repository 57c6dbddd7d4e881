using System.Buffers.Binary;

namespace PendoSync.Warehouses.Postgres;

/// <summary>
/// Splits the binary format of COPY into rows and cells without copying them out of the buffer. The format: a signature, then for each row
/// the count of its cells and for each cell its length (-1: null) and bytes, then -1
/// (https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format").
/// </summary>
internal sealed class PostgresCopyRows(Stream stream, int columns)
{
    private const int Signature = 11;
    private const int HeaderLength = Signature + 8;
    private readonly int[] _starts = new int[columns];
    private readonly int[] _lengths = new int[columns];
    private byte[] _buffer = new byte[64 * 1024];
    private int _next = -1;
    private int _end;

    private enum Found
    {
        Row,
        Part,
        End,
    }

    /// <summary>True when the last row was read.</summary>
    public bool Ended { get; private set; }

    /// <summary>True for a null.</summary>
    public bool IsNull(int ordinal) => _lengths[ordinal] < 0;

    /// <summary>The bytes of a cell, valid until the next row; empty for a null.</summary>
    public ReadOnlySpan<byte> Cell(int ordinal) => _buffer.AsSpan(_starts[ordinal], Math.Max(0, _lengths[ordinal]));

    /// <summary>Goes to the next row: true, or false at the end; not completed when the server has to be waited for.</summary>
    public ValueTask<bool> NextAsync()
    {
        while (true)
        {
            switch (Split())
            {
                case Found.Row:
                    return new ValueTask<bool>(true);
                case Found.End:
                    return EndAsync();
            }

            MakeRoom();
            var read = stream.ReadAsync(_buffer.AsMemory(_end), CancellationToken.None);
            if (!read.IsCompletedSuccessfully)
                return WaitAsync(read);
            Took(read.Result);
        }
    }

    private async ValueTask<bool> WaitAsync(ValueTask<int> read)
    {
        Took(await read);
        return await NextAsync();
    }

    // The server says that it is done after the mark of the end.
    private async ValueTask<bool> EndAsync()
    {
        while (!Ended)
            Ended = await stream.ReadAsync(_buffer, CancellationToken.None) == 0;
        return false;
    }

    private void Took(int bytes)
    {
        if (bytes == 0)
            throw new IOException("the rows ended without the mark of their end");
        _end += bytes;
    }

    private Found Split()
    {
        if (Ended)
            return Found.End;
        var bytes = _buffer.AsSpan(0, _end);
        var at = _next;
        if (at < 0)
        {
            if (bytes.Length < HeaderLength)
                return Found.Part;
            at = HeaderLength + BinaryPrimitives.ReadInt32BigEndian(bytes[(HeaderLength - 4)..]);
        }

        if (bytes.Length - at < 2)
            return Found.Part;
        var count = BinaryPrimitives.ReadInt16BigEndian(bytes[at..]);
        if (count < 0)
            return Found.End;
        if (count != _starts.Length)
            throw new IOException($"a row of {count} cells among rows of {_starts.Length}");
        at += 2;
        for (var i = 0; i < count; i++)
        {
            if (bytes.Length - at < 4)
                return Found.Part;
            var length = BinaryPrimitives.ReadInt32BigEndian(bytes[at..]);
            at += 4;
            (_starts[i], _lengths[i]) = (at, length);
            at += Math.Max(0, length);
            if (at > bytes.Length)
                return Found.Part;
        }

        _next = at;
        return Found.Row;
    }

    // What is left over of an unfinished row moves to the front; a row that fills the buffer makes it grow.
    private void MakeRoom()
    {
        var from = Math.Max(0, _next);
        if (from > 0)
        {
            _buffer.AsSpan(from, _end - from).CopyTo(_buffer);
            _end -= from;
            _next = 0;
        }

        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, _buffer.Length * 2);
    }
}
