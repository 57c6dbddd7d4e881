using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace PendoSync.Values;

/// <summary>Tells text that JSON takes as it is: one look instead of one for its encoding and one for what must be escaped.</summary>
internal static class PlainText
{
    private const ulong Ones = 0x0101010101010101;
    private const ulong HighBits = 0x8080808080808080;

    /// <summary>True when every byte is ASCII, no control character, no quotation mark and no reverse solidus; false may also mean "look closer".</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Is(ReadOnlySpan<byte> text)
    {
        ref var start = ref MemoryMarshal.GetReference(text);
        return text.Length switch
        {
            >= 16 => IsLong(ref start, (nuint)text.Length),
            >= 8 => (Odd(Read<ulong>(ref start, 0)) | Odd(Read<ulong>(ref start, (nuint)text.Length - 8))) == 0,
            >= 4 => Odd(Read<uint>(ref start, 0) | ((ulong)Read<uint>(ref start, (nuint)text.Length - 4) << 32)) == 0,
            >= 2 => Odd(Read<ushort>(ref start, 0) | ((ulong)Read<ushort>(ref start, (nuint)text.Length - 2) << 16) | 0x2020202000000000) == 0,
            1 => Odd(start | 0x2020202020202000UL) == 0,
            _ => true,
        };
    }

    // Blocks of 16; the last one overlaps the one before.
    private static bool IsLong(ref byte start, nuint length)
    {
        var odd = Vector128<byte>.Zero;
        for (nuint at = 0; at < length - 16; at += 16)
            odd |= Odd(Vector128.LoadUnsafe(ref start, at));
        odd |= Odd(Vector128.LoadUnsafe(ref start, length - 16));
        return odd == Vector128<byte>.Zero;
    }

    // All ones where a byte is below 0x20 or above 0x7F (as a signed number it is below 0x20 too), or one of the two.
    private static Vector128<byte> Odd(Vector128<byte> bytes) =>
        Vector128.LessThan(bytes.AsSByte(), Vector128.Create((sbyte)0x20)).AsByte()
        | Vector128.Equals(bytes, Vector128.Create((byte)'"'))
        | Vector128.Equals(bytes, Vector128.Create((byte)'\\'));

    // The same in a word: a byte below n borrows from its highest bit when n is taken from it. A borrow may spill into the next byte: then it is looked at closer.
    private static ulong Odd(ulong bytes) =>
        (bytes | (bytes - (Ones * 0x20)) | ((bytes ^ (Ones * '"')) - Ones) | ((bytes ^ (Ones * '\\')) - Ones)) & HighBits;

    private static T Read<T>(ref byte start, nuint at) => Unsafe.ReadUnaligned<T>(ref Unsafe.AddByteOffset(ref start, at));
}
