using System.Text.Json;
using PendoSimulator.Records;

namespace PendoSimulator.Api;

/// <summary><c>GET /api/v1/visitor/{id}</c>, the same for accounts, and the test of a key.</summary>
internal sealed class RecordEndpoint(SimulatedPendo pendo)
{
    public Answer Verify(ApiCall call) =>
        Answer.Json($$"""{"valid":true,"writeAccess":{{(pendo.Keys.WriteAccess(call.Key) is true ? "true" : "false")}}}""");

    public Answer Read(ApiCall call)
    {
        var kind = pendo.FindKind(call.PathPart(0))!;
        if (call.RecordId() is not { } id || kind.Records.Find(id) is not { } values)
            return Answer.Refused(pendo.Options.UnknownIdStatus, $"There is no {kind.Name} of this id.", pendo.Options.ErrorBodies);
        var fields = kind.Fields;
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("id"u8, id);
            if (kind.Name == "visitor")
            {
                json.WriteStartArray("accountIds"u8);
                json.WriteEndArray();
            }
            WriteMetadata(json, id, values, fields);
            json.WriteEndObject();
        }
        return Answer.Json(buffer.ToArray());
    }

    private void WriteMetadata(Utf8JsonWriter json, string id, byte[] values, FieldSet fields)
    {
        json.WriteStartObject("metadata"u8);
        json.WriteStartObject("auto"u8);
        json.WriteString("id"u8, id);
        json.WriteEndObject();
        foreach (var group in fields.Canonical.Where(f => f.Group != "auto").GroupBy(f => f.Group))
        {
            json.WriteStartObject(group.Key);
            foreach (var field in group)
            {
                var value = PackedValues.Find(values, field.Index);
                if (value.IsEmpty)
                    continue;
                json.WritePropertyName(field.Utf8Name);
                if (field.Type == FieldType.Time)
                    TimeText.Write(json, value, pendo.Options.RecordTimes);
                else
                    json.WriteRawValue(value, skipInputValidation: true);
            }
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }
}
