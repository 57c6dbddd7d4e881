using System.Globalization;
using System.Text.Json.Nodes;
using PendoSync.Definitions;
using PendoSync.Sources;

namespace PendoSync.Loading;

/// <summary>
/// Describes a <see cref="KeySpec"/> as JSON Schema (draft 2020-12). It says no less and no more than <see cref="ValueReader"/> can judge
/// on one value.
/// </summary>
internal sealed class SchemaWriter(IReadOnlyList<WarehouseType> types)
{
    private const string EnvironmentPattern = @"^\$\{env:[A-Za-z_][A-Za-z0-9_]*\}$";
    private const string SecretPattern = @"^\$\{secret:[A-Za-z0-9-]+\}$";

    /// <summary>A whole schema file.</summary>
    public JsonObject File(KeySpec root, string id)
    {
        var schema = new JsonObject { ["$schema"] = "https://json-schema.org/draft/2020-12/schema", ["$id"] = id, ["title"] = root.Name };
        foreach (var (key, value) in Of(root))
            schema[key] = value?.DeepClone();
        if (root == SyncKeys.Root)
            SyncRules.AddTo(schema);
        return schema;
    }

    private JsonObject Of(KeySpec spec)
    {
        var schema = spec.Kind switch
        {
            ValueKind.Flag => OrVariable(new JsonObject { ["type"] = "boolean" }),
            ValueKind.Whole => OrVariable(Range(spec, "integer")),
            ValueKind.Number => OrVariable(Range(spec, "number")),
            ValueKind.Word when spec.Form is { } form => AnyOf([.. Words(spec), Pattern(form.Pattern), Pattern(EnvironmentPattern)]),
            ValueKind.Word => AnyOf([.. Words(spec), Pattern(EnvironmentPattern)]),
            ValueKind.Duration => OrVariable(Pattern(Durations.Pattern)),
            ValueKind.DurationOrNever => OrVariable(Pattern($"^never$|{Durations.Pattern}")),
            ValueKind.Lookback =>
                AnyOf(new JsonObject { ["type"] = "integer", ["minimum"] = 0 }, Pattern(Durations.Pattern), Pattern(EnvironmentPattern)),
            ValueKind.Url => OrVariable(Pattern("^https?://")),
            ValueKind.Cron => OrVariable(Pattern(CronLine.Pattern)),
            ValueKind.Secret => Pattern(SecretPattern),
            ValueKind.Address => AnyOf(Pattern(SecretPattern), Pattern("^https?://"), Pattern(EnvironmentPattern)),
            ValueKind.Constant => new JsonObject { ["type"] = new JsonArray("string", "number", "boolean") },
            ValueKind.Text when spec.Form is not null => OrVariable(Pattern(spec.Form.Pattern)),
            // Names, hosts and numbers of accounts are often digits only; YAML makes them numbers.
            ValueKind.Text or ValueKind.Setting =>
                new JsonObject { ["type"] = new JsonArray("string", "number", "boolean"), ["minLength"] = 1 },
            ValueKind.Texts => Lists(new JsonObject { ["type"] = new JsonArray("string", "number") }),
            ValueKind.Words => Lists(AnyOf([.. Words(spec)])),
            ValueKind.Group => Group(spec),
            ValueKind.Groups => new JsonObject { ["type"] = "array", ["items"] = Group(spec) },
            ValueKind.Map => Map(spec),
            ValueKind.Warehouse => Warehouse(),
            ValueKind.Fields => Fields(),
            _ => new JsonObject { ["type"] = "string", ["minLength"] = 1 },
        };
        // Not every editor shows what JSON Schema has a word for.
        schema["description"] = spec.Default is null ? spec.Help : $"{spec.Help} Default: {spec.Default}.";
        if (spec.Default is not null && spec.Kind is not ValueKind.Words)
            schema["default"] = DefaultOf(spec);
        return schema;
    }

    private JsonObject Group(KeySpec spec)
    {
        var keys = Object(spec.Keys);
        return spec.ShortFor is null ? keys : AnyOf(Of(spec.Keys.First(k => k.Name == spec.ShortFor)), keys);
    }

