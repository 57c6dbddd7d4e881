using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;

namespace PendoSync.Tests.Loading;

/// <summary>Judges a value by a JSON Schema, with a validator that is not ours (JsonSchema.Net).</summary>
internal static class MiniSchema
{
    public static IReadOnlyList<string> Errors(JsonNode schema, JsonNode? value)
    {
        // Of its own: two schemas of one id would meet in the global one.
        var judge = JsonSchema.FromText(schema.ToJsonString(), new BuildOptions { SchemaRegistry = new SchemaRegistry() });
        using var instance = JsonDocument.Parse(value?.ToJsonString() ?? "null");
        var result = judge.Evaluate(instance.RootElement, new EvaluationOptions { OutputFormat = OutputFormat.List });
        return result.IsValid ? []
            : [.. (result.Details ?? []).Where(d => d.Errors is not null)
                .SelectMany(d => d.Errors!.Select(e => $"{d.InstanceLocation}: {e.Value}")), "not valid"];
    }
}
