using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace PendoSync.State;

/// <summary>How parts of entities are written as JSON; one for all, so that the shape of a type is learnt once.</summary>
internal static class StateJson
{
    private static readonly JsonSerializerOptions _options = new(JsonSerializerDefaults.Web);

    /// <summary>The text of a value; null of null.</summary>
    [return: NotNullIfNotNull(nameof(value))]
    public static string? Write<T>(T? value) where T : class => value is null ? null : JsonSerializer.Serialize(value, _options);

    /// <summary>The text of a list for people: 20 texts of 500 characters, which a property has room for; null of an empty one.</summary>
    public static string? WriteSome(IReadOnlyList<string> texts) =>
        texts.Count == 0 ? null : Write(texts.Take(20).Select(t => ShownText.Cut(t, 500)));

    /// <summary>The value of a text; null of none. What an older program did not write has its default.</summary>
    /// <exception cref="JsonException">It is no such text.</exception>
    [return: NotNullIfNotNull(nameof(text))]
    public static T? Read<T>(string? text) where T : class =>
        text is null ? null : JsonSerializer.Deserialize<T>(text, _options) ?? throw new JsonException("null where something was written");
}
