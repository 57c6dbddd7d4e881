using System.Globalization;

namespace PendoSync.Values;

/// <summary>What kind of value a cursor column holds.</summary>
public enum CursorKind
{
    /// <summary>Any number; bound as decimal (or long when it is whole).</summary>
    Number,

    /// <summary>A calendar date.</summary>
    Date,

    /// <summary>A date and time without zone, as the column stores it.</summary>
    Timestamp,

    /// <summary>An instant in UTC.</summary>
    Instant,

    /// <summary>RFC 3339 text of one shape, so that ordinal order is time order.</summary>
    Text,
}

/// <summary>A value of a cursor column that can be kept as text, compared, and bound in the column's own type.</summary>
public readonly struct CursorValue : IComparable<CursorValue>, IEquatable<CursorValue>
{
    private readonly decimal _number;
    private readonly DateTime _time;
    private readonly string? _text;

    private CursorValue(CursorKind kind, decimal number, DateTime time, string? text) =>
        (Kind, _number, _time, _text) = (kind, number, time, text);

    /// <summary>The column's kind.</summary>
    public CursorKind Kind { get; }

    /// <summary>A number.</summary>
    public static CursorValue Of(decimal number) => new(CursorKind.Number, number, default, null);

    /// <summary>A date.</summary>
    public static CursorValue Of(DateOnly date) => new(CursorKind.Date, 0, date.ToDateTime(TimeOnly.MinValue), null);

    /// <summary>A timestamp without zone; the kind of <paramref name="time"/> is ignored.</summary>
    public static CursorValue OfTimestamp(DateTime time) =>
        new(CursorKind.Timestamp, 0, DateTime.SpecifyKind(time, DateTimeKind.Unspecified), null);

    /// <summary>An instant.</summary>
    public static CursorValue Of(DateTimeOffset instant) => new(CursorKind.Instant, 0, instant.UtcDateTime, null);

    /// <summary>An RFC 3339 text.</summary>
    public static CursorValue OfText(string text) => new(CursorKind.Text, 0, default, text);

    /// <summary>
    /// The value to bind as a parameter: long or decimal, <see cref="DateOnly"/>, <see cref="DateTime"/> (unspecified),
    /// <see cref="DateTimeOffset"/> (UTC) or string.
    /// </summary>
    public object Parameter => Kind switch
    {
        CursorKind.Number => decimal.IsInteger(_number) && _number is >= long.MinValue and <= long.MaxValue
            ? (object)(long)_number : _number,
        CursorKind.Date => DateOnly.FromDateTime(_time),
        CursorKind.Timestamp => _time,
        CursorKind.Instant => new DateTimeOffset(_time, TimeSpan.Zero),
        _ => _text!,
    };

    /// <summary>The number; 0 for other kinds.</summary>
    public decimal AsNumber => _number;

    /// <summary>The value moved down by <paramref name="span"/>; plain numbers and texts that are not RFC 3339 stay.</summary>
    public CursorValue Minus(TimeSpan span) => Kind switch
    {
        CursorKind.Date => Of(DateOnly.FromDateTime(Earlier(TimeSpan.FromDays(Math.Ceiling(span.TotalDays))))),
        CursorKind.Timestamp => OfTimestamp(Earlier(span)),
        CursorKind.Instant => Of(new DateTimeOffset(Earlier(span), TimeSpan.Zero)),
        CursorKind.Text when CursorText.TryShift(_text!, -span, out var shifted) => OfText(shifted),
        _ => this,
    };

    // 0001-01-01 is a usual default of columns; nothing lies before it.
    private DateTime Earlier(TimeSpan span) =>
        _time.Ticks > span.Ticks ? _time - span : DateTime.SpecifyKind(DateTime.MinValue, _time.Kind);

    /// <summary>Text for the checkpoint, read back by <see cref="Parse"/>.</summary>
    public override string ToString() => Kind switch
    {
        CursorKind.Number => "n:" + _number.ToString(CultureInfo.InvariantCulture),
        CursorKind.Date => "d:" + _time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        CursorKind.Timestamp => "t:" + _time.ToString("yyyy-MM-ddTHH:mm:ss.fffffff", CultureInfo.InvariantCulture),
        CursorKind.Instant => "i:" + _time.ToString("yyyy-MM-ddTHH:mm:ss.fffffff", CultureInfo.InvariantCulture) + "Z",
        _ => "s:" + _text,
    };

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    /// <exception cref="FormatException">The text is none of its forms.</exception>
    public static CursorValue Parse(string text)
    {
        if (text.Length < 2 || text[1] != ':')
            throw new FormatException("a cursor starts with its kind and a colon");
        var value = text[2..];
        return text[0] switch
        {
            'n' => Of(decimal.Parse(value, NumberStyles.Float, CultureInfo.InvariantCulture)),
            'd' => Of(DateOnly.ParseExact(value, "yyyy-MM-dd", CultureInfo.InvariantCulture)),
            't' => OfTimestamp(DateTime.ParseExact(value, "yyyy-MM-ddTHH:mm:ss.fffffff", CultureInfo.InvariantCulture)),
            'i' => Of(DateTimeOffset.Parse(value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal)),
            's' => OfText(value),
            _ => throw new FormatException($"unknown kind of cursor '{text[0]}'"),
        };
    }

    /// <inheritdoc/>
    public int CompareTo(CursorValue other) => Kind != other.Kind
        ? Kind.CompareTo(other.Kind)
        : Kind switch
        {
            CursorKind.Number => _number.CompareTo(other._number),
            CursorKind.Text => string.CompareOrdinal(_text, other._text),
            _ => _time.CompareTo(other._time),
        };

    /// <inheritdoc/>
    public bool Equals(CursorValue other) => CompareTo(other) == 0;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is CursorValue other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Kind, _number, _time, _text);

    /// <summary>Same value.</summary>
    public static bool operator ==(CursorValue a, CursorValue b) => a.Equals(b);

    /// <summary>Other value.</summary>
    public static bool operator !=(CursorValue a, CursorValue b) => !a.Equals(b);

    /// <summary>Lower value.</summary>
    public static bool operator <(CursorValue a, CursorValue b) => a.CompareTo(b) < 0;

    /// <summary>Higher value.</summary>
    public static bool operator >(CursorValue a, CursorValue b) => a.CompareTo(b) > 0;

    /// <summary>Lower or same value.</summary>
    public static bool operator <=(CursorValue a, CursorValue b) => a.CompareTo(b) <= 0;

    /// <summary>Higher or same value.</summary>
    public static bool operator >=(CursorValue a, CursorValue b) => a.CompareTo(b) >= 0;
}
