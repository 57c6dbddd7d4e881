using System.Text.Json;
using System.Text.Json.Serialization;

namespace PendoSimulator.Api;

/// <summary>Small JSON bodies as Pendo writes them: members in camel case, read with regard to case, unknown ones passed over.</summary>
internal static class ApiJson
{
    public static JsonSerializerOptions Options { get; } =
        new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>The body as <typeparamref name="T"/>, or null if it is none.</summary>
    public static T? Read<T>(ReadOnlySpan<byte> body)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(body, Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Whether all ids are texts with content.</summary>
    public static bool AreIds(List<string?> ids) => ids.TrueForAll(id => !string.IsNullOrEmpty(id));
}
