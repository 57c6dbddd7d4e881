using System.Text.Json;
using PendoSync.Reports;
using PendoSync.Runs;

namespace PendoSync.Operations;

/// <summary>Compares a few records with what Pendo holds now.</summary>
internal sealed class PlanSampler(SyncContext context)
{
    /// <summary>Every field that would become different.</summary>
    public async Task<IReadOnlyList<PlanSample>> CompareAsync(IReadOnlyList<SampledRecord> records, CancellationToken ct)
    {
        var sample = new List<PlanSample>();
        foreach (var record in records)
        {
            using var payload = JsonDocument.Parse(record.Payload);
            if (context.IsEvents)
            {
                sample.AddRange(payload.RootElement.EnumerateObject().Where(m => m.Name != "type")
                    .Select(m => new PlanSample(record.Key, m.Name, null, m.Value.Clone())));
                continue;
            }

            var held = await HeldAsync(record.Key, ct);
            foreach (var field in payload.RootElement.GetProperty("values").EnumerateObject())
            {
                JsonElement? old = held is { } group && group.TryGetProperty(field.Name, out var value)
                    && value.ValueKind != JsonValueKind.Null ? value : null;
                if (!Same(old, field.Value))
                    sample.Add(new PlanSample(record.Key, field.Name, old, field.Value.Clone()));
            }
        }

        return sample;
    }

    private async Task<JsonElement?> HeldAsync(string key, CancellationToken ct) =>
        await context.Pendo.Hasty.GetRecordAsync(context.Sync.Object, key, ct) is { ValueKind: JsonValueKind.Object } record
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
