using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;

namespace PendoSync.Tests.Loading;

/// <summary>Judges a value by a JSON Schema, with a validator that is not ours (JsonSchema.Net).</summary>
internal static class MiniSchema
{
    // To read a schema takes far longer than to judge by it. Each has a registry of its own: two of one id would meet in the global one.
    private static readonly ConcurrentDictionary<string, JsonSchema> _judges = new(StringComparer.Ordinal);

    public static IReadOnlyList<string> Errors(JsonNode schema, JsonNode? value)
    {
        var judge = _judges.GetOrAdd(schema.ToJsonString(),
            text => JsonSchema.FromText(text, new BuildOptions { SchemaRegistry = new SchemaRegistry() }));
        using var instance = JsonDocument.Parse(value?.ToJsonString() ?? "null");
        var result = judge.Evaluate(instance.RootElement, new EvaluationOptions { OutputFormat = OutputFormat.List });
        return result.IsValid ? []
            : [.. (result.Details ?? []).Where(d => d.Errors is not null)
                .SelectMany(d => d.Errors!.Select(e => $"{d.InstanceLocation}: {e.Value}")), "not valid"];
    }
}
