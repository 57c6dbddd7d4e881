using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace PendoSync.Tests.Loading;

/// <summary>
/// Judges a value by the words of JSON Schema that our schemas use; a word it does not know is an error, so that none is passed over.
/// </summary>
internal static class MiniSchema
{
    public static IReadOnlyList<string> Errors(JsonNode schema, JsonNode? value) => [.. Check((JsonObject)schema, value, "$")];

    private static IEnumerable<string> Check(JsonObject schema, JsonNode? value, string at) =>
        schema.SelectMany(word => Check(schema, word.Key, word.Value, value, at));

    private static IEnumerable<string> Check(JsonObject schema, string word, JsonNode? rule, JsonNode? value, string at)
    {
        var fields = value as JsonObject;
        switch (word)
        {
            case "$schema" or "$id" or "title" or "description" or "default" or "then" or "else":
                return [];
            case "type":
                return (rule is JsonArray types ? types.Select(t => (string)t!) : [(string)rule!]).Any(t => Is(t, value))
                    ? [] : [$"{at}: not {rule}"];
            case "enum":
                return ((JsonArray)rule!).Any(v => JsonNode.DeepEquals(v, value)) ? [] : [$"{at}: not one of {rule}"];
            case "const":
                return JsonNode.DeepEquals(rule, value) ? [] : [$"{at}: not {rule}"];
            case "pattern":
                return !Is("string", value) || Regex.IsMatch((string)value!, (string)rule!, RegexOptions.ECMAScript)
                    ? [] : [$"{at}: does not match {rule}"];
            case "minLength":
                return !Is("string", value) || ((string)value!).Length >= (int)rule! ? [] : [$"{at}: too short"];
            case "minimum":
                return !Is("number", value) || Number(value) >= Number(rule) ? [] : [$"{at}: below {rule}"];
            case "maximum":
                return !Is("number", value) || Number(value) <= Number(rule) ? [] : [$"{at}: above {rule}"];
            case "items":
                return value is JsonArray items ? items.SelectMany((item, i) => Check((JsonObject)rule!, item, $"{at}[{i}]")) : [];
            case "minProperties":
                return fields is null || fields.Count >= (int)rule! ? [] : [$"{at}: too few"];
            case "required":
                return fields is null ? [] : ((JsonArray)rule!).Where(n => !fields.ContainsKey((string)n!))
                    .Select(n => $"{at}: {n} is missing");
            case "properties":
                return fields is null ? [] : ((JsonObject)rule!).Where(p => fields.ContainsKey(p.Key))
                    .SelectMany(p => Check((JsonObject)p.Value!, fields[p.Key], $"{at}.{p.Key}"));
            case "patternProperties":
                return fields is null ? [] : ((JsonObject)rule!)
                    .SelectMany(p => fields.Where(f => Regex.IsMatch(f.Key, p.Key))
                    .SelectMany(f => Check((JsonObject)p.Value!, f.Value, $"{at}.{f.Key}")));
            case "propertyNames":
                return fields is null ? [] : fields.SelectMany(f => Check((JsonObject)rule!, f.Key, $"{at}.{f.Key}"));
            case "additionalProperties":
                return fields is null ? [] : fields.Where(f => !Described(schema, f.Key))
                    .SelectMany(f => rule is JsonObject other ? Check(other, f.Value, $"{at}.{f.Key}") : [$"{at}.{f.Key}: unknown"]);
            case "anyOf":
                return ((JsonArray)rule!).Any(s => !Check((JsonObject)s!, value, at).Any()) ? [] : [$"{at}: fits none"];
            case "allOf":
                return ((JsonArray)rule!).SelectMany(s => Check((JsonObject)s!, value, at));
            case "if":
                return schema[Check((JsonObject)rule!, value, at).Any() ? "else" : "then"] is JsonObject next ? Check(next, value, at) : [];
            default:
                return [$"{at}: the word '{word}' is not known"];
        }
    }

    private static bool Described(JsonObject schema, string name) =>
        (schema["properties"] as JsonObject)?.ContainsKey(name) == true || (schema["patternProperties"] as JsonObject)
            ?.Any(p => Regex.IsMatch(name, p.Key)) == true;

    private static double Number(JsonNode? node) => double.Parse(node!.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture);

    private static bool Is(string type, JsonNode? value) => (type, value?.GetValueKind() ?? JsonValueKind.Null) switch
    {
        ("object", JsonValueKind.Object) or ("array", JsonValueKind.Array) or ("string", JsonValueKind.String)
            or ("number", JsonValueKind.Number)
            or ("boolean", JsonValueKind.True or JsonValueKind.False) or ("null", JsonValueKind.Null) => true,
        ("integer", JsonValueKind.Number) => Number(value) % 1 == 0,
        _ => false,
    };
}
