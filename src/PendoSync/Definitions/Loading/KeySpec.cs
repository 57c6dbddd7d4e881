namespace PendoSync.Definitions.Loading;

/// <summary>What a key's value must be. <see cref="ValueReader"/> checks it, <see cref="SchemaWriter"/> describes it.</summary>
internal enum ValueKind
{
    /// <summary>Text without secrets; unquoted numbers count as text.</summary>
    Text,

    /// <summary>A query: <c>$</c> has no meaning of ours in it.</summary>
    Sql,

    /// <summary>A column's name; an unquoted number or true is more likely a constant and refused.</summary>
    Column,

    /// <summary>One of <see cref="KeySpec.Values"/>.</summary>
    Word,

    /// <summary>true or false.</summary>
    Flag,

    /// <summary>A whole number.</summary>
    Whole,

    /// <summary>Any number.</summary>
    Number,

    /// <summary>See <see cref="Durations"/>.</summary>
    Duration,

    /// <summary>A duration, or "never" (<see cref="Timeout.InfiniteTimeSpan"/>).</summary>
    DurationOrNever,

    /// <summary>An IANA time zone.</summary>
    Zone,

    /// <summary>A cron line, or "none" (empty text).</summary>
    Cron,

    /// <summary>An http or https address without login and query.</summary>
    Url,

    /// <summary>One <c>${secret:name}</c>; clear text is refused and never shown.</summary>
    Secret,

    /// <summary>Text that may hold <c>${secret:name}</c>, such as a host.</summary>
    Setting,

    /// <summary>A webhook's address: a secret, or an address that holds none.</summary>
    Address,

    /// <summary>A fixed value: text, number, true or false.</summary>
    Constant,

    /// <summary>A list of texts; one text counts as a list of one.</summary>
    Texts,

    /// <summary>A list of <see cref="KeySpec.Values"/>.</summary>
    Words,

    /// <summary>Keys of its own: <see cref="KeySpec.Keys"/>.</summary>
    Group,

    /// <summary>A list of groups.</summary>
    Groups,

    /// <summary>Names the user chooses, each with a value of <see cref="KeySpec.Item"/>.</summary>
    Map,

    /// <summary>A warehouse: keys by its type.</summary>
    Warehouse,

    /// <summary>The field map of a sync, read by <see cref="FieldsReader"/>.</summary>
    Fields,
}

/// <summary>Which syncs a key is for.</summary>
internal enum KeyFor
{
    /// <summary>All.</summary>
    Any,

    /// <summary>Accounts and visitors.</summary>
    Records,

    /// <summary>Track events.</summary>
    Events,
}

/// <summary>A form names must have.</summary>
/// <param name="Pattern">Anchored regular expression, read alike by .NET and by JSON Schema.</param>
/// <param name="Words">For messages.</param>
internal sealed record NameForm(string Pattern, string Words)
{
    public static readonly NameForm Sync = new("^[a-z0-9][a-z0-9-]{0,62}$",
        "small letters, digits and dashes, at most 63, the first not a dash");
    public static readonly NameForm Connection = new("^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$",
        "letters, digits, dashes and underscores, at most 63, the first a letter or digit");
    public static readonly NameForm App = new("^[A-Za-z0-9][A-Za-z0-9_. -]{0,62}$",
        "letters, digits, dashes, dots, spaces and underscores, at most 63");

    // Pendo's help centre, article 360031832072: letters, digits, underscore; first a letter or underscore.
    public static readonly NameForm Field = new("^[A-Za-z_][A-Za-z0-9_]*$", "letters, digits and underscores, the first not a digit");

    // Pendo's help centre, article 360032294291: at most 32 characters, not of the form __x__; others are accepted but never shown.
    public static readonly NameForm Property = new("^(?!__.*__$)[A-Za-z_][A-Za-z0-9_]{0,31}$",
        "letters, digits and underscores, at most 32, the first not a digit, not of the form __name__");
}

/// <summary>One key a user can write. The loader and the JSON Schema are both driven by these, so they cannot differ.</summary>
/// <param name="Name">As written.</param>
/// <param name="Kind">What its value must be.</param>
/// <param name="Help">One sentence for people; shown by editors.</param>
internal sealed record KeySpec(string Name, ValueKind Kind, string Help)
{
    /// <summary>Missing is a problem.</summary>
    public bool Required { get; init; }

    /// <summary>As the user would write it; read by the same code.</summary>
    public string? Default { get; init; }

    /// <summary>Allowed words.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];

    public double Min { get; init; } = double.MinValue;

    public double Max { get; init; } = double.MaxValue;

    /// <summary>Syncs it applies to.</summary>
    public KeyFor For { get; init; }

    /// <summary>The form of a text, or of the names of a map.</summary>
    public NameForm? Form { get; init; }

    /// <summary>Keys of a group.</summary>
    public IReadOnlyList<KeySpec> Keys { get; init; } = [];

    /// <summary>For a group: a scalar in its place is short for this one key.</summary>
    public string? ShortFor { get; init; }

    /// <summary>For a map: what each name holds.</summary>
    public KeySpec? Item { get; init; }
}
