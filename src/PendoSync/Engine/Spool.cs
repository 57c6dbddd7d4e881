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
    /// <returns>Gives the bytes back, once.</returns>
    public Func<byte[]>? TryStore(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (_failed || _end + bytes.Length + TagBytes > most)
                return null;
            var (number, at, sealedBytes) = (++_numbers, _end, new byte[bytes.Length + TagBytes]);
            _cipher.Encrypt(Nonce(number), bytes, sealedBytes.AsSpan(TagBytes), sealedBytes.AsSpan(0, TagBytes));
            try
            {
                _file ??= Nameless();
                RandomAccess.Write(_file.SafeFileHandle, sealedBytes, at);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A full disk or no folder for temporary files: what is planned waits in memory, and the read waits for it.
                _failed = _file is null;
                return null;
            }

            _end += sealedBytes.Length;
            _waiting++;
            return () => Take(number, at, sealedBytes.Length);
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

    private byte[] Take(long number, long at, int length)
    {
        lock (_gate)
        {
            var sealedBytes = new byte[length];
            for (var read = 0; read < length;)
                read += RandomAccess.Read(_file!.SafeFileHandle, sealedBytes.AsSpan(read), at + read) is var more and > 0 ? more
                    : throw new ProblemException(ProblemKind.State, "the file of what waits has lost its end", Path.GetTempPath(),
                        "Run the sync again: what was not sent is planned anew.");
            var bytes = new byte[length - TagBytes];
            _cipher.Decrypt(Nonce(number), sealedBytes.AsSpan(TagBytes), sealedBytes.AsSpan(0, TagBytes), bytes);
            // What came first mostly goes first; the file is short again when all of it went.
            if (--_waiting == 0)
            {
                _end = 0;
                _file!.SetLength(0);
            }

            return bytes;
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
