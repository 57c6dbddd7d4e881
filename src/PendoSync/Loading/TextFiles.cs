using System.Text;

namespace PendoSync.Loading;

/// <summary>The text of the files that people write.</summary>
internal static class TextFiles
{
    /// <summary>The text, without a byte order mark, or null after a problem at the first byte that is no UTF-8.</summary>
    public static string? Text(ReadOnlySpan<byte> bytes, FileProblems problems)
    {
        try
        {
            return StrictUtf8.GetString(bytes).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException e)
        {
            var before = bytes[..Math.Clamp(e.Index, 0, bytes.Length)];
            problems.Add(new Place(before.Count((byte)'\n') + 1, before.Length - before.LastIndexOf((byte)'\n')),
                "the file is not UTF-8 text", "Save it as UTF-8.");
            return null;
        }
    }
}
