using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text.Unicode;

namespace PendoSync.Values;

/// <summary>
/// Builds one JSON text in a reused buffer. It does what mapping needs and nothing more: names are encoded once per read
/// and copied, strings are escaped only where JSON demands it, and text that is no Unicode is refused instead of replaced.
/// </summary>
internal sealed class JsonBuffer
{
    // RFC 8259, section 7: quotation mark, reverse solidus and the control characters must be escaped, nothing else.
    private static readonly SearchValues<byte> _escaped =
        SearchValues.Create([.. Enumerable.Range(0, 32).Select(c => (byte)c), (byte)'"', (byte)'\\']);
    private byte[] _bytes = new byte[4096];

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>What was written; valid until the next write.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    /// <summary>A property name with quotes and colon, to be given to <see cref="Name(ReadOnlySpan{byte})"/>.</summary>
    public static byte[] EncodeName(string name)
    {
        var buffer = new JsonBuffer();
        buffer.String(name);
        buffer.Raw(":"u8);
        return buffer.Written.ToArray();
    }

    /// <summary>Empties the buffer.</summary>
    public void Clear() => Length = 0;

    /// <summary>Takes back what was written since.</summary>
    public void CutTo(int length) => Length = length;

    /// <summary>Bytes as they are.</summary>
    public void Raw(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        Length += bytes.Length;
    }

    /// <summary>A property name, with a comma before it unless it is the object's first.</summary>
    public void Name(ReadOnlySpan<byte> encoded)
    {
        var room = Room(encoded.Length + 1);
        // Only an opening brace can stand directly before a first name: a value never ends with one.
        if (_bytes[Length - 1] != (byte)'{')
        {
            room[0] = (byte)',';
            room = room[1..];
            Length++;
        }

        encoded.CopyTo(room);
        Length += encoded.Length;
    }

    /// <summary>A string value; false, with nothing usable written, when it holds half a surrogate pair.</summary>
    public bool String(ReadOnlySpan<char> text)
    {
        // Written where it belongs: rarely is there anything to be escaped.
        var room = Room((text.Length * 3) + 2);
        if (Utf8.FromUtf16(text, room[1..], out _, out var written, replaceInvalidSequences: false) != OperationStatus.Done)
            return false;
        if (room.Slice(1, written).ContainsAny(_escaped))
        {
            Escaped(room.Slice(1, written).ToArray());
            return true;
        }

        room[0] = (byte)'"';
        room[written + 1] = (byte)'"';
        Length += written + 2;
        return true;
    }

    /// <summary>A string value; false, with nothing written, when the bytes are not UTF-8.</summary>
    public bool String(ReadOnlySpan<byte> utf8)
    {
        if (!Utf8.IsValid(utf8))
            return false;
        if (utf8.ContainsAny(_escaped))
        {
            Escaped(utf8);
            return true;
        }

        var room = Room(utf8.Length + 2);
        room[0] = (byte)'"';
        utf8.CopyTo(room[1..]);
        room[utf8.Length + 1] = (byte)'"';
        Length += utf8.Length + 2;
        return true;
    }

    /// <summary>Text that is known to be ASCII and JSON, such as a checked number.</summary>
    public void Ascii(ReadOnlySpan<char> text)
    {
        System.Text.Ascii.FromUtf16(text, Room(text.Length), out var written);
        Length += written;
    }

    /// <summary>A number.</summary>
    public void Number(long value)
    {
        Utf8Formatter.TryFormat(value, Room(20), out var written);
        Length += written;
    }

    /// <summary>A number with its scale.</summary>
    public void Number(decimal value)
    {
        Utf8Formatter.TryFormat(value, Room(64), out var written);
        Length += written;
    }

    /// <summary>A finite number in its shortest form that reads back equal.</summary>
    public void Number(double value)
    {
        value.TryFormat(Room(32), out var written, default, CultureInfo.InvariantCulture);
        Length += written;
    }

    /// <summary>A finite number in its shortest form that reads back equal.</summary>
    public void Number(float value)
    {
        value.TryFormat(Room(32), out var written, default, CultureInfo.InvariantCulture);
        Length += written;
    }

    /// <summary>true or false.</summary>
    public void Boolean(bool value) => Raw(value ? "true"u8 : "false"u8);

    /// <summary>null.</summary>
    public void Null() => Raw("null"u8);

    /// <summary>An instant as RFC 3339 in UTC, with as many digits of a second as it has.</summary>
    public void Time(DateTime utc)
    {
        var room = Room(32);
        room[0] = (byte)'"';
        // The round-trip form, which .NET writes four times as fast as a custom one, without the zeros at its end.
        DateTime.SpecifyKind(utc, DateTimeKind.Unspecified).TryFormat(room[1..], out var written, "O", CultureInfo.InvariantCulture);
        var end = room[..(written + 1)].LastIndexOfAnyExcept((byte)'0');
        end = room[end] == (byte)'.' ? end : Math.Max(end + 1, WholeSecond);
        "Z\""u8.CopyTo(room[end..]);
        Length += end + 2;
    }

    // A quotation mark and yyyy-MM-ddTHH:mm:ss.
    private const int WholeSecond = 20;

    /// <summary>Bytes as base64 text.</summary>
    public void Base64(ReadOnlySpan<byte> bytes)
    {
        var room = Room(Base64Length(bytes.Length) + 2);
        room[0] = (byte)'"';
        System.Buffers.Text.Base64.EncodeToUtf8(bytes, room[1..], out _, out var written);
        room[written + 1] = (byte)'"';
        Length += written + 2;
    }

    private static int Base64Length(int bytes) => System.Buffers.Text.Base64.GetMaxEncodedToUtf8Length(bytes);

    private void Escaped(ReadOnlySpan<byte> utf8)
    {
        Raw("\""u8);
        while (utf8.Length > 0)
        {
            var plain = utf8.IndexOfAny(_escaped) is var at and >= 0 ? at : utf8.Length;
            Raw(utf8[..plain]);
            if (plain == utf8.Length)
                break;
            Escape(utf8[plain]);
            utf8 = utf8[(plain + 1)..];
        }

        Raw("\""u8);
    }

    private void Escape(byte c)
    {
        switch (c)
        {
            case (byte)'"':
                Raw("\\\""u8);
                break;
            case (byte)'\\':
                Raw("\\\\"u8);
                break;
            case (byte)'\n':
                Raw("\\n"u8);
                break;
            case (byte)'\r':
                Raw("\\r"u8);
                break;
            case (byte)'\t':
                Raw("\\t"u8);
                break;
            default:
                Raw("\\u00"u8);
                Raw([(byte)('0' + (c >> 4)), "0123456789abcdef"u8[c & 15]]);
                break;
        }
    }

    private Span<byte> Room(int bytes)
    {
        if (_bytes.Length - Length < bytes)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + bytes));
        return _bytes.AsSpan(Length);
    }
}