    private JsonObject Object(IReadOnlyList<KeySpec> keys)
    {
        var schema = new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject(keys.Select(k => KeyValuePair.Create(k.Name, (JsonNode?)Of(k)))),
        };
        if (keys.Any(k => k.Required))
            schema["required"] = new JsonArray([.. keys.Where(k => k.Required).Select(k => (JsonNode)k.Name)]);
        schema["additionalProperties"] = false;
        return schema;
    }

    private JsonObject Map(KeySpec spec)
    {
        var schema = new JsonObject { ["type"] = "object" };
        if (spec.Form is not null)
            schema["propertyNames"] = new JsonObject { ["pattern"] = spec.Form.Pattern };
        schema["additionalProperties"] = Of(spec.Item!);
        return schema;
    }

    /// <summary>The type decides which other keys there are.</summary>
    private JsonObject Warehouse() => new()
    {
        ["type"] = "object",
        ["required"] = new JsonArray("type"),
        ["properties"] = new JsonObject { ["type"] = Of(ProjectKeys.TypeKey(types)) },
        ["allOf"] = new JsonArray([.. types.Select(type => (JsonNode)new JsonObject
        {
            ["if"] = new JsonObject { ["properties"] = new JsonObject { ["type"] = new JsonObject { ["const"] = type.Name } } },
            ["then"] = Object(ProjectKeys.Of(type, types)),
        })]),
    };

    private JsonObject Fields()
    {
        // 'exclude' is a field or, with "*", a list of columns.
        var field = "^(?!exclude$)" + NameForm.Field.Pattern[1..];
        var star = AnyOf(new JsonObject { ["enum"] = new JsonArray(true, "*", null) }, Object(SyncKeys.AllColumns.Keys));
        var exclude = AnyOf(Of(SyncKeys.AllColumns.Keys[0]), Of(SyncKeys.Field));
        return AnyOf(
            new JsonObject { ["const"] = "*" },
            new JsonObject
            {
                ["type"] = "object",
                ["minProperties"] = 1,
                ["properties"] = new JsonObject(SyncKeys.Flags.Select(f => KeyValuePair.Create(f, (JsonNode?)Of(SyncKeys.Field))))
                {
                    ["*"] = star,
                    ["exclude"] = exclude,
                },
                ["patternProperties"] = new JsonObject { [field] = Of(SyncKeys.Field) },
                ["additionalProperties"] = false,
            });
    }

    // Each with its meaning. What YAML reads as true is meant as the word.
    private static IEnumerable<JsonObject> Words(KeySpec spec)
    {
        foreach (var word in spec.Values)
        {
            var schema = word is "true" or "false" ? new JsonObject { ["enum"] = new JsonArray(word, word == "true") }
                : new JsonObject { ["const"] = word };
            if (WordTexts.Of(spec.Name, word) is { } text)
                schema["description"] = text;
            yield return schema;
        }
    }

    private static JsonObject Lists(JsonObject item) =>
        AnyOf((JsonObject)item.DeepClone(), new JsonObject { ["type"] = "array", ["items"] = item });

    private static JsonObject Pattern(string pattern) => new() { ["type"] = "string", ["pattern"] = pattern };

    private static JsonObject OrVariable(JsonObject schema) => AnyOf(schema, Pattern(EnvironmentPattern));

    private static JsonObject AnyOf(params JsonObject[] schemas) => new() { ["anyOf"] = new JsonArray([.. schemas]) };

    private static JsonObject Range(KeySpec spec, string type)
    {
        var schema = new JsonObject { ["type"] = type };
        if (spec.Min > double.MinValue)
            schema["minimum"] = NumberOf(spec.Min);
        if (spec.Max < double.MaxValue)
            schema["maximum"] = NumberOf(spec.Max);
        return schema;
    }

    private static JsonNode? DefaultOf(KeySpec spec) => spec.Kind switch
    {
        ValueKind.Flag => spec.Default == "true",
        ValueKind.Whole or ValueKind.Number => NumberOf(double.Parse(spec.Default!, CultureInfo.InvariantCulture)),
        _ => spec.Default,
    };

    private static JsonNode NumberOf(double number) => number == Math.Floor(number) ? (long)number : number;
}
