using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace PendoSimulator.Control;

/// <summary>How the control endpoints and their client write JSON: camel case, names instead of numbers, unknown names refused.</summary>
internal static class ControlJson
{
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>The options with some of them replaced by the members of a JSON object.</summary>
    public static SimulatorOptions With(SimulatorOptions options, JsonObject changes)
    {
        var all = JsonSerializer.SerializeToNode(options, Options)!.AsObject();
        foreach (var (name, value) in changes)
            all[name] = value?.DeepClone();
        return all.Deserialize<SimulatorOptions>(Options)!;
    }
}
