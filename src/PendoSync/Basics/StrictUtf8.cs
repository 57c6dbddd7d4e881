using System.Text;

namespace PendoSync.Basics;

/// <summary>UTF-8 that refuses what it cannot hold, where <see cref="Encoding.UTF8"/> puts U+FFFD in its place.</summary>
internal static class StrictUtf8
{
    private static readonly UTF8Encoding _encoding = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text of bytes.</summary>
    /// <exception cref="DecoderFallbackException">They are no UTF-8.</exception>
    public static string GetString(ReadOnlySpan<byte> bytes) => _encoding.GetString(bytes);

    /// <summary>The bytes of a text.</summary>
    /// <exception cref="EncoderFallbackException">It holds half a surrogate pair.</exception>
    public static byte[] GetBytes(string text) => _encoding.GetBytes(text);
}
