using System.Text.Json;
using PendoSimulator.Records;

namespace PendoSimulator.Api;

/// <summary>Reading and setting one value of one record.</summary>
internal sealed class ValueEndpoints(SimulatedPendo pendo)
{
    public Answer Read(ApiCall call)
    {
        if (Find(call, out var refusal) is not var (kind, values))
            return refusal!;
        var (group, name) = (call.PathPart(2), call.PathPart(5));
        if (kind.Fields.Find(group, name, pendo.Options.FieldNamesIgnoreCase) is not { } field)
            return Refused(pendo.Options.UnknownFieldStatus, $"There is no field {group}.{name}.");
        var value = PackedValues.Find(values, field.Index);
        return Answer.Json(value.IsEmpty ? "null"u8.ToArray() : value.ToArray());
    }

    public Answer Write(ApiCall call)
    {
        call.Records = 1;
        if (Find(call, out var refusal) is not var (kind, _))
            return refusal!;
        var (group, name, options) = (call.PathPart(2), call.PathPart(5), pendo.Options);
        if (group is not ("agent" or "custom" or "pendo"))
            return Refused(options.UnwritableGroupStatus, $"Group {group} cannot be written.");
        var field = kind.Fields.Find(group, name, options.FieldNamesIgnoreCase);
        // An unknown custom field is created as text, every other group must have it (W6W set-metadata-value.ts).
        if (field is null && group != "custom")
            return Refused(options.UnknownFieldStatus, $"There is no field {group}.{name}.");
        field ??= kind.AddField(group, name, "string", name, options.FieldNamesIgnoreCase).Field;
        var batch = new BulkBatch();
        try
        {
            if (!ReadValue(call, field, batch))
                return Refused(options.UnfitValueStatus, $"Field {field.Name} must be {field.Expected}.");
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            return Refused(options.UnfitValueStatus, "The body is not a bare JSON value.");
        }
        var id = call.PathPart(4);
        id.CopyTo(batch.ReserveId(id.Length));
        batch.Records.Add(new(batch.TakeId(id.Length), id.Length, 0, batch.ChangeCount, null));
        kind.Records.Apply(batch, create: false, RepeatedIdPolicy.LastWins, fails: null);
        return Answer.Empty(200);
    }

    private bool ReadValue(ApiCall call, Field field, BulkBatch batch)
    {
        var reader = new Utf8JsonReader(call.Body);
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            if (pendo.Options.Null == NullPolicy.Clear)
                batch.Add(ValueChange.Clear(field.Index));
            return pendo.Options.Null != NullPolicy.TypeMismatch;
        }
        if (pendo.Options.EmptyText != EmptyTextPolicy.Store && ValueReader.IsEmptyText(ref reader))
        {
            if (pendo.Options.EmptyText == EmptyTextPolicy.Clear)
                batch.Add(ValueChange.Clear(field.Index));
            return !reader.Read();
        }
        if (!ValueReader.TryRead(ref reader, field.Type, pendo.Options.TimeTakesEpochMilliseconds, batch.Values))
            return false;
        batch.Add(new(field.Index, 0, batch.Values.Length));
        return !reader.Read();
    }

    private (RecordKind Kind, byte[] Values)? Find(ApiCall call, out Answer? refusal)
    {
        refusal = null;
        if (pendo.FindKind(call.PathPart(1)) is not { } kind)
            refusal = Refused(pendo.Options.UnknownKindStatus, $"Unknown kind {call.PathPart(1)}.");
        else if (kind.Records.Find(call.PathPart(4)) is { } values)
            return (kind, values);
        else
            refusal = Refused(pendo.Options.UnknownIdStatus, $"There is no {kind.Name} of this id.");
        return null;
    }

    private Answer Refused(int status, string text) => Answer.Refused(status, text, pendo.Options.ErrorBodies);
}
