using System.Text.Json;
using PendoSync.Pendo;
using PendoSync.Records;
using PendoSync.Runs;

namespace PendoSync.Planning;

/// <summary>A field that would become different.</summary>
/// <param name="Field">Its name.</param>
/// <param name="Old">What Pendo holds; null when nothing.</param>
/// <param name="New">What is to be sent.</param>
internal sealed record FieldChange(string Field, JsonElement? Old, JsonElement New);

/// <summary>Compares single records with what Pendo holds at this moment, by the judgement of a <see cref="Comparison"/>.</summary>
/// <param name="context">The sync, with a client whose patience suits the caller.</param>
/// <param name="plan">The fields of the records.</param>
internal sealed class HeldValues(SyncContext context, FieldPlan plan)
{
    private readonly HeldFields _fields = FieldsOf(context, plan);

    /// <summary>The fields of a sync as they are read back.</summary>
    public static HeldFields FieldsOf(SyncContext context, FieldPlan plan) => new(context.Sync.Object, context.IdName, context.Sync.Group,
        [.. plan.Fields.Select(f => (f.Name, f.Target))]);

    /// <summary>Every field that would become different.</summary>
    /// <param name="key">The record.</param>
    /// <param name="payload">What would be sent.</param>
    /// <param name="ct">Ends it.</param>
    /// <exception cref="ProblemException">Pendo cannot be read.</exception>
    public async Task<IReadOnlyList<FieldChange>> ChangesAsync(string key, byte[] payload, CancellationToken ct)
    {
        var held = Read(await context.Pendo.GetRecordAsync(context.Sync.Object, key, ct));
        using var record = JsonDocument.Parse(payload);
        var values = record.RootElement.GetProperty("values");
        return [.. HeldFields.Differing(_fields.HashesOf(payload, 0), held.HashesOf(0)).Select(field =>
            new FieldChange(_fields.Names[field], held.ValueOf(0, field), values.GetProperty(_fields.Names[field]).Clone()))];
    }

    private HeldPage Read(JsonElement? record)
    {
        try
        {
            return HeldPage.Of(record, _fields, 0);
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException)
        {
            throw new ProblemException(ProblemKind.Transient, "Pendo's answer is no record", $"pendo connection '{context.Sync.Pendo}'",
                "Try again.", e);
        }
    }
}
