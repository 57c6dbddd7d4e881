namespace PendoSync.Values;

/// <summary>Names of the rules that make a row invalid, as shown to people and in JSON.</summary>
public static class Rules
{
    /// <summary>The key is null.</summary>
    public const string NullKey = "null_key";

    /// <summary>The key is an empty text, or one of white space and invisible characters alone.</summary>
    public const string EmptyKey = "empty_key";

    /// <summary>White space, a control or a format character begins or ends the id, or an event's name, visitor or account.</summary>
    public const string NotTrimmed = "not_trimmed";

    /// <summary>The id is a placeholder or an anonymous visitor of Pendo's (support.pendo.io 360032202751).</summary>
    public const string ReservedId = "reserved_id";

    /// <summary>An earlier row of the same read has this key.</summary>
    public const string RepeatedKey = "repeated_key";

    /// <summary>The key is a number with a fraction, or a floating-point one that does not keep all its digits.</summary>
    public const string KeyNotWhole = "key_not_whole";

    /// <summary>The id is a boolean, a time, bytes, a list or an object.</summary>
    public const string NotAnId = "not_an_id";

    /// <summary>NaN or Infinity, which JSON cannot hold.</summary>
    public const string NotFinite = "not_finite";

    /// <summary>The value is no number.</summary>
    public const string NotNumber = "not_a_number";

    /// <summary>The field holds integers, the value has a fraction.</summary>
    public const string NotInteger = "not_an_integer";

    /// <summary>The value is neither true nor false.</summary>
    public const string NotBoolean = "not_a_boolean";

    /// <summary>The value is no instant, or a text that is not RFC 3339.</summary>
    public const string NotTime = "not_a_time";

    /// <summary>A wall time that daylight saving skips in the sync's zone.</summary>
    public const string NoSuchTime = "no_such_local_time";

    /// <summary>The value is no list of scalars.</summary>
    public const string NotList = "not_a_list";

    /// <summary>The value is a list or an object, the field is not.</summary>
    public const string NotScalar = "not_a_scalar";

    /// <summary>Text with half a surrogate pair, which UTF-8 cannot hold, or bytes that are no UTF-8.</summary>
    public const string NotUnicode = "not_unicode";

    /// <summary>The value does not fit .NET's types (year, precision, size).</summary>
    public const string OutOfRange = "out_of_range";

    /// <summary>One record is over 128 KB.</summary>
    public const string TooLarge = "too_large";

    /// <summary>Older than Pendo processes (7 days, 1 h margin; support.pendo.io 360032294291).</summary>
    public const string TooOld = "too_old";

    /// <summary>An event older than sent ids are remembered (<c>remember</c>): it may have been sent.</summary>
    public const string Forgotten = "older_than_remembered";

    /// <summary>More than a minute in the future.</summary>
    public const string InFuture = "in_future";

    /// <summary>An event without visitor id.</summary>
    public const string NoVisitorId = "no_visitor_id";

    /// <summary>An event without timestamp.</summary>
    public const string NoTimestamp = "no_timestamp";

    /// <summary>An event without name.</summary>
    public const string NoEventName = "no_event_name";

    /// <summary>The properties JSON is over max_properties_bytes (512; support.pendo.io 360032294291).</summary>
    public const string PropertiesTooLarge = "properties_too_large";

    /// <summary>A property holds a list or an object.</summary>
    public const string NestedValue = "nested_value";

    /// <summary>True when no change of the row's other columns can make it valid: an event does not grow younger.</summary>
    public static bool IsFinal(string rule) => rule is TooOld or Forgotten;

    /// <summary>What is wrong with a row, with the rule's name; docs/reference/rules.md tells more of it.</summary>
    /// <param name="invalid">The rule and the column.</param>
    /// <param name="value">The value, for whoever may see it; null: it is not shown.</param>
    public static string Message(Invalid invalid, string? value = null)
    {
        var what = Explain(invalid.Rule);
        if (value is not null)
            what = what.Replace("the value", $"'{value}'", StringComparison.Ordinal);
        return $"{(invalid.Column is null ? "" : $"column '{invalid.Column}': ")}{what} ({invalid.Rule})";
    }

    /// <summary>A sentence for people.</summary>
    public static string Explain(string rule) => rule switch
    {
        NullKey => "the key is null",
        EmptyKey => "the key is empty, or of white space and invisible characters alone",
        NotTrimmed =>
            "white space or an invisible character begins or ends it, and Pendo would keep that for ever: trim it in the model's SQL",
        ReservedId => "the id is a placeholder or an anonymous visitor of Pendo's",
        RepeatedKey => "an earlier row of the same read has this key",
        KeyNotWhole => "the key is a number with a fraction, or has more digits than its number keeps",
        NotAnId => "the id is neither a text, a whole number nor a UUID",
        NotFinite => "NaN and Infinity cannot be sent",
        NotNumber => "the value is not a number",
        NotInteger => "the value is not a whole number",
        NotBoolean => "the value is neither true nor false",
        NotTime => "the value is not an instant: RFC 3339, not a timestamp cast to text (Mar  1 2026 10:00AM)",
        NoSuchTime => "daylight saving skips this local time",
        NotList => "the value is not a list of scalars",
        NotScalar => "the value is a list or an object, and the field is not",
        NotUnicode => "the text is not valid Unicode",
        OutOfRange => "the value is out of range",
        TooLarge => "the record is over 128 KB",
        TooOld => "Pendo does not process events older than 7 days",
        Forgotten => "the event is older than sent ids are remembered (`remember`), so it may have been sent before",
        InFuture => "the event lies in the future",
        NoVisitorId => "the event has no visitor id",
        NoTimestamp => "the event has no timestamp",
        NoEventName => "the event has no name",
        PropertiesTooLarge => "the properties are over the size Pendo shows",
        NestedValue => "event properties are flat",
        _ => rule,
    };
}

/// <summary>Why a row is invalid.</summary>
/// <param name="Rule">One of <see cref="Rules"/>.</param>
/// <param name="Column">The column to blame; null when it is the whole record.</param>
public sealed record Invalid(string Rule, string? Column);
