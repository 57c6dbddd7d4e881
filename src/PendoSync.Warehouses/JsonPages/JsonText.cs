using System.Buffers;
using System.Globalization;
using System.Text;

namespace PendoSync.Warehouses.JsonPages;

/// <summary>
/// JSON strings to UTF-16. A <c>\ud800</c> without its partner stays the lone surrogate it is (Utf8JsonReader would throw, other
/// readers would put U+FFFD in its place), so that whoever maps the row can refuse the value instead of sending a changed one.
/// </summary>
internal static class JsonText
{
    /// <summary>The text of a string's content with escapes; the content was already accepted by Utf8JsonReader.</summary>
    public static string Unescape(ReadOnlySpan<byte> content)
    {
        var chars = ArrayPool<char>.Shared.Rent(content.Length);
        try
        {
            var length = 0;
            while (!content.IsEmpty)
            {
                var plain = content.IndexOf((byte)'\\');
                if (plain < 0)
                    plain = content.Length;
                length += Encoding.UTF8.GetChars(content[..plain], chars.AsSpan(length));
                content = content[plain..];
                if (content.IsEmpty)
                    break;
                chars[length++] = Escaped(content);
                content = content[(content[1] == 'u' ? 6 : 2)..];
            }

            return new string(chars, 0, length);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(chars);
        }
    }

    private static char Escaped(ReadOnlySpan<byte> at) => (char)at[1] switch
    {
        'b' => '\b',
        'f' => '\f',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => (char)ushort.Parse(at.Slice(2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
        var other => other,
    };
}
