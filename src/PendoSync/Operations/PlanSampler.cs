using System.Text.Json;
using PendoSync.Planning;
using PendoSync.Records;
using PendoSync.Reports;
using PendoSync.Runs;

namespace PendoSync.Operations;

/// <summary>Compares a few records with what Pendo holds now.</summary>
/// <param name="context">The sync.</param>
/// <param name="fields">The fields of its records; null: they are events.</param>
internal sealed class PlanSampler(SyncContext context, FieldPlan? fields)
{
    private readonly HeldValues? _held = fields is null ? null : new(context with { Pendo = context.Pendo.Hasty }, fields);

    /// <summary>Every field that would become different.</summary>
    public async Task<IReadOnlyList<PlanSample>> CompareAsync(IReadOnlyList<SampledRecord> records, CancellationToken ct)
    {
        var sample = new List<PlanSample>();
        foreach (var record in records)
        {
            if (_held is not null)
            {
                var changes = await _held.ChangesAsync(record.Key, record.Payload, ct);
                sample.AddRange(changes.Select(c => new PlanSample(record.Key, c.Field, c.Old, c.New)));
                continue;
            }

            using var payload = JsonDocument.Parse(record.Payload);
            sample.AddRange(payload.RootElement.EnumerateObject().Where(m => m.Name != "type")
                .Select(m => new PlanSample(record.Key, m.Name, null, m.Value.Clone())));
        }

        return sample;
    }
}
