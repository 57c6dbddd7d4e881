using PendoSync.Definitions;

namespace PendoSync.Loading;

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

    /// <summary>A duration, or a whole number of values (<see cref="Definitions.Lookback"/>).</summary>
    Lookback,

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

    /// <summary>Accounts, visitors and parent accounts.</summary>
    Records,

    /// <summary>Track events.</summary>
    Events,
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
