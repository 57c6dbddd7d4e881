using System.Text.Json;
using PendoSync.Runs;

namespace PendoSync.Planning;

/// <summary>A field that would become different.</summary>
/// <param name="Field">Its name.</param>
/// <param name="Old">What Pendo holds; null when nothing.</param>
/// <param name="New">What is to be sent.</param>
internal sealed record FieldChange(string Field, JsonElement? Old, JsonElement New);

/// <summary>Compares records of values with what Pendo holds at this moment.</summary>
/// <param name="context">The sync, with a client whose patience suits the caller.</param>
internal sealed class HeldValues(SyncContext context)
{
    /// <summary>Every field that would become different.</summary>
    /// <param name="key">The record.</param>
    /// <param name="payload">What would be sent.</param>
    /// <param name="ct">Ends it.</param>
    /// <exception cref="ProblemException">Pendo cannot be read.</exception>
    public async Task<IReadOnlyList<FieldChange>> ChangesAsync(string key, ReadOnlyMemory<byte> payload, CancellationToken ct)
    {
        var held = await HeldAsync(key, ct);
        using var record = JsonDocument.Parse(payload);
        var changes = new List<FieldChange>();
        foreach (var field in record.RootElement.GetProperty("values").EnumerateObject())
        {
            JsonElement? old = held is { } group && group.TryGetProperty(field.Name, out var value)
                && value.ValueKind != JsonValueKind.Null ? value : null;
            if (!Same(old, field.Value))
                changes.Add(new FieldChange(field.Name, old, field.Value.Clone()));
        }

        return changes;
    }

    private async Task<JsonElement?> HeldAsync(string key, CancellationToken ct) =>
        await context.Pendo.GetRecordAsync(context.Sync.Object, key, ct) is { ValueKind: JsonValueKind.Object } record
        && record.TryGetProperty("metadata", out var metadata) && metadata.ValueKind == JsonValueKind.Object
        && metadata.TryGetProperty(context.Sync.Group, out var group) && group.ValueKind == JsonValueKind.Object
            ? group
            : null;

    // Pendo may write 3.0 where 3 was sent.
    private static bool Same(JsonElement? old, JsonElement wanted) => old switch
    {
        null => wanted.ValueKind == JsonValueKind.Null,
        { ValueKind: JsonValueKind.Number } number when wanted.ValueKind == JsonValueKind.Number =>
            number.TryGetDecimal(out var a) && wanted.TryGetDecimal(out var b)
            ? a == b
            : number.GetRawText() == wanted.GetRawText(),
        { } value => JsonElement.DeepEquals(value, wanted),
    };
}
