using PendoSync.Definitions;

namespace PendoSync.Loading;

/// <summary>A text of a list and where it stands.</summary>
internal sealed record Located(string Text, Place Place);

/// <summary>A name the user chose, where it stands, and its checked value (null after a problem).</summary>
internal sealed record Named(string Name, Place Place, object? Value)
{
    /// <summary>What is wrong with name and value.</summary>
    public IReadOnlyList<DefinitionProblem> Faults { get; init; } = [];
}

/// <summary>The checked values of a mapping: making one reports unknown, missing and wrong keys.</summary>
internal sealed class Section
{
    private readonly IReadOnlyList<KeySpec> _specs;
    private readonly Dictionary<string, object> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Place> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<DefinitionProblem>> _faults = new(StringComparer.Ordinal);
    private readonly Dictionary<string, YamlNode> _nodes = new(StringComparer.Ordinal);
    private readonly ValueReader _reader;

    public Section(YamlMap map, Place place, IReadOnlyList<KeySpec> specs, ValueReader reader)
    {
        (_specs, _reader, Place) = (specs, reader, place);
        var before = reader.Problems.Own.Count;
        var meant = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (key, node) in map.Entries)
        {
            var spec = specs.FirstOrDefault(s => s.Name == key.Raw);
            if (spec is null)
            {
                meant.Add(Unknown(key));
                continue;
            }

            Set(spec, key.Place, node);
        }

        // A key that was misspelt is there; saying that it is missing too would be noise.
        foreach (var missing in specs.Where(s => s.Required && !_keys.ContainsKey(s.Name) && !meant.Contains(s.Name)))
            reader.Problems.Add(place, $"the key '{missing.Name}' is missing", $"Add '{missing.Name}:' ({ValueReader.Allowed(missing)}).");
        Faults = reader.Problems.Since(before);
    }

    /// <summary>A scalar in the place of a section: short for its one key.</summary>
    public Section(YamlScalar scalar, KeySpec shortFor, IReadOnlyList<KeySpec> specs, ValueReader reader)
    {
        (_specs, _reader, Place) = (specs, reader, scalar.Place);
        Set(shortFor, scalar.Place, scalar);
        Faults = FaultsOf(shortFor.Name);
    }

    /// <summary>What is wrong with its keys and values.</summary>
    public IReadOnlyList<DefinitionProblem> Faults { get; }

    /// <summary>Where it begins: the key that holds it, or the first line of the file.</summary>
    public Place Place { get; }

    /// <summary>Names of the keys that were written, right or wrong.</summary>
    public IEnumerable<string> Given => _keys.Keys;

    /// <summary>True when the key was written, right or wrong.</summary>
    public bool Has(string name) => _keys.ContainsKey(name);

    /// <summary>Where the key stands; the section's place when it was not written.</summary>
    public Place PlaceOf(string name) => _keys.GetValueOrDefault(name, Place);

    /// <summary>
    /// The value, else the default, else the type's default; a wrong value is reported already and counts as not written.
    /// </summary>
    public T? Get<T>(string name)
    {
        if (_values.TryGetValue(name, out var value))
            return (T)value;
        var spec = _specs.First(s => s.Name == name);
        return spec.Default is { } text && _reader.Default(spec, text) is T standard ? standard : default;
    }

    /// <summary>The value when it was written and is right.</summary>
    public T? Own<T>(string name) => _values.TryGetValue(name, out var value) ? (T)value : default;

    /// <summary>The value as it was written, when it is a scalar.</summary>
    public YamlScalar? Written(string name) => _nodes.GetValueOrDefault(name) as YamlScalar;

    /// <summary>What is wrong with the value of one key.</summary>
    public IReadOnlyList<DefinitionProblem> FaultsOf(string name) => _faults.GetValueOrDefault(name, []);

    private void Set(KeySpec spec, Place place, YamlNode node)
    {
        _keys[spec.Name] = place;
        _nodes[spec.Name] = node;
        var before = _reader.Problems.Own.Count;
        if (_reader.Read(spec, node, place) is { } value)
            _values[spec.Name] = value;
        _faults[spec.Name] = _reader.Problems.Since(before);
    }

    /// <summary>Reports an unknown key and gives the known one it may stand for.</summary>
    private string Unknown(YamlScalar key)
    {
        var names = _specs.Select(s => s.Name).ToList();
        _reader.Problems.Add(key.Place, $"unknown key '{key.Raw}'",
            Nearest.Fix(key.Raw, names) ?? $"Known keys here: {string.Join(", ", names)}.");
        return Nearest.Of(key.Raw, names.Where(n => !_keys.ContainsKey(n))) ?? "";
    }
}
