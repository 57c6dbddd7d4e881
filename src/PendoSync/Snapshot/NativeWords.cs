using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace PendoSync.Snapshot;

/// <summary>
/// A zeroed array of 64-bit words outside the garbage collector's heap. A growing index leaves an old copy behind at
/// every step; freed at once, these copies never add up to more memory than the index itself.
/// </summary>
internal sealed unsafe partial class NativeWords : IDisposable
{
    // glibc, mallopt(3): larger blocks are mapped and, once freed, given back. Left alone it would raise the limit with the first block that is
    // freed, and keep the holes that a growing index leaves, which no larger block fits into.
    private const int MappedFrom = -3;
    private const int MappedBytes = 64 * 1024;
    private ulong* _words;

    static NativeWords()
    {
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            _ = SetAllocation(MappedFrom, MappedBytes);
        }
        catch (EntryPointNotFoundException)
        {
            // Another C library, with habits of its own.
        }
    }

    /// <summary>Allocates <paramref name="length"/> zero words.</summary>
    public NativeWords(int length)
    {
        Length = length;
        _words = (ulong*)NativeMemory.AllocZeroed((nuint)length, sizeof(ulong));
        GC.AddMemoryPressure((long)length * sizeof(ulong));
    }

#pragma warning disable MA0055 // The memory is not the collector's: without a finalizer an index that nobody disposed would leak.
    /// <summary>Frees what was not disposed.</summary>
    ~NativeWords() => Free();
#pragma warning restore MA0055

    /// <summary>Number of words.</summary>
    public int Length { get; }

    /// <summary>All words.</summary>
    public Span<ulong> Span => new(_words, Length);

    /// <summary>Where the words are; valid until disposal.</summary>
    public nint Address => (nint)_words;

    /// <summary>Words by their address: whoever keeps that beside its own data saves the way over this object, which is far away too.</summary>
    public static Span<ulong> At(nint address, int length) => new((void*)address, length);

    /// <summary>Asks for a word to be brought near; where the processor cannot be asked, nothing happens.</summary>
    public static void Prefetch(nint address, int word)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0((ulong*)address + word);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetAllocation(int parameter, int value);

    private void Free()
    {
        if (_words is null)
            return;
        NativeMemory.Free(_words);
        _words = null;
        GC.RemoveMemoryPressure((long)Length * sizeof(ulong));
    }
}
