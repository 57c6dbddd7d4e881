using System.Text.Json;

namespace PendoSync.State;

/// <summary>How parts of entities are written as JSON; one for all, so that the shape of a type is learnt once.</summary>
internal static class StateJson
{
    /// <summary>The options.</summary>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web);
}
