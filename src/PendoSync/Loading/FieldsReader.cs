using PendoSync.Definitions;
using PendoSync.Records;
using PendoSync.Sources;
using PendoSync.Values;

namespace PendoSync.Loading;

/// <summary>The fields of a sync.</summary>
internal sealed record FieldsDraft(IReadOnlyList<FieldMapping> Fields, bool AllColumns, IReadOnlyList<string> Exclude,
    IReadOnlyDictionary<string, Place> Places)
{
    /// <summary>True when they are flags.</summary>
    public bool Flags { get; init; }
}

/// <summary>
/// Reads <c>fields</c>: a map of field to column, <c>"*"</c>, or both. The zone is the one a run takes for times without one.
/// </summary>
internal sealed class FieldsReader(FileProblems problems, IReadOnlyList<WarehouseType> types, TimeZoneInfo zone)
{
    private const string Star = "*";

    // Pendo's own ids are the address of a record, not a field of it.
    private static readonly string[] Ids = ["id", "visitorId", "accountId", "parentAccountId"];

    private readonly ValueReader _values = new(problems, types);
    private readonly List<FieldMapping> _fields = [];
    private readonly List<string> _exclude = [];
    private readonly Dictionary<string, Place> _places = new(StringComparer.Ordinal);
    private const string FlagPrefix = "pendo.";
    private readonly List<YamlScalar> _flags = [];
    private bool _all;

    public FieldsDraft Read(Section sync, string? key, PendoObject? target)
    {
        var node = sync.Own<YamlNode>("fields");
        switch (node)
        {
            case YamlScalar { Text: Star }:
                _all = true;
                break;
            case YamlMap map:
                ReadMap(map, key);
                break;
            case not null:
                problems.Add(node.Place, $"'fields' takes field: column pairs, or \"*\"; found {node.Kind}",
                    "Write 'fields:' and below it, indented, 'plan: plan_name'.");
                break;
            case null when !sync.Has("fields") && target is not (null or PendoObject.TrackEvent):
                problems.Add(sync.Place, "the key 'fields' is missing", "Add 'fields:' with field: column pairs, or fields: \"*\".");
                break;
        }

        var exclude = sync.Own<List<Located>>("exclude") ?? [];
        if (exclude.Count > 0 && !_all)
            problems.Add(sync.PlaceOf("exclude"), "'exclude' says what \"*\" leaves out, and there is no \"*\" in 'fields'",
                "Add \"*\": true to 'fields', or remove 'exclude'.");
        _exclude.AddRange(exclude.Select(e => e.Text));
        if (_flags.Count > 0)
            Flags(sync, target);
        else if (sync.Has("allow_reset") && target is not PendoObject.TrackEvent)
            problems.Add(sync.PlaceOf("allow_reset"), "'allow_reset' is for syncs of flags", "Remove 'allow_reset'.");
        return new FieldsDraft(_fields, _all, [.. _exclude.Distinct(StringComparer.OrdinalIgnoreCase)], _places)
        {
            Flags = _flags.Count > 0,
        };
    }

    // They are set one by one, where fields go out by the thousand.
    private void Flags(Section sync, PendoObject? target)
    {
        if (_all || _fields.Count > _flags.Count)
            problems.Add(_flags[0].Place, "a sync writes flags or fields, not both", "Write the flags in a sync of their own.");
        if (target is PendoObject.ParentAccount)
            problems.Add(_flags[0].Place, "parent accounts have no flags", "Flags are of visitors and accounts.");
        if (sync.Has("group"))
            problems.Add(sync.PlaceOf("group"), "flags belong to no group of fields", "Remove 'group'.");
        foreach (var flag in _fields.Where(f => f.Type is not (null or FieldType.Boolean) || f.Constant is not (null or bool)))
            problems.Add(_places[flag.Field], $"'pendo.{flag.Field}' is true or false", "Map a boolean column, or a constant true.");
        if (NullRuleOf(sync.Own<string>("when_null")) == NullRule.Clear)
            problems.Add(sync.PlaceOf("when_null"), "null leaves flags alone", "Remove 'when_null'.");
        foreach (var flag in _fields.Where(f => f.WhenNull == NullRule.Clear))
            problems.Add(_places[flag.Field], $"null leaves the flag 'pendo.{flag.Field}' alone", "Remove 'when_null'.");
    }

    public static NullRule? NullRuleOf(string? word) => word switch { "skip" => NullRule.Skip, "clear" => NullRule.Clear, _ => null };

    public static InstantUnit? UnitOf(string? word) =>
        word switch { "s" => InstantUnit.Seconds, "ms" => InstantUnit.Milliseconds, _ => null };

