using System.Text.Json.Nodes;

namespace PendoSync.Loading;

/// <summary>
/// What keys of a sync's file say about each other, as far as JSON Schema can say it. <see cref="SyncReader"/>, <see cref="ModelReader"/>
/// and <see cref="FieldsReader"/> judge the same, and more.
/// </summary>
internal static class SyncRules
{
    private static readonly string[] Models = ["table", "sql", "sql_file", "dbt"];

    /// <summary>Adds them to the schema of the file.</summary>
    public static void AddTo(JsonObject schema)
    {
        Model(schema);
        schema["properties"]!["schedule"]!["anyOf"]![1]!["not"] = Required("cron", "every");
        schema["allOf"] = new JsonArray(
            If(Object("track_event"), Then(KeyFor.Records, ["send"], "app", "event")),
            If(Object("account", "visitor", "parent_account"), Then(KeyFor.Events, ["update_only", "update_or_create"], "fields")),
            If(Required("every"), new JsonObject
            {
                ["properties"] = new JsonObject
                {
                    ["schedule"] = new JsonObject
                    {
                        ["type"] = "object",
                        ["properties"] = new JsonObject { ["cron"] = false, ["every"] = false },
                    },
                },
            }));
    }

    private static void Model(JsonObject schema)
    {
        var model = (JsonObject)schema["properties"]!["model"]!["anyOf"]![1]!;
        model["oneOf"] = new JsonArray([.. Models.Select(m => (JsonNode)Required(m))]);
        model["dependentRequired"] = new JsonObject
        {
            ["manifest"] = new JsonArray("dbt"),
            ["lookback"] = new JsonArray("cursor"),
            ["unit"] = new JsonArray("cursor"),
        };
    }

    private static JsonObject Then(KeyFor foreign, string[] behaviors, params string[] required)
    {
        var rules = Required(required);
        rules["properties"] = new JsonObject(SyncKeys.Root.Keys.Where(k => k.For == foreign)
            .Select(k => KeyValuePair.Create(k.Name, (JsonNode?)false)))
        {
            ["behavior"] = new JsonObject { ["not"] = new JsonObject { ["enum"] = Words(Others(behaviors)) } },
        };
        return rules;
    }

    // Those that the object lacks, so that ${env:NAME} stays possible.
    private static IEnumerable<string> Others(string[] behaviors) =>
        SyncKeys.Root.Keys.First(k => k.Name == "behavior").Values.Except(behaviors, StringComparer.Ordinal);

    private static JsonObject Object(params string[] names)
    {
        var isObject = Required("object");
        isObject["properties"] = new JsonObject { ["object"] = new JsonObject { ["enum"] = Words(names) } };
        return isObject;
    }

    private static JsonObject If(JsonObject condition, JsonObject then) => new() { ["if"] = condition, ["then"] = then };

    private static JsonObject Required(params string[] keys) => new() { ["required"] = Words(keys) };

    private static JsonArray Words(IEnumerable<string> words) => new([.. words.Select(w => (JsonNode)w)]);
}
