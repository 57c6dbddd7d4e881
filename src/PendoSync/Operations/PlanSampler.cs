using System.Text.Json;
using PendoSync.Planning;
using PendoSync.Reports;
using PendoSync.Runs;

namespace PendoSync.Operations;

/// <summary>Compares a few records with what Pendo holds now.</summary>
internal sealed class PlanSampler(SyncContext context)
{
    private readonly HeldValues _held = new(context with { Pendo = context.Pendo.Hasty });

    /// <summary>Every field that would become different.</summary>
    public async Task<IReadOnlyList<PlanSample>> CompareAsync(IReadOnlyList<SampledRecord> records, CancellationToken ct)
    {
        var sample = new List<PlanSample>();
        foreach (var record in records)
        {
            if (!context.IsEvents)
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
