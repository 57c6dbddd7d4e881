namespace PendoSync.Loading;

/// <summary>A position in a file; both from 1.</summary>
internal sealed record Place(int Line, int Column);

/// <summary>A YAML node that knows where it stands.</summary>
internal abstract class YamlNode(Place place)
{
    public Place Place { get; } = place;

    /// <summary>What it is, for messages.</summary>
    public abstract string Kind { get; }
}

/// <summary>A scalar.</summary>
/// <param name="place">Where it starts.</param>
/// <param name="raw">As written; the only form a message may show.</param>
/// <param name="text">With <c>${env:NAME}</c> put in.</param>
/// <param name="plain">Without quotes, so that true, 12 and null have their YAML meaning.</param>
internal sealed class YamlScalar(Place place, string raw, string text, bool plain) : YamlNode(place)
{
    public string Raw { get; } = raw;

    public string Text { get; } = text;

    public bool Plain { get; } = plain;

    /// <summary>True of one reference to a variable: what it holds has the meaning it would have without quotes.</summary>
    public bool IsVariable { get; init; }

    /// <summary>True when a variable was missing: reported already, so the value is not judged again.</summary>
    public bool Unresolved { get; init; }

    /// <summary>The text as it would be with the line breaks that YAML took for blanks; null of a scalar that has none.</summary>
    public string? Lines { get; set; }

    /// <summary>The value by YAML 1.2's core schema: null, bool, long, decimal, double or string.</summary>
    public object? Value => Plain ? CoreSchema.Resolve(Text) : Text;

    public override string Kind => Value switch { null => "nothing", bool => "true or false", string => "text", _ => "a number" };
}

/// <summary>A mapping with unique text keys, in the order of the file.</summary>
internal sealed class YamlMap(Place place, IReadOnlyList<YamlEntry> entries) : YamlNode(place)
{
    public IReadOnlyList<YamlEntry> Entries { get; } = entries;

    public override string Kind => "keys and values";
}

/// <summary>A key and its value.</summary>
internal sealed record YamlEntry(YamlScalar Key, YamlNode Value);

/// <summary>A sequence.</summary>
internal sealed class YamlList(Place place, IReadOnlyList<YamlNode> items) : YamlNode(place)
{
    public IReadOnlyList<YamlNode> Items { get; } = items;

    public override string Kind => "a list";
}