    private void ReadMap(YamlMap map, string? key)
    {
        _all = map.Entries.Any(e => e.Key.Raw == Star);
        if (map.Entries.Count == 0)
            problems.Add(map.Place, "'fields' is empty", "Write field: column pairs, or fields: \"*\".");
        var spellings = new Dictionary<string, YamlScalar>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in map.Entries)
        {
            if (name.Raw == Star)
                ReadStar(value, name.Place);
            else if (_all && name.Raw == "exclude" && value is YamlList)
                ReadExclude(value, name.Place);
            else if (spellings.TryGetValue(name.Raw, out var first))
                problems.Add(name.Place,
                    $"two columns go to one field: '{name.Raw}' is '{first.Raw}' on line {first.Place.Line}",
                    "Keep one of them; Pendo's names are matched without regard to case.");
            else
            {
                spellings[name.Raw] = name;
                ReadField(name, value, key);
            }
        }
    }

    private void ReadStar(YamlNode value, Place place)
    {
        if (value is YamlMap)
        {
            var star = (Section?)_values.Read(SyncKeys.AllColumns, value, place);
            _exclude.AddRange((star?.Own<List<Located>>("exclude") ?? []).Select(e => e.Text));
        }
        else if (value is not YamlScalar { Value: null or true or Star })
        {
            problems.Add(value.Place, $"\"*\" takes true or {{ exclude: [column, …] }}; found {value.Kind}", "Write \"*\": true.");
        }
    }

    private void ReadExclude(YamlNode value, Place place)
    {
        var columns = (List<Located>?)_values.Read(SyncKeys.AllColumns.Keys[0], value, place);
        _exclude.AddRange((columns ?? []).Select(e => e.Text));
    }

    private void ReadField(YamlScalar name, YamlNode value, string? key)
    {
        var isFlag = name.Raw.StartsWith(FlagPrefix, StringComparison.OrdinalIgnoreCase);
        var flag = SyncKeys.Flags.FirstOrDefault(f => f.Equals(name.Raw, StringComparison.OrdinalIgnoreCase)) ?? name.Raw;
        if (isFlag)
            _flags.Add(name);
        if (isFlag && !SyncKeys.Flags.Contains(flag, StringComparer.Ordinal))
            problems.Add(name.Place, $"Pendo has no flag '{name.Raw}'", $"The flags are {string.Join(" and ", SyncKeys.Flags)}.");
        else if (!isFlag && !NameRules.Fits(NameForm.Field, name.Raw))
            problems.Add(name.Place, $"'{name.Raw}' cannot be a field's name in Pendo", $"Use {NameForm.Field.Words}.");
        if (Ids.Contains(name.Raw, StringComparer.OrdinalIgnoreCase))
            problems.Add(name.Place, $"'{name.Raw}' is an id in Pendo, not a field",
                "Name the id's column under 'key'; for a copy choose another field name.");
        if (_values.Read(SyncKeys.Field, value, name.Place) is not Section section)
            return;
        OneSource(section, problems, name.Raw, name.Place);
        var column = section.Own<string>("column");
        if (column is not null && string.Equals(column, key, StringComparison.OrdinalIgnoreCase))
            problems.Add(name.Place, $"the key column '{column}' is mapped as the field '{name.Raw}'",
                "Remove the field: Pendo shows the id anyway. For a copy, select the column under a second name.");
        var type = TypeOf(section.Own<string>("type"));
        var constant = section.Own<object>("constant");
        // Whoever says that a variable is text means its letters.
        if (type is FieldType.String && constant is not (null or string) && section.Written("constant") is { IsVariable: true } variable)
            constant = variable.Text;
        if (constant is not null && type is { } wanted && !Fits(constant, wanted))
            problems.Add(section.PlaceOf("constant"), $"the constant does not fit the type '{section.Own<string>("type")}'",
                "Change the type, or write the constant in its form (text in quotes, a time as "
                + "2026-03-01T12:00:00Z, a list as '[\"a\"]').");
        if (section.Has("unit") && type is not (null or FieldType.Time))
            problems.Add(section.PlaceOf("unit"), "'unit' is for time fields", "Remove 'unit', or write 'type: time'.");
        var field = isFlag ? flag[FlagPrefix.Length..] : name.Raw;
        _places[field] = name.Place;
        _fields.Add(new FieldMapping(field)
        {
            Column = column,
            Constant = constant,
            Type = type,
            WhenNull = NullRuleOf(section.Own<string>("when_null")),
            Unit = UnitOf(section.Own<string>("unit")),
            Shared = section.Get<bool>("shared"),
            Line = name.Place.Line,
        });
    }

    /// <summary>Exactly one of column and constant.</summary>
    public static void OneSource(Section section, FileProblems problems, string name, Place place)
    {
        if (section.Has("column") == section.Has("constant"))
        {
            problems.Add(place,
                section.Has("column") ? $"'{name}' has both a column and a constant" : $"'{name}' has neither a column nor a constant",
                "Write exactly one of 'column' and 'constant'.");
        }
    }

    private static FieldType? TypeOf(string? word) => word switch
    {
        "string" => FieldType.String,
        "number" => FieldType.Number,
        "boolean" => FieldType.Boolean,
        "time" => FieldType.Time,
        "list" => FieldType.List,
        _ => null,
    };

    // By the run's own reading. That takes more: an unquoted 0012 is a number, and would be sent as the text 12.
    private bool Fits(object constant, FieldType type) => type switch
    {
        FieldType.Number => constant is long or decimal or double,
        FieldType.Boolean => constant is bool,
        _ => constant is string,
    } && RowMapper.WriteConstant(new JsonBuffer(), constant, FieldTargets.Of(type), zone) is null;
}
