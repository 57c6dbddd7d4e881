using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace PendoSync.Engine;

/// <summary>
/// Bytes that wait on the disk, in a file without a name and encrypted with a key that only this process ever has: whatever becomes of it,
/// nobody can read them. Safe for many callers.
/// </summary>
/// <param name="most">Bytes it holds at once.</param>
internal sealed class Spool(long most) : IDisposable
{
    private const int TagBytes = 16;

    private readonly AesGcm _cipher = new(RandomNumberGenerator.GetBytes(32), TagBytes);
    private readonly Lock _gate = new();
    private FileStream? _file;
    private long _end, _numbers;
    private int _waiting;
    private bool _failed;

    /// <summary>Takes bytes; null when there is no room now, or no file can be had.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="read">Makes of the bytes what the caller wants; they are its own until it returns.</param>
    /// <returns>Gives them back, once.</returns>
    public Func<T>? TryStore<T>(ReadOnlySpan<byte> bytes, Func<ReadOnlySpan<byte>, T> read)
    {
        lock (_gate)
        {
            var length = bytes.Length + TagBytes;
            if (_failed || _end + length > most)
                return null;
            var (number, at, rented) = (++_numbers, _end, ArrayPool<byte>.Shared.Rent(length));
            try
            {
                _cipher.Encrypt(Nonce(number), bytes, rented.AsSpan(TagBytes, bytes.Length), rented.AsSpan(0, TagBytes));
                _file ??= Nameless();
                RandomAccess.Write(_file.SafeFileHandle, rented.AsSpan(0, length), at);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A full disk or no folder for temporary files: what is planned waits in memory, and the read waits for it.
                _failed = _file is null;
                return null;
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(rented);
            }

            _end += length;
            _waiting++;
            return () => Take(number, at, length, read);
        }
    }

    /// <summary>The file ends with it.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _failed = true;
            _file?.Dispose();
            _cipher.Dispose();
        }
    }

    private T Take<T>(long number, long at, int length, Func<ReadOnlySpan<byte>, T> read)
    {
        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var bytes = rented.AsSpan(TagBytes, length - TagBytes);
            lock (_gate)
            {
                for (var got = 0; got < length;)
                    got += RandomAccess.Read(_file!.SafeFileHandle, rented.AsSpan(got, length - got), at + got) is var more and > 0 ? more
                        : throw new ProblemException(ProblemKind.State, "the file of what waits has lost its end", Path.GetTempPath(),
                            "Run the sync again: what was not sent is planned anew.");
                _cipher.Decrypt(Nonce(number), bytes, rented.AsSpan(0, TagBytes), bytes);
                // What came first mostly goes first; the file is short again when all of it went.
                if (--_waiting == 0)
                {
                    _end = 0;
                    _file!.SetLength(0);
                }
            }

            return read(bytes);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    // Never the same twice under one key.
    private static byte[] Nonce(long number)
    {
        var nonce = new byte[12];
        BinaryPrimitives.WriteInt64LittleEndian(nonce, number);
        return nonce;
    }

    private static FileStream Nameless()
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Delete,
            Options = FileOptions.DeleteOnClose,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var path = Path.Combine(Path.GetTempPath(), "pendosync-" + Path.GetRandomFileName());
        var file = new FileStream(path, options);
        // Windows takes the name away with the last handle, the others at once.
        if (!OperatingSystem.IsWindows())
            File.Delete(path);
        return file;
    }
}
