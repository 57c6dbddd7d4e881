using System.Buffers;
using System.Buffers.Text;
using System.Text.Unicode;

namespace PendoSync.Records;

/// <summary>
/// Builds one JSON text in a reused buffer. It does what mapping needs and nothing more: names are encoded once per read
/// and copied, strings are escaped only where JSON demands it, and text that is no Unicode is refused instead of replaced.
/// </summary>
public sealed class JsonBuffer
{
    // RFC 8259, section 7: quotation mark, reverse solidus and the control characters must be escaped, nothing else.
    private static readonly SearchValues<char> _escaped = SearchValues.Create([.. Enumerable.Range(0, 32).Select(c => (char)c), '"', '\\']);
    private byte[] _bytes = new byte[4096];

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>What was written; valid until the next write.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    /// <summary>A property name with quotes and colon, to be given to <see cref="Name(byte[])"/>.</summary>
    public static byte[] EncodeName(string name)
    {
        var buffer = new JsonBuffer();
        buffer.String(name);
        buffer.Raw(":"u8);
        return buffer.Written.ToArray();
    }

    /// <summary>Empties the buffer.</summary>
    public void Clear() => Length = 0;

    /// <summary>Bytes as they are.</summary>
    public void Raw(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        Length += bytes.Length;
    }

    /// <summary>A property name, with a comma before it unless it is the object's first.</summary>
    public void Name(byte[] encoded) => Name(encoded.AsSpan());

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

    /// <summary>A whole member of an object.</summary>
    public void Member(byte[] name, ReadOnlySpan<byte> value)
    {
        Name(name);
        Raw(value);
    }

    /// <summary>A string value; false, with nothing usable written, when it holds half a surrogate pair.</summary>
    public bool String(ReadOnlySpan<char> text)
    {
        var room = Room((text.Length * 3) + 2);
        room[0] = (byte)'"';
        if (text.IndexOfAny(_escaped) >= 0)
            return EscapedString(text);
        if (Utf8.FromUtf16(text, room[1..], out _, out var written, replaceInvalidSequences: false) != OperationStatus.Done)
            return false;
        room[written + 1] = (byte)'"';
        Length += written + 2;
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
        value.TryFormat(Room(32), out var written);
        Length += written;
    }

    /// <summary>A finite number in its shortest form that reads back equal.</summary>
    public void Number(float value)
    {
        value.TryFormat(Room(32), out var written);
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
        Digits(room[1..], utc.Year, 4);
        room[5] = (byte)'-';
        Digits(room[6..], utc.Month, 2);
        room[8] = (byte)'-';
        Digits(room[9..], utc.Day, 2);
        room[11] = (byte)'T';
        Digits(room[12..], utc.Hour, 2);
        room[14] = (byte)':';
        Digits(room[15..], utc.Minute, 2);
        room[17] = (byte)':';
        Digits(room[18..], utc.Second, 2);
        var at = 20;
        var fraction = (int)(utc.Ticks % TimeSpan.TicksPerSecond);
        if (fraction != 0)
        {
            room[at++] = (byte)'.';
            var digits = 7;
            for (; fraction % 10 == 0; fraction /= 10)
                digits--;
            Digits(room[at..], fraction, digits);
            at += digits;
        }

        room[at] = (byte)'Z';
        room[at + 1] = (byte)'"';
        Length += at + 2;
    }

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

    private static void Digits(Span<byte> to, int value, int count)
    {
        for (var i = count - 1; i >= 0; i--, value /= 10)
            to[i] = (byte)('0' + (value % 10));
    }

    private bool EscapedString(ReadOnlySpan<char> text)
    {
        Raw("\""u8);
        while (text.Length > 0)
        {
            var plain = text.IndexOfAny(_escaped) is var at and >= 0 ? at : text.Length;
            if (Utf8.FromUtf16(text[..plain], Room(plain * 3), out _, out var written, replaceInvalidSequences: false) != OperationStatus.Done)
                return false;
            Length += written;
            if (plain == text.Length)
                break;
            Escape(text[plain]);
            text = text[(plain + 1)..];
        }

        Raw("\""u8);
        return true;
    }

    private void Escape(char c)
    {
        switch (c)
        {
            case '"':
                Raw("\\\""u8);
                break;
            case '\\':
                Raw("\\\\"u8);
                break;
            case '\n':
                Raw("\\n"u8);
                break;
            case '\r':
                Raw("\\r"u8);
                break;
            case '\t':
                Raw("\\t"u8);
                break;
            default:
                Raw("\\u00"u8);
                Raw([(byte)('0' + (c >> 4)), (byte)"0123456789abcdef"[c & 15]]);
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
